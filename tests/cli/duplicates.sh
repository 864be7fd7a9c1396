# Duplicates: pairs, components and their order are those of comparing every two stored vectors one by
# one (here in Python), whatever the memory; samples of one content; leakage between splits.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

python3 - <<'END'
import random
r = random.Random(4)
words = "red green blue bird fish tree house stone river cloud sings swims stands lies flows drifts".split()
with open("texts.csv", "w") as f:
    f.write("id,text,split,kind\n")
    for i in range(90):
        text = " ".join(r.choices(words, k=4)) if i % 3 else "a " + words[i // 3 % 5] + " and a " + words[(i // 3 + i % 2) % 5]
        f.write("t%02d,%s,%s,%s\n" % (i, text, ["train", "test", ""][r.randrange(3)], "abc"[i % 3]))
END
want 0 ingest store texts.csv --dataset texts
want_json 0 'o["encoder"] == "hashtext" and o["space"] is None and o["threshold"] == 0.95' duplicates store

# brute THRESHOLD FILE: FILE is what comparing every two vectors gives.
cat >brute.py <<'END'
import json, subprocess, sys
program, threshold, name = sys.argv[1], float(sys.argv[2]), sys.argv[3]
import csv
rows = list(csv.DictReader(open("texts.csv")))
vectors = {}
for row in rows:
    out = subprocess.run([program, "get", "store", "texts/" + row["id"], "--encoder", "hashtext", "--output", "pooled"],
                         check=True, capture_output=True, text=True).stdout
    v = [float(x) for x in out.split()]
    n = sum(x * x for x in v) ** 0.5
    vectors[row["id"]] = [x / n for x in v]
text = {row["id"]: row["text"] for row in rows}
split = {row["id"]: row["split"] for row in rows}
parent = {i: i for i in text}
def find(i):
    while parent[i] != i:
        i = parent[i]
    return i
first = {}
for i in sorted(text):
    first.setdefault(text[i], i)
contents = sorted(first.values())
pairs = []
for k, a in enumerate(contents):
    for b in contents[k + 1:]:
        score = sum(x * y for x, y in zip(vectors[a], vectors[b]))
        if score >= threshold:
            pairs.append((score, a, b))
            parent[find(a)] = find(b)
for i in text:
    parent[find(i)] = find(first[text[i]])
sets = {}
for i in sorted(text):
    sets.setdefault(find(i), []).append(i)
want = sorted((s for s in sets.values() if len(s) > 1), key=lambda s: (-len(s), s[0]))
o = json.load(open(name))
assert o["n_pairs"] == len(pairs), (o["n_pairs"], len(pairs))
assert o["compared"] == len(contents) and o["without_direction"] == 0
got = [[m["id"] for m in s["samples"]] for s in o["sets"]]
assert got == want, (got, want)
for s, ids in zip(o["sets"], want):
    assert s["crosses_splits"] == (len({split[i] for i in ids} - {""}) > 1), ids
    assert s["contents"] == len({text[i] for i in ids})
    scores = [p[0] for p in pairs if p[1] in ids]
    assert abs(s["low"] - min(scores + [1])) < 1e-5
kept = {(p["a"]["id"], p["b"]["id"]) for p in o["pairs"]}
scores = sorted((p[0] for p in pairs), reverse=True)[:len(o["pairs"])]
assert all(abs(p["score"] - s) < 1e-5 for p, s in zip(o["pairs"], scores))
if len(o["pairs"]) == len(pairs):
    assert {frozenset(k) for k in kept} == {frozenset(p[1:]) for p in pairs}
print(len(want), len(pairs))
END
for threshold in 0.5 0.8 0.95 1; do
    want 0 duplicates store --threshold $threshold --json
    cp out one.json
    python3 brute.py "$FEATCACHE" $threshold one.json >found || fail "at $threshold"
done
[ "$(cat found)" != "0 0" ] || fail "no sample twice: the test shows nothing"
# Fewer pairs kept: the sets stay, and it is told.
want_json 0 'len(o["pairs"]) == 3 and o["n_pairs"] > 3' duplicates store --threshold 0.7 --pairs 3
python3 brute.py "$FEATCACHE" 0.7 out >/dev/null || fail "with few pairs"
want 0 duplicates store --threshold 0.7 --pairs 3
in_err "the 3 nearest of "
want 0 duplicates store
in_out "of one content"

# More rows than are held at a time: what is streamed is found as well.
python3 - <<'END'
import random
r = random.Random(5)
words = [a + b + "ing" for a in "bcdfgh" for b in "aeiou"]
with open("many.csv", "w") as f:
    f.write("id,text\n")
    for i in range(2600):
        f.write("m%04d,%s\n" % (i, " ".join(r.choices(words, k=5))))
END
want 0 ingest many.store many.csv
want_json 0 'o["n_pairs"] > 100' duplicates many.store --threshold 0.8 --pairs 500
cp out held.json
want 0 duplicates many.store --threshold 0.8 --pairs 500 --memory 1M --jobs 1 --json
python3 - <<'END' || fail "streamed and held differ"
import json
a, b = (json.load(open(n)) for n in ("held.json", "out"))
assert a["sets"] == b["sets"] and a["n_pairs"] == b["n_pairs"] and a["compared"] == b["compared"]
assert all(abs(x["score"] - y["score"]) < 1e-5 for x, y in zip(a["pairs"], b["pairs"]))
END

# Leakage, filters, and what cannot be.
want_json 1 'o["sets"] and all(s["crosses_splits"] for s in o["sets"])' duplicates store --cross-split
want_json 0 'o["sets"] == []' duplicates store --cross-split --where 'split = "train"'
want_json 0 'o["sets"] and all(m["id"][1:] and int(m["id"][1:]) % 3 == 0 for s in o["sets"] for m in s["samples"])' \
    duplicates store --where 'kind = "a"' --dataset texts@1
want 2 duplicates store --dataset none
want 2 duplicates store --encoder none
want 2 duplicates store --space none
want 2 duplicates store --where 'kind ='
for bad in 0 1.5 -1 x; do want 2 duplicates store --threshold "$bad"; done
in_err "--threshold"
want 2 duplicates store --space a --encoder hashtext
make_source pics 8
want 0 ingest store pics
want 2 duplicates store
in_err "by --encoder or --space; the store has hashtext@"
want_json 0 'o["encoder"] == "hog" and o["compared"] == 8' duplicates store --encoder hog

# A picture twice, in two data sets, and within a space of two modalities.
mkdir again
cp "$(find pics -name '*.png' | sort | head -1)" again/copy.png
settle
want 0 ingest store again
want_json 0 'len(o["sets"]) == 1 and len(o["sets"][0]["samples"]) == 2 and o["sets"][0]["contents"] == 1
    and {m["dataset"] for m in o["sets"][0]["samples"]} == {"pics", "again"}' \
    duplicates store --encoder hog --threshold 1
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 ingest two.store pics --space pair.yaml
want_json 0 'o["space"] == "pair" and o["encoder"] is None and o["compared"] == 16' duplicates two.store --space pair --threshold 0.2
want 0 duplicates two.store --space pair --threshold 0.2
in_err "of space pair compared"
mkdir empty
want 3 duplicates nowhere
