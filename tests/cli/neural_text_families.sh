# The text halves of families of which no weights are here: small exports of CLIP, SigLIP and a T x 768
# model with seeded weights (tests/golden/neural), over small tokenizers of their kinds
# (tests/golden/tokenizer), fed by the cards in schemas/encoders/models with nothing changed but the files,
# the widths and the id that ends a text. Every golden is reproduced to 1e-4 x max(1, largest golden), and so
# in a run with others. Needs ONNX Runtime.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
goldens="$FC_SOURCE_DIR/tests/golden"
cards="$FC_SOURCE_DIR/schemas/encoders/models"

# narrow CARD MODEL TOKENIZER SED: the card of a public export for the golden one.
narrow() {
    sed "s|^model: .*|model: $goldens/neural/$2.onnx|; s|^tokenizer: .*|tokenizer: $goldens/tokenizer/$3.json|
         s/^name: .*/name: $2/; $4" "$cards/$1.yaml" >"$2.yaml" || fail "no card $1"
}
narrow clip-vit-b32-text clip_text clip 's/pad_id: 49407/pad_id: 2133/; s/layout: vector, shape: \[512\]/layout: vector, shape: [16]/; s/n, 512/n, 8/'
narrow siglip-b16-text siglip_text siglip 's/768/8/'
narrow bert-base-uncased bert768 bert_cased ''

cat >families.py <<'END2'
import ast, json, struct, subprocess, sys

program, goldens = sys.argv[1:]
# As make_neural_goldens.py has them.
texts = ["a red bird", "Two owls, and a swan: it is late!", "caf\u00e9 \u4e2d\u6587"]


def load(path):
    """A .npy of float32 in C order: shape and flat values."""
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10 : 10 + n].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    return head["shape"], struct.unpack("<%df" % ((len(data) - 10 - n) // 4), data[10 + n :])


def run(*args):
    subprocess.run([program, *args], check=True, stdout=subprocess.DEVNULL)


def compare(what, golden, step, precise):
    shape, got = load("out.npy")
    wanted_shape, want = load("%s/neural/%s.npy" % (goldens, golden))
    assert tuple(shape[:-1]) == tuple(wanted_shape[:-1]), (what, golden, shape, wanted_shape)
    got = got[::step]
    off = max(abs(a - b) for a, b in zip(got, want)) / max(1.0, max(abs(v) for v in want))
    assert len(got) == len(want) and off <= precise, (what, golden, off)


with open("texts.jsonl", "w") as f:
    for i, text in enumerate(texts + ["a", "a red bird and a swan " * 9, "late " * 30]):
        f.write(json.dumps({"id": "t%d" % i, "text": text}) + "\n")
for model, output, golden, step, n in (("clip_text", "text_embeds", "text_embeds", 1, 3),
                                       ("siglip_text", "pooled", "pooler_output", 1, 3),
                                       ("bert768", "tokens", "every_16th", 16, 2)):
    run("ingest", "store", "texts.jsonl", "--encoder", model + ".yaml", "--jobs", "1")
    for i in range(n):
        name = "%s.%d.%s" % (model, i, golden)
        run("encode", model + ".yaml", "--text", texts[i], "--output", output, "-o", "out.npy")
        compare("alone", name, step, 1e-4)
        run("get", "store", "texts/t%d" % i, "--encoder", model, "--output", output, "-o", "out.npy")
        compare("in a run", name, step, 2e-3 if output == "tokens" else 1e-4)  # tokens: stored as f16
END2
python3 families.py "$FEATCACHE" "$goldens" || fail "not as the references"
