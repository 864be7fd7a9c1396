# Models in a run: samples share runs of a model, and neither batch, workers, memory nor a neighbour that
# fails changes what comes of one. Models are made on the spot (_onnx.py).
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
onnx() { python3 "$here/_onnx.py" "$@" || fail "_onnx.py $*"; }

# card NAME MODEL LINES: an image card.
card() {
    printf 'name: %s\nmodality: image\nmodel: %s\nparams: { size: 8 }\noutputs:\n%s\n' "$1" "$2" "$3" >"$1.yaml"
}
outputs='  - { name: pooled, shape: [3] }
  - { name: map, shape: [8, 8, 3] }'

# 120 pictures of which every other is there three times, the copies in the opposite order: workers meet
# contents that others have in a batch that has not run yet.
make_source plain 60
mkdir pics
i=0
for f in plain/*/*.png; do
    cp "$f" "pics/a$(printf %03d $i).png"
    [ $((i % 2)) -eq 1 ] || for k in b c; do cp "$f" "pics/$k$(printf %03d $((200 - i))).png"; done
    i=$((i + 1))
done
settle

# --- the same alone and in any batch, with any number of workers, in little memory
onnx tiny.onnx
card tiny tiny.onnx "$outputs"
want 0 ingest alone pics --encoder tiny.yaml --jobs 1 --batch 1
reference=$(digests alone)
[ -n "$reference" ] || fail "no digests"
for how in "--jobs 1" "--jobs 2 --batch 5" "--jobs 8 --batch 16" "--jobs 8 --batch 64 --memory 64M"; do
    rm -rf store
    # shellcheck disable=SC2086
    want_json 0 'o["encoded"] == 60 and o["reused"] == 60 and o["failed"] == 0' \
        ingest store pics --encoder tiny.yaml $how
    [ "$(digests store)" = "$reference" ] || fail "other features with $how"
done

# --- a model that takes one slice at a time is fed one at a time
onnx one.onnx --batch 1
card one one.onnx "$outputs"
want 0 ingest one.alone pics --encoder one.yaml --jobs 1 --batch 1
want 0 ingest one.store pics --encoder one.yaml --jobs 2
[ "$(digests one.store)" = "$(digests one.alone)" ] || fail "other features of a model without batches"

# --- NaN of one picture: a failure of that one alone, with its place; its neighbours are as they are
# alone. `map` is the square root of twice (level - 60) / 255; the kinds' blue is above that or not.
onnx root.onnx --sqrt
card root root.onnx "$outputs"
sed -i 's/size: 8/size: 8, mean: [0, 0, 60]/' root.yaml
want_json 1 'o["failed"] > 0 and o["encoded"] > 0' ingest root.store plain --encoder root.yaml --jobs 1
want 1 ingest root.alone plain --encoder root.yaml --jobs 1 --batch 1
[ "$(digests root.store)" = "$(digests root.alone)" ] || fail "NaN of one changes others"
failures() { json 'sorted((f["id"], f["reason"]) for f in o["failures"])' stat "$1" --failures; }
[ "$(failures root.store)" = "$(failures root.alone)" ] || fail "other failures in batches"
failures root.store | grep -q "has NaN at element" || fail "no reason: $(failures root.store)"

# --- one output that fails: the others of that sample are kept, in a batch too
card halves root.onnx '  - { name: twice, layout: chw, shape: [8, 8, 3] }
  - { name: map, shape: [8, 8, 3] }'
sed -i 's/size: 8/size: 8, mean: [0, 0, 60]/' halves.yaml
want 1 ingest halves.store plain --encoder halves.yaml --jobs 2
failures halves.store | grep -q "its other outputs are kept" || fail "$(failures halves.store)"
[ "$(json 'sorted(p["items"] for e in o["encoders"] for p in e["outputs"])[-1]' stat halves.store)" = 60 ] ||
    fail "an output that did not fail is not kept: $(json 'o["encoders"]' stat halves.store)"

# --- pictures and sounds, each through a model of its own, side by side
python3 "$here/_onnx.py" wave.onnx --wave || fail "_onnx.py"
mkdir mixed
python3 - <<'END'
import struct, wave
for i in range(30):
    with wave.open("mixed/s%02d.wav" % i, "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(16000)
        n = 1000 + 331 * i
        f.writeframes(struct.pack("<%dh" % n, *[(k * (i + 3)) % 2000 for k in range(n)]))
END
for i in $(seq -w 10 39); do cp "$(ls plain/*/*.png | sed -n "$((10#$i - 9))p")" "mixed/s$i.png"; done
settle
printf 'name: sound\nmodality: audio\nmodel: wave.onnx\nparams: { row_hop: 320, row_length: 400 }\noutputs:\n%s\n' \
    '  - { name: frames, shape: [n, 2] }' >sound.yaml
both=(--encoder tiny.yaml --encoder sound.yaml)
want 0 ingest mixed.alone mixed "${both[@]}" --jobs 1 --batch 1
want_json 0 'o["encoded"] == 60 and o["failed"] == 0' ingest mixed.store mixed "${both[@]}" --jobs 4
[ "$(digests mixed.store)" = "$(digests mixed.alone)" ] || fail "sounds and pictures side by side"

# --- features of one sample that --memory has no room for, and models that it has none for, before they are
# loaded
onnx broad.onnx --size 1300
card broad broad.onnx '  - { name: map, shape: [1300, 1300, 3] }'
sed -i 's/size: 8/size: 1300/' broad.yaml
want_json 1 'o["failed"] == 60' ingest broad.store plain --encoder broad.yaml --memory 64M
in_err "its features take more than 16 MB"
printf 'name: heavy\nmodality: image\nmodel: heavy.onnx\noutputs: [{ name: a, shape: [3] }]\n' >heavy.yaml
truncate -s 30M heavy.onnx
want 4 ingest heavy.store plain --encoder heavy.yaml --memory 64M
in_err "heavy.onnx has 30 MB, and running it takes twice that at least; models may take 48 MB: raise --memory"
