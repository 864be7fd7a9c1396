# fit: a space of two encoders that share none, learnt from groups; held-out pairs are found; the index,
# versions, other data and every refusal.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

python3 "$FC_SOURCE_DIR/tests/cli/_pairs.py" pairs 100 12
want 0 ingest store pairs/pairs.csv --encoder pairs/vec.yaml --encoder builtin/hashtext

# mrr SPACE: mean reciprocal rank of their own vectors, among all 100, for the sentences of the groups
# 80 to 99, of which a fit with the splits below has seen none. By chance it is 0.05.
mrr() {
    local i
    for i in $(seq 80 99); do echo "{\"id\": \"split/t$i\", \"modality\": \"vector\", \"k\": 100}"; done |
        "$FEATCACHE" query split.store --space "$1" --batch 2>err >answers || fail "a batch"
    python3 -c 'import json
lines = [json.loads(line) for line in open("answers")]
ranks = [next(h["rank"] for h in o["hits"] if h["group"] == "g%d" % (80 + i)) for i, o in enumerate(lines)]
assert len(ranks) == 20
print(sum(1 / r for r in ranks) / len(ranks))'
}

for method in ridge cca; do
    want_json 0 'o["method"] == "'$method'" and o["changed"] and o["version"] == 1 and o["split_by"] == "hash"
        and o["groups"] + o["test_groups"] == 100 and 5 <= o["test_groups"] <= 40
        and o["items"] == 2 * o["groups"] and o["dim"] > 0 and o["tried"]' \
        fit store --space $method --encoder vec --encoder hashtext --method $method
    # The same again is the same bytes: no new version.
    want_json 0 'o["version"] == 1 and not o["changed"]' \
        fit store --space $method --encoder vec --encoder hashtext --method $method
done
want_json 0 'o["version"] == 2 and o["changed"]' \
    fit store --space cca --encoder vec --encoder hashtext --method cca --penalty 1 --split-seed 7
want_json 0 '[(s["name"], s["version"], s["method"], s["fit"]["groups"] > 50) for s in o["spaces"]] ==
    [("cca", 2, "cca", True), ("ridge", 1, "ridge", True)]' space store
want 0 space store
in_out "fitted by cca to"

# Both ways, with and without an index, and by an older version.
want_json 0 'o["hits"][0]["group"] == "g3" and o["space"] == "ridge" and o["hits"][0]["modality"] == "vector"' \
    query store --space ridge --id pairs/t3 --modality vector -k 3
want_json 0 'o["hits"][0]["group"] == "g3" and o["hits"][0]["modality"] == "text"' \
    query store --space cca@1 --id pairs/v3 --modality text -k 3
want 0 query store --space cca --id pairs/t5 -k 20 --json
cp out scanned
want_json 0 'o["outputs"] == 2 and o["added"] == 200' index store --space cca
want 0 query store --space cca --id pairs/t5 -k 20 --json
python3 -c 'import json, sys
a, b = ([(h["id"], h["score"]) for h in json.load(open(f))["hits"]] for f in sys.argv[1:])
sys.exit(a != b)' scanned out || fail "an index changes the answer"
cp out out.query
want_json 0 'o["index"]["kinds"] == ["Flat"]' query store --space cca --text "the red fox runs"
want_json 0 'o["index"]["kinds"] == ["scan"]' query store --space cca@1 --text "the red fox runs"
want 0 verify store
want 2 query store --space cca@9 --text a
in_err "no space 'cca@9' in this store"

# The vectors of a space as files: one row a sample, at unit length, those that a query compares.
want_json 0 'o["files"] == 2 and o["rows"] == 200' export store --space cca -o exported
python3 - exported <<'END' || fail "what is exported is not what is compared"
import ast, json, struct, sys
data = open(sys.argv[1] + "/cca.npy", "rb").read()
n = struct.unpack_from("<H", data, 8)[0]
shape = ast.literal_eval(data[10 : 10 + n].decode())["shape"]
rows = [struct.unpack_from(f"<{shape[1]}f", data, 10 + n + 4 * shape[1] * i) for i in range(shape[0])]
lines = [json.loads(line) for line in open(sys.argv[1] + "/cca.jsonl")]
assert len(lines) == len(rows) == 200
assert all(abs(sum(x * x for x in r) - 1) < 1e-5 for r in rows)
hits = {(h["id"]): h["score"] for h in json.load(open("out.query"))["hits"]}
at = {line["id"]: i for i, line in enumerate(lines)}
for name, score in hits.items():
    cosine = sum(x * y for x, y in zip(rows[at["t5"]], rows[at[name]]))
    assert abs(cosine - score) < 2e-3, (name, cosine, score)
END
want 2 export store --space cca --encoder vec -o exported
in_err "name it alone"
want 2 export store --space nothing -o exported
in_err "no space 'nothing'"

# A refit leaves the segments of the heads before it to the next index, which forgets them.
want_json 0 'o["version"] == 3' fit store --space cca --encoder vec --encoder hashtext --method cca --penalty 1 --split-seed 8
n=$(ls store/segments | wc -l)
want 0 index store
[ "$(ls store/segments | wc -l)" -eq $((n + 2)) ] || fail "segments of heads that are gone are kept: $(ls store/segments | wc -l), $n"
want 0 verify store

# New rows are found at once, and by what ingest does at its end.
sed '1p;d' pairs/pairs.csv >more.csv
echo 'new,,,the purple boat stands,' >>more.csv
want 0 ingest store more.csv --encoder builtin/hashtext
want_json 0 'o["hits"][0]["id"] == "new" and o["index"]["kinds"] == ["Flat"]' \
    query store --space cca --text "the purple boat stands" --modality text

# Two encoders of one modality in one head: when the second has encoded what the first had before, the
# vector is another, and no segment that is older answers for it.
printf 'name: short\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >short.yaml
want 0 ingest fused.store pairs/pairs.csv --encoder pairs/vec.yaml --encoder builtin/hashtext --encoder short.yaml
want_json 0 'o["groups"] > 50' fit fused.store --space both --encoder vec --encoder hashtext --encoder short --penalty 1
want 2 fit fused.store --space one --encoder vec --encoder hashtext --encoder short --method ridge
in_err "text: the space of ridge is the vectors of one anchor, and 2 are named: name one of them"
want 0 fit fused.store --space one --encoder vec --encoder hashtext --encoder short --method ridge --anchor vec --penalty 1
want 0 ingest fused.store more.csv --encoder builtin/hashtext
score() { python3 -c 'import json; print([(h["id"], h["score"]) for h in json.load(open("out"))["hits"]])'; }
find_new() { want 0 query fused.store --space both --id pairs/t7 --dataset more -k 1 --json; }
find_new; score >one
want 0 ingest fused.store more.csv --encoder builtin/hashtext --encoder short.yaml --no-index
find_new; score >two
! cmp -s one two || fail "the second encoder changes nothing"
want 0 index fused.store
find_new; score >three
cmp two three || fail "a segment keeps what was embedded before the second encoder"

# Refusals, each with the way out.
want 2 fit store --space x --encoder vec
in_err "all of these take vector"
want 2 fit store --space x --encoder vec --encoder nobody
in_err "nobody"
want 2 fit store --space x --encoder vec --encoder hashtext:tokens=none
in_err "needs a pooling"
want 2 fit store --space x --encoder vec=mean --encoder hashtext
in_err "is a vector already"
want 2 fit store --space x --encoder vec --encoder hashtext:tokenz
in_err "tokens"
want 2 fit store --space x --encoder vec --encoder vec --encoder hashtext
in_err "named twice"
want 2 fit store --space UPPER --encoder vec --encoder hashtext
in_err "1 to 63"
want 2 fit store --space x --encoder vec --encoder hashtext --method nothing
want 2 fit store --space x --encoder vec --encoder hashtext --anchor precomputed
want 2 fit store --space x --encoder vec --encoder hashtext --test-share 1
in_err "below 1"
want 2 fit store --space x --encoder vec --encoder hashtext --split dev
in_err "no sample names a split"
want 2 fit store --space x --encoder vec --encoder hashtext --penalty much
in_err "is not a number from 0"
want 2 index store --space cca@1
in_err "name 'cca' alone"
want 2 fit store --encoder vec --encoder hashtext
in_err "--space NAME is missing"
want 2 fit store --space x
want 3 fit nowhere --space x --encoder vec --encoder hashtext

# Too few groups: what became of them is said.
python3 "$FC_SOURCE_DIR/tests/cli/_pairs.py" few 12 12
want 0 ingest few.store few/pairs.csv --encoder few/vec.yaml --encoder builtin/hashtext
want 2 fit few.store --space x --encoder vec --encoder hashtext
in_err "at least 20 are needed: of 12 groups"
want 2 fit store --space x --encoder vec --encoder hashtext --dataset more
in_err "at least 20 are needed: of 1 groups"

# Splits by name: a group of two splits is on no side.
{
    sed '1s/$/,split/;1q' pairs/pairs.csv
    sed 1d pairs/pairs.csv | tr -d '\r' | awk -F, '{ g = substr($5, 2) + 0; print $0 "," (g < 70 ? "train" : g < 99 ? "test" : $1 ~ /^v/ ? "train" : "test") }'
} | tr -d '\r' >pairs/split.csv
want 0 ingest split.store pairs/split.csv --encoder pairs/vec.yaml --encoder builtin/hashtext
want_json 0 'o["groups"] == 70 and o["test_groups"] == 29 and o["mixed_groups"] == 1 and o["split_by"] == "name"' \
    fit split.store --space x --encoder vec --encoder hashtext --method ridge
found=$(mrr x)
python3 -c "import sys; sys.exit(not $found > 0.3)" || fail "held-out pairs are found at $found"
want_json 0 'o["split_by"] == "hash" and o["groups"] + o["test_groups"] == 100' \
    fit split.store --space x --encoder vec --encoder hashtext --method ridge --penalty 1 --ignore-splits
want 2 fit split.store --space x --encoder vec --encoder hashtext --split dev
in_err "no group is of split 'dev'; there are"

# A share of 0 keeps nothing, and says so where it matters; splits of the samples are theirs.
want_json 0 'o["split_by"] == "hash" and o["groups"] == 100 and o["test_groups"] == 0' \
    fit store --space whole --encoder vec --encoder hashtext --test-share 0
want 2 eval store --space whole --from vector --to text
in_err "kept none to ask about; measure with --splits N"
want_json 0 'o["queries"] > 5 and not o["seen"]' eval store --space whole --from vector --to text --splits 1
want_json 0 'o["split_by"] == "name" and o["test_groups"] == 29' \
    fit split.store --space whole --encoder vec --encoder hashtext --test-share 0
want_json 0 'o["split_by"] == "hash" and o["groups"] == 100 and o["test_groups"] == 0' \
    fit split.store --space whole --encoder vec --encoder hashtext --test-share 0 --ignore-splits
want 2 eval store --space whole --from vector --to text --splits 2 --test-share 0
in_err "leaves no group"

# Whitened, which is another space; options that the method does not read are refused.
want_json 0 'o["changed"] and o["version"] == 2 and o["tried"]["whiten"]' \
    fit store --space ridge --encoder vec --encoder hashtext --method ridge --whiten
want 2 fit store --space x --encoder vec --encoder hashtext --method cca --whiten
in_err "the method cca has no option 'whiten'"
want 2 fit store --space x --encoder vec --encoder hashtext --method ridge --epochs 3
in_err "the method ridge has no option 'epochs'"

# Within the memory that is given, or not at all.
want 3 fit store --space ridge --encoder vec --encoder hashtext --method ridge --memory 16M
in_err "allow more"
want 0 fit store --space ridge --encoder vec --encoder hashtext --method ridge --jobs 1 --memory 160M
