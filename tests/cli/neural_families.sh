# Neural encoders of which no weights are here, against their reference pipelines: small exports of the
# published architectures with seeded weights (tests/golden/neural, made by make_neural_goldens.py with
# PyTorch, transformers, Pillow and NumPy), fed by the cards in schemas/encoders/models with nothing
# changed but the file, and the widths of what comes out. Every golden is reproduced to 1e-4 x max(1,
# largest golden), and what an ingest stores is what one input alone gives. Needs ONNX Runtime.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
goldens="$FC_SOURCE_DIR/tests/golden/neural"
cards="$FC_SOURCE_DIR/schemas/encoders/models"
python3 "$FC_SOURCE_DIR/tests/golden/neural_cloud.py" . || fail "the clouds"

# narrow CARD MODEL WIDTH-BY-WIDTH...: the card of a public export for the golden one.
narrow() {
    local card=$1 model=$2 edit
    shift 2
    edit="s|^model: .*|model: $goldens/$model.onnx|"
    for width in "$@"; do
        edit="$edit; s/, ${width%:*}\]/, ${width#*:}]/; s/shape: \[${width%:*}\]/shape: [${width#*:}]/"
    done
    sed "$edit" "$cards/$card.yaml" >"$model.yaml" || fail "no card $card"
}
narrow hubert-base hubert 768:16
narrow wav2vec2-large wav2vec2_large 1024:16
narrow clip-vit-b32-image clip_image 512:16 768:8
narrow siglip-b16-image siglip_image 768:8
narrow dinov2-base dinov2 768:8
narrow ulip2-pointbert-xyz ulip2_xyz 512:24
narrow ulip2-pointbert-xyzrgb ulip2_xyzrgb 1280:24
cat >cnn512.yaml <<END
name: cnn512
modality: image
model: $goldens/cnn512.onnx
params: { fit: short_side, cut: down, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] }
outputs:
  - { name: pooled, shape: [512] }
  - { name: map, layout: chw, shape: [14, 14, 512], precision: f32 }
END

# GOLDEN CARD FILE OUTPUT [EVERY]: rows of the golden are every EVERYth column of the output's.
cat >wanted <<'END'
hubert.long hubert long.wav frames
hubert.short hubert short.wav frames
wav2vec2_large.long wav2vec2_large long.wav frames
wav2vec2_large.short wav2vec2_large short.wav frames
clip_image.wide.image_embeds clip_image wide.png image_embeds
clip_image.wide.last_hidden_state clip_image wide.png tokens
clip_image.tall.image_embeds clip_image tall.png image_embeds
clip_image.square.image_embeds clip_image square.png image_embeds
siglip_image.wide.pooler_output siglip_image wide.png pooled
siglip_image.wide.last_hidden_state siglip_image wide.png tokens
siglip_image.tall.pooler_output siglip_image tall.png pooled
siglip_image.square.pooler_output siglip_image square.png pooled
dinov2.wide.cls dinov2 wide.png cls
dinov2.wide.last_hidden_state dinov2 wide.png tokens
dinov2.tall.cls dinov2 tall.png cls
dinov2.square.cls dinov2 square.png cls
cnn512.wide.pooled cnn512 wide.png pooled
cnn512.tall.pooled cnn512 tall.png pooled
cnn512.tall.map_every_16th cnn512 tall.png map 16
cnn512.square.pooled cnn512 square.png pooled
ulip2_xyz.xyz ulip2_xyz torus_xyz.ply point_embeds
ulip2_xyzrgb.rgb ulip2_xyzrgb torus_rgb.ply point_embeds
ulip2_xyzrgb.grey ulip2_xyzrgb torus_xyz.ply point_embeds
END
cp "$goldens"/*.wav "$goldens"/*.png .

cat >npy.py <<'END'
import ast, struct


def load(path):
    """A .npy of float32 in C order: shape and flat values."""
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10 : 10 + n].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    return head["shape"], struct.unpack("<%df" % ((len(data) - 10 - n) // 4), data[10 + n :])
END
python3 - "$FEATCACHE" "$goldens" <<'END' || fail "not as the references"
import subprocess, sys
from npy import load

program, goldens = sys.argv[1:]
worst = {}
for line in open("wanted"):
    golden, card, source, output, *every = line.split()
    subprocess.run([program, "encode", card + ".yaml", "--file", source, "--output", output, "-o", "out.npy"],
                   check=True)
    shape, got = load("out.npy")
    wanted_shape, want = load("%s/%s.npy" % (goldens, golden))
    step = int(every[0]) if every else 1
    got = got[::step]
    assert tuple(shape[:-1]) == tuple(wanted_shape[:-1]) and shape[-1] == wanted_shape[-1] * step, (
        golden, shape, wanted_shape)
    scale = max(1.0, max(abs(v) for v in want))
    off = max(abs(a - b) for a, b in zip(got, want)) / scale
    worst[card] = max(worst.get(card, 0), off)
    assert len(got) == len(want) and off <= 1e-4, (golden, off)
for card, off in sorted(worst.items()):
    print("%-16s worst %.1e" % (card, off))
END
