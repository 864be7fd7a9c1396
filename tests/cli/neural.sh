# Encoders that are models, as a user meets them: cards that do not fit, files that are no models,
# runtimes that are not there, a model that changes under its path, NaN in an output. The models are
# made on the spot (_onnx.py).
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
make_source pics 4
picture=pics/bird/bird0.png
onnx() { python3 "$here/_onnx.py" "$@" || fail "_onnx.py $*"; }

# card FILE LINE...: an image card of tiny.onnx, its outputs from the arguments.
card() {
    local file=$1
    shift
    printf 'name: tiny\nmodality: image\nmodel: tiny.onnx\nparams: { size: 8 }\noutputs:\n' >"$file"
    printf '  - { %s }\n' "$@" >>"$file"
}

# --- without any runtime: cards are read and held against their models
onnx tiny.onnx
want_json 0 'o["inputs"][0]["shape"] == ["batch", 3, 8, 8] and "twice" in o["tensors"] and
             [x["name"] for x in o["outputs"]] == ["pooled", "map"] and o["problem"] is None' \
    inspect tiny.onnx
want 0 inspect tiny.onnx --card
cp out draft.yaml
grep -q 'layout: chw, shape: \[8, 8, 3\]' draft.yaml || fail "the draft has no map"

card fits.yaml 'name: pooled, shape: [3]' 'name: map, shape: [8, 8, 3]'
want 3 encode fits.yaml --file "$picture" --onnxruntime ./no/libonnxruntime.so
in_err "no/libonnxruntime.so"
: >rubbish.so
want 3 encode fits.yaml --file "$picture" --onnxruntime ./rubbish.so
want_json 0 'o["version"] is None and "rubbish" in o["problem"]' devices --onnxruntime ./rubbish.so

# refused CARD TEXT...: each problem is told with the card's line.
refused() {
    local c=$1 text
    shift
    want 4 encode "$c" --file "$picture"
    grep -q "^featcache: $c:[0-9]*: " err || fail "no line of $c is named"
    for text in "$@"; do in_err "$text"; done
}
card wide.yaml 'name: pooled, shape: [4]'
refused wide.yaml "tensor 'pooled': the card has [batch, 4] f32, the model [batch, 3] f32"
card nothing.yaml 'name: nothing, shape: [4]'
refused nothing.yaml "no tensor 'nothing' in the model; its outputs are pooled, map"
card flat.yaml 'name: map, shape: [3], layout: chw'
refused flat.yaml "shape of 1 axes, which layout chw with pool none does not give"
card twice.yaml 'name: a, tensor: pooled, shape: [3]' 'name: a, tensor: pooled, shape: [3]'
refused twice.yaml "output 'a' is there twice"
card open.yaml 'name: a, tensor: pooled, shape: [n]'
refused open.yaml "shape has 'n'"
sed 's/size: 8/size: 16/' fits.yaml >large.yaml
refused large.yaml "input 'image': the card has [batch, 3, 16, 16] f32, the model [batch, 3, 8, 8] f32"
sed 's/size: 8/size: 8, mean: [1, 2]/' fits.yaml >short.yaml
refused short.yaml "mean has 2 numbers; write 3"
sed 's/size: 8/size: 8, deviation: [1, 0, 1]/' fits.yaml >zero.yaml
refused zero.yaml "deviation.g is '0'"
sed 's/^modality: image/modality: vector/' fits.yaml >vector.yaml
refused vector.yaml "modality is 'vector'; a model takes image, text, audio or points"
sed 's/^model: .*/model: gone.onnx/' fits.yaml >gone.yaml
refused gone.yaml "gone.onnx"
sed 's/^model:/input: pixels\nmodel:/' fits.yaml >pixels.yaml
refused pixels.yaml "no input 'pixels'; the model has image"

sed 's/size: 8/size: 8, resize: 14/' fits.yaml >odd.yaml
refused odd.yaml "resize is 14: it has to be size, which is 8, or more by a multiple of 4"

# The cards of public exports are right but for the file, which is the user's.
mkdir public
cp "$FC_SOURCE_DIR"/schemas/encoders/models/*.yaml public
for c in public/*.yaml; do
    want 4 encode "$c" --file "$picture"
    [ "$(wc -l <err)" -le 2 ] && grep -q "open the model" err || fail "$c: $(cat err)"
done

cp "$picture" picture.onnx
sed 's/^model: .*/model: picture.onnx/' fits.yaml >picture.yaml
refused picture.yaml "picture.onnx: not a"
want 4 inspect picture.onnx
head -c 200 tiny.onnx >torn.onnx
want 4 inspect torn.onnx
in_err "not a valid ONNX model"
onnx external.onnx --external
sed 's/^model: .*/model: external.onnx/' fits.yaml >external.yaml
refused external.yaml "has its data in another file"
onnx custom.onnx --domain example.org
sed 's/^model: .*/model: custom.onnx/' fits.yaml >custom.yaml
refused custom.yaml "operator Mul of 'example.org' is not part of ONNX Runtime"
onnx ints.onnx --type 7
sed 's/^model: .*/model: ints.onnx/' fits.yaml >ints.yaml
refused ints.yaml "the card has [batch, 3, 8, 8] f32, the model [batch, 3, 8, 8] i64"
onnx eight.onnx --batch 8
sed 's/^model: .*/model: eight.onnx/' fits.yaml >eight.yaml
refused eight.yaml "takes batches of exactly 8"
truncate -s 2200M huge.onnx
sed 's/^model: .*/model: huge.onnx/' fits.yaml >huge.yaml
refused huge.yaml "has at most 2147483647"
rm huge.onnx

need_runtime

# --- what is fed and what comes out, by arithmetic: the card divides levels by 255, the model doubles
card all.yaml 'name: pooled, shape: [3]' 'name: map, shape: [8, 8, 3]' \
    'name: inner, tensor: twice, layout: chw, shape: [8, 8, 3]' \
    'name: cells, tensor: map, layout: chw, pool: mean, shape: [3]' \
    'name: largest, tensor: map, layout: chw, pool: max, shape: [3]' \
    'name: corner, tensor: map, layout: chw, pool: first, shape: [3]'
for k in pooled map inner cells largest corner; do
    want 0 encode all.yaml --file "$picture" --output $k
    cp out $k.txt
done
cmp -s map.txt inner.txt || fail "a tensor in between is not what the graph says"
python3 - <<'END' || fail "pools"
def rows(name):
    return [[float(v) for v in line.split()] for line in open(name) if line.strip()]
m = rows("map.txt")
assert len(m) == 64 and all(len(r) == 3 for r in m), (len(m), m[:1])
def near(a, b): return all(abs(x - y) < 2e-6 for x, y in zip(a, b))
mean = [sum(r[c] for r in m) / 64 for c in range(3)]
assert near(rows("pooled.txt")[0], mean) and near(rows("cells.txt")[0], mean), mean
assert near(rows("largest.txt")[0], [max(r[c] for r in m) for c in range(3)])
assert near(rows("corner.txt")[0], m[0])
END
# `resize` cuts the middle out of what a larger `size` gives: 8 of 16 rows and columns.
onnx sixteen.onnx --size 16
sed 's/size: 8/size: 16/; s/8, 8, 3/16, 16, 3/; s/^model: .*/model: sixteen.onnx/' fits.yaml >sixteen.yaml
sed 's/size: 8/size: 8, resize: 16/' fits.yaml >middle.yaml
for c in sixteen middle; do
    want 0 encode $c.yaml --file "$picture" --output map
    cp out $c.txt
done
python3 - <<'END' || fail "the middle"
def rows(name):
    return [line for line in open(name) if line.strip()]
m = rows("sixteen.txt")
assert rows("middle.txt") == [m[(y + 4) * 16 + x + 4] for y in range(8) for x in range(8)]
END
want 2 encode fits.yaml --file "$picture" --device gpu
in_err "device 'gpu'"
want 3 encode fits.yaml --file "$picture" --device cuda:1
in_err "without CUDA"
want 0 encode fits.yaml --file "$picture" --device auto

# --- NaN: a failure of the sample with its place; the run goes on
onnx nan.onnx --factor nan
printf 'name: nan\nmodality: image\nmodel: nan.onnx\nparams: { size: 8 }\noutputs: [{ name: twice, layout: chw, shape: [8, 8, 3] }]\n' >nan.yaml
want 4 encode nan.yaml --file "$picture"
in_err "output 'twice' has NaN at element 0 of 192"
want_json 1 'o["failed"] > 0 and o["encoders"][1]["failed"] == 0 and o["encoders"][1]["encoded"] > 0' \
    ingest nan.store pics --encoder nan.yaml --encoder fits.yaml

# --- a store: encoded once; a changed model under the same path is a new version, and why is said
n=$(find pics -name '*.png' | wc -l)
want_json 0 "o['encoded'] == $n" ingest store pics --encoder fits.yaml --jobs 2
want_json 0 'o["encoded"] == 0' ingest store pics --encoder fits.yaml
want_json 0 'o["same"]' encoders store --explain fits.yaml
want_json 0 'o["hits"][0]["score"] > 0.999' query store --file "$picture" -k 1 --include-self
# Another output of the same version encodes only that.
want_json 0 "o['encoded'] == $n" ingest store pics --encoder all.yaml
# A name that means another tensor by now would mix two features under one version.
card other.yaml 'name: largest, tensor: pooled, shape: [3]'
want 2 ingest store pics --encoder other.yaml
in_err "output 'largest' is 'layout=vector"
want_json 0 'len(o["encoders"]) == 1' encoders store
onnx tiny.onnx --factor 3
want_json 0 'not o["same"] and "model.sha256: " in o["text"]' encoders store --explain fits.yaml
want 4 query store --file "$picture" -k 1 --include-self
in_err "another encoder version"
want_json 0 "o['encoded'] == $n" ingest store pics --encoder fits.yaml
want_json 0 'len(o["encoders"]) == 2' encoders store
want_json 0 'o["hits"][0]["score"] > 0.999' query store --file "$picture" -k 1 --include-self

# --- quantised dynamically: told, and alone and in a run the same
onnx dynamic.onnx --dynamic
want_json 0 'o["dynamic"]' inspect dynamic.onnx
sed 's/^model: .*/model: dynamic.onnx/; s/^name: .*/name: dynamic/' fits.yaml >dynamic.yaml
want 4 encode dynamic.yaml --file "$picture" --onnxruntime ./rubbish.so
in_err "the version of its runtime belongs to the encoder"
want 0 ingest store pics --encoder dynamic.yaml --jobs 2
in_err "quantised dynamically"
want_json 0 '"model.runtime" in next(e for e in o["encoders"] if e["name"] == "dynamic")["card"]["parts"]' encoders store
want 0 get store pics/bird/bird0.png --encoder dynamic --output pooled
cp out stored
want 0 encode dynamic.yaml --file "$picture" --output pooled
cmp -s out stored || fail "a dynamically quantised model gives other numbers in a run"

# --- a model that wants two things of a sample: what to export instead
onnx whole.onnx --beside ids
sed 's/^model: .*/model: whole.onnx/; s/^name: .*/name: whole/' fits.yaml >whole.yaml
want 4 encode whole.yaml --file "$picture"
in_err "whole.yaml:3: "
in_err "takes pictures and texts at once ('image' and 'input_ids'): export its halves"
onnx clouds.onnx --beside cloud
sed 's/^model: .*/model: clouds.onnx/; s/^name: .*/name: clouds/' fits.yaml >clouds.yaml
want 4 encode clouds.yaml --file "$picture"
in_err "takes points in 2 inputs"
