# Calibrated scores in a space: each method's scores are those of its formula over all stored vectors
# (here in Python), for questions by text, file, id, vector and several inputs; mixed modalities rank
# together; what cannot be calibrated says so.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 24
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 ingest store pics --space pair.yaml
picture=bird/bird0.png
"$FEATCACHE" get store "pics/$picture" --encoder hog --output pooled -o picture.npy || fail get
"$FEATCACHE" encode txt.yaml --text "a red bird" --output pooled -o red.npy || fail encode

cat >formulas.py <<'END'
import json, math, os, struct, subprocess, sys
program, method, name = sys.argv[1:4]
def npy(path):
    b = open(path, "rb").read()
    n = struct.unpack("<H", b[8:10])[0]
    return struct.unpack("<%df" % ((len(b) - 10 - n) // 4), b[10 + n:])
def unit(v):
    n = sum(x * x for x in v) ** 0.5
    return [x / n for x in v]
def dot(a, b):
    return sum(x * y for x, y in zip(a, b))
def mean(rows):
    return [sum(c) / len(rows) for c in zip(*rows)]
def minus(a, b):
    return [x - y for x, y in zip(a, b)]
# question: FILE*WEIGHT*MODALITY*SELF ...
terms = [t.split("*") for t in sys.argv[4:]]
lanes = json.load(open("vectors.json"))
total = mean([[float(w) * x for x in unit(npy(f))] for f, w, m, s in terms])
length = dot(total, total) ** 0.5
query = unit(total)
means = {m: mean(list(rows.values())) for m, rows in lanes.items()}
selves = {s for f, w, m, s in terms if s}
bank = {i: v for m in sorted({t[2] for t in terms}) for i, v in lanes[m].items()}
def largest(values, k=10):
    return sum(sorted(values)[-k:]) / min(k, len(values))
shift = [sum(float(w) * means[m][k] for f, w, m, s in terms) / len(terms) / length for k in range(len(query))]
moved = unit(minus(query, shift))
# dis: the gallery is what is searched; ONLY: one modality of it.
searched = {m: rows for m, rows in lanes.items() if os.environ.get("ONLY") in (None, m)}
gallery = [(i, v) for rows in searched.values() for i, v in rows.items()]
def first(vector, without):
    return max((dot(vector, v), i) for i, v in gallery if i not in without)[1]
activated = first(query, selves) in {first(v, {i}) for i, v in bank.items()} if method == "dis" else None
want = {}
for m, rows in searched.items():
    r_x = largest([dot(query, v) for i, v in rows.items() if i not in selves])
    pairs = [dot(a, b) for i, a in bank.items() for k, b in rows.items() if i != k]
    mu = sum(pairs) / len(pairs)
    sigma = (sum((p - mu) ** 2 for p in pairs) / len(pairs)) ** 0.5
    for i, v in rows.items():
        cosine = dot(query, v)
        against = [dot(b, v) for k, b in bank.items() if k != i]
        want[i] = cosine, {
            "shift": dot(moved, unit(minus(v, means[m]))),
            "csls": 2 * cosine - r_x - largest(against),
            "invsoftmax": cosine - math.log(sum(math.exp(20 * c) for c in against) / len(against)) / 20,
            "fair": (cosine - mu) / sigma,
        }["invsoftmax" if activated else method] if activated is not False else cosine
o = json.load(open(name))
assert o["calibration"]["method"] == method and o["calibration"]["bank"] == len(bank) and o["calibration"]["candidates"] >= (24 if os.environ.get("EXACT") else 100)
assert o["calibration"].get("activated") == activated
print(method, sys.argv[4:], activated)
assert not any("lie apart" in n for n in o["notices"])
got = {h["id"]: (h["cosine"], h["score"]) for h in o["hits"]}
assert set(got) == set(want) - selves, (len(got), len(want))
for i, (cosine, score) in got.items():
    assert abs(cosine - want[i][0]) < 1e-4, (i, cosine, want[i])
    # Neighbours of CSLS are found in the index, whose vectors are f16.
    assert abs(score - want[i][1]) < (2e-3 if method == "csls" else 2e-4) * (1 + abs(score)), (i, score, want[i])
scores = [h["score"] for h in o["hits"]]
assert scores == sorted(scores, reverse=True)
END
python3 - "$FEATCACHE" <<'END' || fail "no vectors"
import json, subprocess, sys
program = sys.argv[1]
o = json.loads(subprocess.run([program, "query", "store", "--text", "x", "--space", "pair", "-k", "100", "--json"],
                              check=True, capture_output=True, text=True).stdout)
lanes = {"image": {}, "text": {}}
for h in o["hits"]:
    encoder = {"image": "hog", "text": "txt"}[h["modality"]]
    v = [float(x) for x in subprocess.run([program, "get", "store", "pics/" + h["id"], "--encoder", encoder, "--output",
                                           "pooled"], check=True, capture_output=True, text=True).stdout.split()]
    n = sum(x * x for x in v) ** 0.5
    lanes[h["modality"]][h["id"]] = [x / n for x in v]
json.dump(lanes, open("vectors.json", "w"))
assert len(lanes["image"]) == len(lanes["text"]) == 24
END

for method in shift csls invsoftmax dis fair; do
    want 0 query store --text "a red bird" --space pair -k 100 --calibrate $method --json
    cp out one.json
    python3 formulas.py "$FEATCACHE" $method one.json 'red.npy*1*text*' || fail "$method by a text"
    want 0 query store --id "pics/$picture" --space pair -k 100 --calibrate $method --json
    python3 formulas.py "$FEATCACHE" $method out "picture.npy*1*image*$picture" || fail "$method by an id"
    want 0 query store --file "pics/$picture" --text "a red bird" --weight 0.5 --space pair -k 100 --calibrate $method --json
    python3 formulas.py "$FEATCACHE" $method out "picture.npy*1*image*$picture" 'red.npy*0.5*text*' ||
        fail "$method by a file and a text"
    want 0 query store --vector red.npy --encoder txt --space pair -k 100 --calibrate $method --json
    python3 formulas.py "$FEATCACHE" $method out 'red.npy*1*text*' || fail "$method by a vector"
    want 0 query store --id "pics/$picture" --space pair -k 100 --calibrate $method --exact --json
    EXACT=1 python3 formulas.py "$FEATCACHE" $method out "picture.npy*1*image*$picture" || fail "$method, all exactly"
    # A batch is answered alike, also where what was sampled is kept, and a filter only leaves out.
    printf '{"text": "an owl", "calibrate": "%s"}\n{"text": "a red bird", "k": 100, "calibrate": "%s", "modality": "image"}\n' \
        $method $method | "$FEATCACHE" query store --batch --space pair >out || fail "a batch"
    if [ $method = dis ]; then # what is first is another among images alone
        tail -n 1 out >images.json
        ONLY=image python3 formulas.py "$FEATCACHE" dis images.json 'red.npy*1*text*' || fail "dis among images"
        continue
    fi
    python3 - <<'END' || fail "a batch and one question differ: $method"
import json
one = json.load(open("one.json"))["hits"]
two = json.loads(open("out").read().splitlines()[1])["hits"]
assert [(h["id"], h["score"]) for h in one if h["modality"] == "image"] == [(h["id"], h["score"]) for h in two]
END
done

# A hit that lies beyond the nearest hundred is found by --exact: 300 of b are near everything of a, as the
# question is, one is near to the question alone.
python3 - <<'END' || fail "no vectors"
import random, struct
rng = random.Random(3)
def save(name, rows):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, 8), }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    with open(name, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
        for row in rows:
            f.write(struct.pack("<8f", *row))
common = lambda: [1 + rng.gauss(0, 0.05)] + [rng.gauss(0, 0.05) for _ in range(7)]
save("a.npy", [common() for _ in range(60)])
save("b.npy", [common() for _ in range(300)] + [[0, 1] + 6 * [0]])
save("question.npy", [[0.87, 0.5] + 6 * [0]])
END
for name in a b; do
    printf "name: $name\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 8 }\n" >$name.yaml
    want 0 ingest ab.store $name.npy --dataset $name --encoder $name.yaml
done
printf 'name: ab\nmembers:\n  - { card: a.yaml, output: vector }\n  - { card: b.yaml, output: vector }\n' >ab.yaml
want 0 space ab.store ab.yaml
want_json 0 'o["calibration"]["candidates"] == 100 and o["hits"][0]["id"] != "300" and o["hits"][0]["dataset"] == "b"' \
    query ab.store --vector question.npy --encoder a --space ab --dataset b -k 1 --calibrate invsoftmax
want_json 0 'o["calibration"]["candidates"] == 301 and o["hits"][0]["id"] == "300" and o["index"]["exact"]' \
    query ab.store --vector question.npy --encoder a --space ab --dataset b -k 1 --calibrate invsoftmax --exact

# By cosine one modality comes first as a whole; told apart from their own pair's mean they mix.
want_json 0 '{h["modality"] for h in o["hits"][:20]} == {"text"} and any("--calibrate fair" in n for n in o["notices"])' \
    query store --file pics/tree/tree2.txt --space pair -k 20
want_json 0 '{h["modality"] for h in o["hits"][:20]} == {"image", "text"}' \
    query store --file pics/tree/tree2.txt --space pair --calibrate fair -k 20
want 0 query store --text "a red bird" --space pair
in_err "cosines of different pairs of modalities lie apart: --calibrate fair"
want 0 query store --text "a red bird" --space pair --modality image
not_in_err "lie apart"
want 0 query store --text "a red bird" --space pair --calibrate fair --html page.html
in_err "scores are calibrated by fair, by 24 stored items"
grep -q "fair, by 24 items" page.html || fail "the page does not say how scores were calibrated"

# What cannot be.
want 2 query store --text x --calibrate fair
in_err "give --space"
want 2 query store --text x --space pair --calibrate fairer
in_err "none of: none, shift, csls, invsoftmax, dis, fair"
want 2 query store --vector red.npy --space pair --calibrate shift
in_err "with --encoder"
echo '{"text": "x", "calibrate": "fairer"}' | "$FEATCACHE" query store --batch --space pair >out && fail "a calibration that is none"
in_out "give none, shift, csls"
mkdir only
cp pics/*/*.png only
settle
want 0 ingest images.store only --encoder builtin/hog
want 0 space images.store pair.yaml
want 2 query images.store --text "a red bird" --space pair --calibrate csls
in_err "nothing of the query's modality, text, is stored in space 'pair'"
want_json 0 'o["calibration"]["bank"] == 24' query images.store --file "pics/$picture" --space pair --calibrate csls

# Nothing found says why.
want 0 query images.store --file "pics/$picture" --space pair --modality text
in_err "nothing was found: of text nothing is stored in space 'pair', which has image"
want 0 query store --text x --space pair --where 'id = "none"'
in_err "but the query's own passes the filter"
mkdir one
cp "pics/$picture" one/a.png
settle
want 0 ingest one.store one --encoder builtin/hog
want 0 space one.store pair.yaml
want 0 query one.store --file "pics/$picture" --space pair
in_err "the query's own samples are all that space 'pair' has; --include-self shows them"
want_json 0 'len(o["hits"]) == 1 and o["hits"][0]["score"] == 0' \
    query one.store --file "pics/$picture" --space pair --calibrate fair --include-self
want 2 query one.store --file "pics/$picture" --space pair --calibrate shift
in_err "nothing is left of it to shift"
