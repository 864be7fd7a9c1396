# audit space: every figure is that of its definition (here in plain Python, over exported rows); planted
# facts are found and told: a gap, a hub, a favoured modality, a value that finds nothing, duplicates across
# splits. Leaving a modality out, one encoder alone, samples, and what cannot be audited.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1

# 70 pictures, 110 sentences, and for each sentence a vector: the sentence's own, moved by one vector that all
# have in common (the gap), and noise. Vectors of kind "lost" are noise alone; the vector "hub" is near all
# sentences. Two sentences are there twice, across splits; so is a vector, but for a hair.
make_source pics 70
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: img\nmodality: image\nencoder: builtin/hog\n' >img.yaml
printf 'name: vec\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 336 }\n' >vec.yaml
printf 'name: three\nmembers:\n  - { card: img.yaml, output: pooled }\n  - { card: txt.yaml, output: pooled }\n  - { card: vec.yaml, output: vector }\n' >three.yaml
python3 - <<'END_PY'
import csv, random
r = random.Random(7)
words = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "nrst"]
with open("texts.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["id", "text"])
    for i in range(110):
        out.writerow([f"t{i:03d}", " ".join(r.sample(words, 6))])
END_PY
want 0 ingest first.store texts.csv --dataset texts --encoder txt.yaml
want 0 export first.store --encoder txt --output pooled -o first
output=$(ls first/*.npy) || fail "no rows"
python3 - <<'END_PY' || fail "cannot plant"
import csv, glob, random
import _audit_rows as rows
r = random.Random(11)
samples, texts = rows.exported("first")
texts = {s["id"]: rows.unit(t) for s, t in zip(samples, texts)}
sentence = {row["id"]: row["text"] for row in csv.DictReader(open("texts.csv"))}
ids = sorted(texts)
common = rows.unit([r.gauss(0, 1) for _ in range(336)])
def noise(size):
    return [size * x for x in rows.unit([r.gauss(0, 1) for _ in range(336)])]
vectors, lines = [], []
for i, id in enumerate(ids):
    lost = i % 4 == 0
    own = noise(1) if lost else texts[id]
    v = [0.9 * a + 0.6 * b + c for a, b, c in zip(own, common, noise(0.5))]
    kind, split = "lost" if lost else "kept", "train" if i % 5 else "test"
    vectors.append(v)
    lines.append([f"v{id}", "vectors.npy", len(vectors) - 1, "", "vector", f"g{id}", split, kind])
    lines.append([id, "", "", sentence[id], "text", f"g{id}", split, kind])
vectors.append([sum(t[d] for t in texts.values()) for d in range(336)])
lines.append(["hub", "vectors.npy", len(vectors) - 1, "", "vector", "", "train", ""])
vectors.append([x + 1e-3 * y for x, y in zip(vectors[1], noise(1))])
lines.append(["near", "vectors.npy", len(vectors) - 1, "", "vector", "", "test", ""])
for i in (2, 3):
    lines.append([f"again{i}", "", "", sentence[ids[i]], "text", "", "test", ""])
for i, path in enumerate(sorted(glob.glob("pics/*/*.png"))):
    lines.append([f"p{i}", path, "", "", "image", f"g{ids[i]}", "train" if i % 5 else "test", ""])
rows.write_npy("vectors.npy", vectors)
with open("all.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["id", "path", "row", "text", "modality", "group", "split", "kind"])
    out.writerows(lines)
END_PY
want 0 ingest store all.csv --dataset all --space three.yaml
for e in img:pooled txt:pooled vec:vector; do want 0 export store --encoder ${e%:*} --output ${e#*:} -o rows/${e%:*}; done

want 1 audit space store --space three --by kind --json --progress=never --jobs 2
cp out report.json
[ ! -s err ] || fail "stderr is not empty"
cat >check.py <<'END_PY'
import json, sys
import _audit_rows as rows
o = json.load(open("report.json"))
names = {"image": "img", "text": "txt", "vector": "vec"}
of = {m: rows.items_of("rows/" + e, m) for m, e in names.items()}
everything = sum(of.values(), [])
K = o["k"]
def same(got, want, what, tolerance=1e-4):
    assert want is None or abs(got - want) < tolerance, (what, got, want)
def inside(m, what):
    assert m["low"] <= m["value"] + 1e-9 and m["value"] <= m["high"] + 1e-9, (what, m)
def compare(got, items, what):
    want = rows.shape(items, K)
    assert got["items"] == got["sampled"] == want["items"], (what, got["items"], want["items"])
    for key in ("hub_skewness", "never_found", "mean_cosine", "two_nn", "mle_dimension"):
        # Dimensions go by small differences of cosines of f32 rows.
        same(got[key]["value"], want[key][0], (what, key), 1e-3 * want[key][0] if want[key][1] is None else 1e-4)
        same(got[key]["null"], want[key][1], (what, key, "null"))
        inside(got[key], (what, key))
    assert {(s["from"], s["to"]) for s in got["shares"]} == set(want["shares"])
    for s in got["shares"]:
        value, null = want["shares"][s["from"], s["to"]]
        same(s["share"]["value"], value, (what, s))
        same(s["share"]["null"], null, (what, s))
        inside(s["share"], what)
    assert got["effective_rank"]["value"] < got["effective_rank"]["null"]
    assert got["two_nn"]["value"] < got["two_nn"]["null"]
    return want
whole = compare(o["whole"], everything, "whole")
assert [m["name"] for m in o["modalities"]] == ["image", "text", "vector"]
for m in o["modalities"]:
    compare(m["alone"], of[m["name"]], m["name"])
    compare(m["without"], [i for i in everything if i.modality != m["name"]], "without " + m["name"])
for h, (count, item) in zip(o["hubs"], whole["hubs"]):
    assert h["count"] == count, (h, count)
assert [(g["from"], g["to"]) for g in o["gaps"]] == [("image", "text"), ("image", "vector"), ("text", "vector")]
for g in o["gaps"]:
    a, b = (rows.mean_row(of[g[k]]) for k in ("from", "to"))
    same(g["length"]["value"], sum((x - y) ** 2 for x, y in zip(a, b)) ** 0.5, g)
    same(g["cosine_from"], rows.mean_cosine(of[g["from"]]), g)
    same(g["cosine_between"], rows.dot(a, b), g)
    inside(g["length"], g)
    inside(g["separability"], g)
    assert g["separability"]["value"] > 0.9 and g["separability_p"] < 0.02
assert {(r["from"], r["to"]) for r in o["recall"]} >= {("text", "vector"), ("vector", "text"), ("image", "text")}
for r in o["recall"]:
    for k in ("1", "10"):
        value, n = rows.recall(of[r["from"]], of[r["to"]], int(k))
        same(r["recall"][k]["value"], value, (r["from"], r["to"], k))
        assert n == r["queries"], (n, r["queries"])
    for v in r["values"]:
        value, n = rows.recall(of[r["from"]], of[r["to"]], 10, lambda s: s["meta"].get("kind") == v["is"])
        same(v["recall"]["10"]["value"], value, (r["from"], r["to"], v["is"]))
# What was planted.
text_vector = next(g for g in o["gaps"] if (g["from"], g["to"]) == ("text", "vector"))
assert text_vector["length"]["low"] > 2 * text_vector["length"]["null"]
by = {v["is"]: v["recall"]["10"] for r in o["recall"] if (r["from"], r["to"]) == ("text", "vector") for v in r["values"]}
assert by["kept"]["low"] > by["lost"]["high"], by
assert "hub" in [h["id"] for h in o["hubs"][:3]], o["hubs"][:3]
leak = o["leakage"]
assert leak["state"] == "measured" and leak["n_sets"] == len(leak["sets"]) >= 3, leak
sets = [{s["id"] for s in x["samples"]} for x in leak["sets"]]
assert any({"near", "vt001"} <= s for s in sets) and any("again2" in s for s in sets) and any("again3" in s for s in sets), sets
for start in ("leakage: ", "text to vector: queries with kind = lost find less", "image is favoured"):
    assert any(f.startswith(start) for f in o["findings"]), (start, o["findings"])
assert any(" lie " in f and f.startswith("text and vector") for f in o["findings"]), o["findings"]
END_PY
python3 check.py || fail "the report is not what its definitions give"

# The same again, to the last digit.
want 1 audit space store --space three --by kind --json --progress=never --jobs 2
python3 - <<'END_PY' || fail "two runs differ"
import json
a, b = (json.load(open(n)) for n in ("report.json", "out"))
a.pop("seconds"), b.pop("seconds")
assert a == b
END_PY

# A reader's text, and a page: findings first, its pictures inside, nothing from elsewhere.
want 1 audit space store --space three --by kind --html page.html --permutations 50 --draws 200
grep -q '>leakage<' page.html && grep -q 'data:image/' page.html || fail "the page lacks its verdict or its pictures"
! grep -qE '<script|https?://[^w]' page.html || fail "the page reaches out"
in_out "space three version 1, 336 dimensions"
in_out "! leakage: "
in_out "text and vector: mean cosine"
in_out "without image: "
# One encoder's own output.
want_json 1 'o["space"] is None and o["encoder"] == "vec" and o["output"] == "vector" and o["gaps"] == []
    and len(o["modalities"]) == 1 and o["modalities"][0]["without"] is None and len(o["whole"]["shares"]) == 1
    and o["whole"]["shares"][0]["share"]["value"] == 1 and o["leakage"]["n_sets"] == 1' \
    audit space store --encoder vec --permutations 50
# A sample asks, all are searched; k as it is told.
want_json 1 'o["whole"]["sampled"] == 150 and o["whole"]["items"] > 280 and o["k"] == 5' \
    audit space store --space three --sample 50 -k 5 --permutations 50
want_json 0 'o["leakage"]["state"] == "too many" and o["leakage"]["sets"] == []' \
    audit space store --encoder vec --max-compared 100 --permutations 50
want_json 0 'o["leakage"]["state"] == "no splits" and o["recall"] == [] and
    any("recall is not measured: no sample" in n for n in o["notes"])' audit space first.store --encoder txt

# What cannot be.
want 2 audit space store
in_err "give one of --space and --encoder"
want 2 audit space store --space three --encoder vec
want 2 audit space store --space none
want 2 audit space store --space three --output pooled
want 2 audit space store --space three --dataset none
want 2 audit space store --space three --split none
in_err "no group is of split 'none'"
want 2 audit space store --space three --near 2
want 2 audit space store --space three -k 1
want 3 audit space nowhere --space three
want 3 audit space store --space three --memory 1M
in_err "take a smaller sample or more memory"
make_source few 12
want 0 ingest few.store few --space three.yaml
want 2 audit space few.store --space three
in_err "there is too little to audit"

# Features of one direction, and of one content: figures that there are not are null, never a crash.
printf 'name: short\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 8 }\n' >short.yaml
python3 - <<'END_PY'
import _audit_rows as rows
rows.write_npy("line.npy", [[float(i + 1)] * 8 for i in range(60)])
rows.write_npy("one.npy", [[1.0] * 8] * 60)
for name in ("line", "one"):
    with open(name + ".csv", "w") as f:
        f.write("id,path,row\n" + "".join(f"{name}{i},{name}.npy,{i}\n" for i in range(60)))
END_PY
want 0 ingest line.store line.csv --encoder short.yaml
want_json 0 'o["whole"]["effective_rank"]["value"] is None and o["whole"]["two_nn"]["value"] is None
    and abs(o["whole"]["mean_cosine"]["value"] - 1) < 1e-5 and any("narrow cone" in f for f in o["findings"])' \
    audit space line.store --encoder short --permutations 50
want 0 ingest one.store one.csv --encoder short.yaml
want 2 audit space one.store --encoder short
in_err "there is too little to audit"
