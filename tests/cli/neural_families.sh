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
narrow clip-vit-b32-text clip_text
narrow siglip-b16-text siglip_text 768:8
for text in clip siglip; do
    sed -i "s|^tokenizer: .*|tokenizer: $FC_SOURCE_DIR/tests/golden/tokenizer/$text.json|; s/n, 512\]/n, 8]/; s/512\]/16]/; s/pad_id: 49407/pad_id: 2133/" \
        "${text}_text.yaml"
done
cat >cnn512.yaml <<END
name: cnn512
modality: image
model: $goldens/cnn512.onnx
params: { fit: short_side, cut: down, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] }
outputs:
  - { name: pooled, shape: [512] }
  - { name: map, layout: chw, shape: [14, 14, 512], precision: f32 }
END

sed 's/ up: y/ up: z/' ulip2_xyz.yaml >z_up.yaml

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
ulip2_xyz.xyz z_up torus_z_up.ply point_embeds
ulip2_xyzrgb.rgb ulip2_xyzrgb torus_rgb.ply point_embeds
ulip2_xyzrgb.grey ulip2_xyzrgb torus_xyz.ply point_embeds
END
cp "$goldens"/*.wav "$goldens"/*.png .
# The texts of make_neural_goldens.py; their own goldens are in neural_text_families.sh.
printf 'a red bird' >0.txt
printf 'Two owls, and a swan: it is late!' >1.txt
printf 'caf\303\251 \344\270\255\346\226\207' >2.txt

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

# Longer than the card takes: refused with what to do; in windows, each run by itself, rows that only stand
# for the padding of the last one are left out (24 of each half second, and those that begin in the rest).
sed 's/max_seconds: 60/max_seconds: 1/' hubert.yaml >second.yaml
want 3 encode second.yaml --file long.wav
in_err "this card takes 1 (max_seconds): take spans of it with start_s and end_s"
sed 's/max_seconds: 60/window: 8000/' hubert.yaml >windows.yaml
want 0 encode windows.yaml --file long.wav --output frames
[ "$(wc -l <out)" -eq 51 ] || fail "24 + 24 + 3 rows, not $(wc -l <out)"

# Pairs: pictures and texts of one ingest through both halves, compared across by the file that declares
# them, and every score is the cosine of the two goldens. What is stored is what was run in batches.
mkdir pairs
cp wide.png tall.png square.png 0.txt 1.txt 2.txt pairs
settle
for pair in clip-vit-b32:clip siglip-b16:siglip; do
    space=${pair%:*}
    half=${pair#*:}
    sed "s|../encoders/models/$space-image|${half}_image|; s|../encoders/models/$space-text|${half}_text|" \
        "$FC_SOURCE_DIR/schemas/spaces/$space.yaml" >"$space.yaml"
    want_json 0 'o["failed"] == 0 and sorted(e["encoded"] for e in o["encoders"]) == [3, 3]' \
        ingest "$half.store" pairs --space "$space.yaml"
    for i in 0 1 2; do
        want_json 0 '{h["modality"] for h in o["hits"]} == {"image"} and len(o["hits"]) == 3' \
            query "$half.store" --space "$space" --text "$(cat $i.txt)" --modality image
        cp out "$half.$i.txt.json"
    done
    for picture in wide tall square; do
        want_json 0 '{h["modality"] for h in o["hits"]} == {"text"} and len(o["hits"]) == 3' \
            query "$half.store" --space "$space" --file "$picture.png" --modality text --exact
        cp out "$half.$picture.png.json"
    done
done
python3 - "$goldens" <<'END' || fail "a pair's scores are not the cosines of its goldens"
import json, sys
from npy import load

goldens = sys.argv[1]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


n = 0
for half, image, text in (("clip", "image_embeds", "text_embeds"), ("siglip", "pooler_output", "pooler_output")):
    def golden(name):
        stem, kind = name.split(".")
        return load("%s/%s_%s.%s.%s.npy" % (goldens, half, "image" if kind == "png" else "text", stem,
                                            image if kind == "png" else text))[1]
    for asked in ("0.txt", "1.txt", "2.txt", "wide.png", "tall.png", "square.png"):
        for h in json.load(open("%s.%s.json" % (half, asked)))["hits"]:
            want = cosine(golden(asked), golden(h["id"]))
            assert abs(h["score"] - want) < 1.5e-3, (half, asked, h["id"], h["score"], want)  # kept as f16
            n += 1
assert n == 36, n
END
# A text finds pictures where no text is stored: the space keeps the card of its half.
mkdir pictures
cp wide.png tall.png pictures
settle
want 0 ingest pictures.store pictures --encoder clip_image.yaml
want 0 space pictures.store clip-vit-b32.yaml
want_json 0 'len(o["hits"]) == 2 and o["space"] == "clip-vit-b32" and o["encoder"] == "clip-vit-b32-text"' \
    query pictures.store --space clip-vit-b32 --text "a red bird"
# A model that has moved since: its card is ingested with again, and the space follows.
model=$(sed -n 's/^model: *//p' clip_text.yaml)
cp "$model" first.onnx
sed 's|^model:.*|model: first.onnx|' clip_text.yaml >half.yaml
sed 's|clip_text|half|' clip-vit-b32.yaml >moved.yaml
want 0 ingest moved.store pairs --space moved.yaml
mv first.onnx second.onnx
sed 's|^model:.*|model: second.onnx|' clip_text.yaml >half.yaml
want_json 0 'o["encoded"] == 0' ingest moved.store pairs --encoder half.yaml
want_json 0 'len(o["hits"]) == 3' query moved.store --space clip-vit-b32 --text "a red bird" --modality image
