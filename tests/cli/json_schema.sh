# Every object that --json prints has exactly the keys and types that schemas/json.md documents, and
# every documented key is printed by some command here, so that neither runs ahead of the other.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
mkdir objects

# keep NAME RC ARGUMENT...: run with --json; what it prints goes to objects/NAME.
keep() {
    local name=$1 rc=$2
    shift 2
    want "$rc" "$@" --json
    [ "$(wc -l <out)" -eq 1 ] || fail "featcache $* --json: not one line"
    cp out "objects/$name"
}

keep estimate 0 ingest store pics.csv --dataset pics --estimate
keep ingest 0 ingest store pics.csv --dataset pics --group-pattern '^[a-z]+[0-9]+'
mkdir torn
head -c 100 pics/bird/bird0.png >torn/a.png
echo "a bird" >torn/b.txt
echo "a fish in the sea" >torn/c.txt
keep ingest_failed 1 ingest store torn
keep ingest_dry 0 ingest store pics --dry-run
keep stat 0 stat store
keep failures 0 stat store --failures

keep builtins 0 encoders
keep encoders 0 encoders store
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams: { colour: 2 }\n' >warm.yaml
keep explain 0 encoders store --explain warm.yaml

keep devices 0 devices
python3 "$here/_onnx.py" tiny.onnx
keep inspect 0 inspect tiny.onnx
python3 "$here/_onnx.py" custom.onnx --domain example.org
keep inspect_refused 1 inspect custom.onnx

keep query 0 query store --text "a picture of a fish" -k 3 --dataset pics --modality text --where 'year > 2000'
keep query_notice 0 query store --text "a picture of a fish" --where 'yeer > 2000'
keep query_groups 0 query store --text "a picture of a fish" --modality image -k 3
keep query_file 0 query store --file pics/tree/tree2.png -k 3
keep query_id 0 query store --id pics/tree2 -k 3
keep get_file 0 get store pics/tree2 --encoder hog --output pooled -o v.npy
keep query_vector 0 query store --vector v.npy --encoder hog -k 3
cp "$FC_SOURCE_DIR/tests/golden/audio/pcm16_stereo.wav" sound.wav
printf 'id,path,start_s,end_s\na,sound.wav,0.05,0.2\nb,sound.wav,0.1,\n' >spans.csv
keep ingest_spans 0 ingest spans.store spans.csv
keep query_span 0 query spans.store --file sound.wav --start-s 0.05 --end-s 0.2 --include-self
keep query_span_open 0 query spans.store --file sound.wav --start-s 0.1
keep query_terms_span 0 query spans.store --file sound.wav --start-s 0.1 --minus @sound.wav --end-s 0.2
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
keep space 0 space store pair.yaml
python3 "$FC_SOURCE_DIR/tests/cli/_pairs.py" pairs 40 8
want 0 ingest fitted.store pairs/pairs.csv --encoder pairs/vec.yaml --encoder builtin/hashtext
keep fit 0 fit fitted.store --space shared --encoder vec --encoder hashtext --method ridge
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nvariant: new\n' >hog2.yaml
python3 "$here/_source.py" more 60
want 0 ingest adapted.store more --encoder builtin/hog --encoder hog2.yaml
keep adapt 0 adapt adapted.store --from '#1' --to '#2'
keep migrate 0 adapt adapted.store --from '#1' --to '#2' --migrate
keep adapters 0 switch adapted.store --to dual
keep query_adapter 0 query adapted.store --file more/bird/bird0.png -k 2
keep space_fitted 0 space fitted.store
keep query_space 0 query store --text "a fish" --space pair -k 2
keep query_space_vector 0 query store --vector v.npy --space pair -k 2
keep query_terms 0 query store --text "a fish" --like pics/tree2 --file pics/tree/tree2.png --vector v.npy --space pair -k 2
keep query_activated 0 query store --id pics/tree2 --space pair -k 2 --calibrate dis
keep query_calibrated 0 query store --id pics/tree2 --space pair -k 2 --calibrate fair --temperature 0.5
python3 - <<'END' || fail "cannot make sounds"
import os, random, struct, wave
os.mkdir("rows")
r = random.Random(1)
for i in range(30):
    with wave.open(f"rows/s{i}.wav", "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(struct.pack("<2000h", *(r.randrange(-9000, 9000) for _ in range(2000))))
    open(f"rows/s{i}.txt", "w").write(f"sound number {i} of thirty\n")
END
make_source many 48
keep ingest_rows 0 ingest rows.store rows
keep ingest_many 0 ingest rows.store many
keep fit_rows 0 fit rows.store --space heard --encoder mfcc:frames=mean --encoder hashtext:tokens=mean --dim 4
keep fit_maps 0 fit rows.store --space seen --encoder hog:map=mean --encoder hashtext:tokens=mean --dim 4
keep query_explained 0 query rows.store --space heard --id rows/s1.wav --explain -k 100
keep query_explained_map 0 query rows.store --space seen --file pics/tree/tree2.png --explain -k 100
keep query_explained_text 0 query rows.store --space seen --text "a picture of a fish" --explain -k 3
# A picture that its EXIF turns, and an encoder that takes it as it is stored, fused with one that turns it.
python3 - many/turned.png <<'END' || fail "cannot make a turned picture"
import struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
rows = b"".join(b"\0" + bytes((3 * x + 5 * y) % 256 for x in range(60)) for y in range(30))
with open(sys.argv[1], "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 30, 8, 0, 0, 0, 0)) + chunk(b"eXIf", exif) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
printf 'name: stored\nmodality: image\nencoder: builtin/hog\nparams: { upright: false }\n' >stored.yaml
keep ingest_turned 0 ingest rows.store many --encoder stored.yaml --encoder builtin/hog --encoder builtin/hashtext
keep fit_fused 0 fit rows.store --space fused --encoder stored:map=mean --encoder hog:map=mean --encoder hashtext:tokens=mean --dim 4
keep query_explained_fused 0 query rows.store --space fused --file many/turned.png --explain -k 100 --include-self
keep query_explained_terms 0 query rows.store --space fused --file many/turned.png --text "a fish" --explain -k 3
printf '{"text": "a fish", "k": 2}\n{"nonsense": 1}\n' >questions
want 1 query store --batch <questions
[ "$(wc -l <out)" -eq 2 ] || fail "two questions, not two answers"
cp out objects/batch
keep duplicates 0 duplicates store --encoder hog --threshold 0.5
keep duplicates_space 0 duplicates store --space pair --threshold 0.5
"$FEATCACHE" serve store --json >objects/serve 2>err &
server=$!
for _ in $(seq 200); do [ -s objects/serve ] && break; sleep 0.05; done
python3 - objects <<'END' || fail "a server"
import json, sys, urllib.error, urllib.request
url = json.load(open(sys.argv[1] + "/serve"))["url"]
for name, path in (("query", "query?text=a+fish&k=2"), ("stat", "stat"), ("health", "health"), ("error", "query")):
    try:
        answer = urllib.request.urlopen(url + path)
    except urllib.error.HTTPError as e:
        answer = e
    with open(sys.argv[1] + "/serve_" + name, "wb") as f:
        f.write(answer.read())
END
kill "$server" && wait "$server" || fail "the server does not stop"
"$FEATCACHE" serve store --socket s --json >objects/serve_socket 2>err &
server=$!
for _ in $(seq 200); do [ -s objects/serve_socket ] && break; sleep 0.05; done
kill "$server" && wait "$server" || fail "the server does not stop"
keep eval 0 eval store --encoder hog --output grid --label kind --dataset pics
want 0 ingest pair.store pics.csv --dataset pics --group-pattern '^[a-z]+[0-9]+' --space pair.yaml
keep eval_space 0 eval pair.store --space pair --from image --to text
keep eval_space_splits 0 eval pair.store --space pair --from image --to text --splits 2 --against pair
keep index 0 index store
keep index_kind 0 index store --encoder hog --output grid --kind HNSW8 --rebuild
keep stat_index 0 stat store

keep encode 0 encode builtin/hashtext --text "a fish" --output pooled
keep encode_file 0 encode builtin/hog --file pics/tree/tree2.png -o e.npy
keep get 0 get store pics/tree2 --encoder hog --output pooled
keep export 0 export store -o features --dataset pics
cat features/*.jsonl >objects/lines_npy
keep export_lines 0 export store -o lines --dataset pics --encoder hog --output pooled --format jsonl
cat lines/*.jsonl >objects/lines_features

make_source moved 52
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams: { filter: bilinear }\n' >bilinear.yaml
want 0 ingest drift.store moved.csv --dataset moved --encoder builtin/hog
want 0 ingest drift.store moved.csv --dataset moved --encoder bilinear.yaml
"$FEATCACHE" audit drift drift.store --from '#1' --to '#2' --by kind --json >objects/audit_drift 2>err || [ $? -eq 1 ] || fail "audit drift"
"$FEATCACHE" audit drift drift.store --from '#1:map' --to '#2:map' --json >objects/audit_drift_map 2>err || [ $? -eq 1 ] || fail "audit drift of maps"
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams: { bins: 6 }\n' >bins.yaml
want 0 ingest drift.store moved.csv --dataset moved --encoder bins.yaml
"$FEATCACHE" audit drift drift.store --from '#1:map' --to '#3:map' --json >objects/audit_drift_dims 2>err || [ $? -eq 1 ] || fail "audit drift of other dimensions"

mv torn/c.txt torn/d.txt
echo "another bird" >torn/b.txt
keep ingest_again 1 ingest store torn
keep diff 0 diff store torn@1 torn@2
keep verify 0 verify store
keep verify_full 0 verify store --full
keep backup 0 backup store copy
keep rm 0 rm store torn/d.txt
keep gc_dry 0 gc store --encoder hog --dry-run
keep gc 0 gc store
keep compact 0 compact store
keep repair 0 repair store repaired

cat >old.json <<'END'
{"schema": "featcache.audit.some/1", "a": {"value": 1, "low": 0.5, "high": 1.5, "null": 0}, "b": "x", "c": true, "d": 1}
END
cat >new.json <<'END'
{"schema": "featcache.audit.some/1", "a": {"value": 2, "low": 1.6, "high": 2.5, "null": 0}, "b": "y", "c": null, "e": []}
END
keep audit_canary 0 audit canary store
keep audit_canary_none 0 audit canary store --encoder hog --add 1
keep audit_storage 0 audit storage rows.store --queries 50
keep convert 0 convert rows.store --encoder hog --output pooled --precision int8
keep audit_storage_counted 0 audit storage store --no-measuring
keep audit_diff 0 audit diff old.json new.json
make_source wide 180
keep ingest_wide 0 ingest wide.store wide.csv --dataset wide --group-pattern '^[a-z]+[0-9]+' --space pair.yaml
keep audit_space 1 audit space wide.store --space pair --by kind --permutations 20 --draws 20
keep audit_space_encoder 1 audit space wide.store --encoder hog --permutations 20 --draws 20
"$FEATCACHE" audit data wide.store --encoder hog --reference 'split=train' --current 'split=test' --permutations 20 \
    --json >objects/audit_data || [ $? -eq 1 ] || fail "audit data"

# Damage: a page in the middle of the data is zeroed in a copy.
size=$(stat -c %s store/data.mdb)
dd if=/dev/zero of=store/data.mdb bs=4096 seek=$((size / 8192)) count=4 conv=notrunc status=none
want 1 verify store --full --json
cp out objects/verify_damaged
"$FEATCACHE" repair store rescued --json >objects/repair_damaged 2>/dev/null || [ $? -eq 1 ] || fail "repair"

python3 "$here/_json_schema.py" "$FC_SOURCE_DIR/schemas/json.md" objects/* || fail "schemas/json.md and --json differ"
