# audit storage: bytes are those that stat says and that are on disk; what another precision would take is what
# a store in it takes; recall is what numpy finds in the exported features; what nothing uses is named, and the
# commands that are advised run, convert among them.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

# 400 seeded vectors in clusters, so that the ten nearest are close together.
python3 - <<'END' || fail "cannot make vectors"
import random, struct
r = random.Random(4)
dim, n = 48, 400
centres = [[r.gauss(0, 1) for _ in range(dim)] for _ in range(8)]
rows = b"".join(struct.pack("<%df" % dim, *(c + r.gauss(0, 0.1) for c in centres[i % 8])) for i in range(n))
head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (n, dim)
head += b" " * (63 - (len(head) + 10) % 64) + b"\n"
open("v.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + rows)
END
card() { printf 'name: v\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 48 }\noutputs:\n  - { name: %s, precision: %s }\n' "$name" "$1" >"$1.yaml"; }
want 0 ingest probe v.npy --dataset v
name=$(json 'o["encoders"][0]["outputs"][0]["name"]' encoders probe)
for p in f32 f16 bf16 int8; do
    card $p
    want 0 ingest $p.store v.npy --dataset v --encoder $p.yaml --no-canary
done
stored() { json "[o for e in o['encoders'] for o in e['outputs'] if o['name'] == '$2'][0]['bytes']['stored']" stat "$1" 2>/dev/null; }

# Counted: what the file system and stat say.
want 0 audit storage f32.store --json --queries 400
cp out audit.json
python3 - audit.json f32.store <<'END' || fail "bytes of files"
import json, os, sys
o, store = json.load(open(sys.argv[1])), sys.argv[2]
size = lambda f: os.path.getsize(os.path.join(store, f))
assert o["file_bytes"] == size("data.mdb"), o["file_bytes"]
files = os.listdir(store + "/segments")
assert o["segment_bytes"] == sum(size("segments/" + f) for f in files) and o["stray_bytes"] == 0
assert sorted(f for f in files if f.endswith(".vec")) == sorted(s["hash"] + ".vec" for s in o["segments"])
assert sum(s["bytes_vectors"] + s["bytes_index"] for s in o["segments"]) == o["segment_bytes"]
e = o["encoders"][0]
x = e["outputs"][0]
assert x["bytes_f32"] == x["bytes_raw"] == 400 * 48 * 4 and x["items"] == 400 and x["precision"] == "f32"
assert e["bytes_stored"] == x["bytes_stored"] == o["block_bytes"]
assert e["datasets"] == 1 and not e["unused"] and e["spaces"] == 0
assert [p["name"] for p in x["options"]] == ["f16", "bf16", "int8", "PCA24,Flat"], x["options"]
assert all(p["blocks"] == x["blocks"] for p in x["options"] if not p["index"])
assert x["options"][3]["bytes"] == 400 * 24 * 4 and x["options"][3]["bytes_now"] == 400 * 48 * 2
END

# All blocks were tried, so the bytes are those of a store that an ingest made in that precision.
for p in f16 bf16 int8; do
    real=$(json 'o["block_bytes"]' audit storage $p.store --no-measuring)
    tried=$(python3 -c 'import json, sys; print([p["bytes"] for p in json.load(open("audit.json"))["encoders"][0]["outputs"][0]["options"] if p["name"] == sys.argv[1]][0])' $p)
    python3 -c "import sys; sys.exit(abs($real - $tried) > 16)" || fail "$p: tried $tried bytes, stored $real"
done
[ "$(json 'o["encoders"][0]["outputs"][0]["options"]' audit storage int8.store --queries 400 | grep -c int8)" = 0 ] || fail "int8 as int8"

# Converted, a store is what an ingest in that precision makes, to the last digest; its index is built again.
for p in f16 bf16 int8; do
    cp -r f32.store converted
    want_json 0 "o['precision'] == {'before': 'f32', 'after': '$p'} and o['items'] == 400" \
        convert converted --encoder v --output "$name" --precision $p
    want 0 verify converted --full
    [ "$(digests converted)" = "$(digests $p.store)" ] || fail "converted to $p: other digests than ingested as $p"
    want_json 0 'len(o["index"]) == 1 and o["index"][0]["rows"] == 400' stat converted
    want 2 convert converted --encoder v --output "$name" --precision $p
    in_err "would take no less"
    rm -rf converted
done
want 2 convert f32.store --encoder v --output nothing --precision int8
want 2 convert f32.store --encoder v
want 3 convert nowhere --encoder v --output "$name" --precision int8

# Repeated, the same; fewer blocks and queries are told as such.
want 0 audit storage f32.store --json --queries 400
python3 -c '
import json
a, b = json.load(open("audit.json")), json.load(open("out"))
a["seconds"] = b["seconds"]
assert a == b' || fail "another run, another report"
want_json 0 'o["encoders"][0]["outputs"][0]["queries"] == 60 and o["encoders"][0]["outputs"][0]["gallery"] == 200' \
    audit storage f32.store --queries 60 --gallery 200
want 0 audit storage f32.store
in_out "recall@10"

# What nothing uses, and the command that takes it away.
want 0 rm f32.store v
want_json 0 'o["encoders"][0]["unused"]' audit storage f32.store
command=$(json '[a["command"] for a in o["advice"] if " gc " in a["command"]][0]' audit storage f32.store --no-measuring)
eval "${command/featcache/\"\$FEATCACHE\"}" >out 2>err || fail "$command"
want_json 0 'o["encoders"] == [] and o["block_bytes"] == 0' audit storage f32.store --no-measuring

want 2 audit storage int8.store --encoder nobody
want 3 audit storage nowhere

# Recall, by other means.
python=${FC_PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || {
    echo "SKIPPED: recall was not compared: $python has no package numpy (pip install numpy; FC_PYTHON names another interpreter)"
    exit 77
}
want 0 export probe -o features --encoder precomputed
"$python" "$here/_recall.py" "$(ls features/*.npy)" audit.json "$name" >out 2>err || fail "recall differs from numpy's"
