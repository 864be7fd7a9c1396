# Sentences through MiniLM into a store and out again, as a user does it: ingest, ask in other words, ask for
# the pictures of what is described; a second run encodes nothing. Needs the models (FC_SHARED_DIR) and ONNX
# Runtime.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_models
cp -r "$FC_SOURCE_DIR/tests/birds" .
minilm=text_bert/all-minilm-l6-v2.yaml

want_json 0 'o["encoded"] == 20 and o["failed"] == 0 and all(e["cut"] == 0 for e in o["encoders"])' \
    ingest store birds/catalogue.csv --encoder $minilm --encoder builtin/hog --jobs 2
want_json 0 'o["encoded"] == 0' ingest store birds/catalogue.csv --encoder $minilm --encoder builtin/hog
want_json 0 'any("PCRE2" in p and "utf8proc" in p for e in o["encoders"] for p in e["provenances"] if
                 e["name"] == "all-minilm-l6-v2")' encoders store

# asked GROUP TEXT: the nearest sentence has hardly a word of the question.
asked() {
    want_json 0 "o['hits'][0]['group'] == '$1' and o['hits'][0]['modality'] == 'text'" \
        query store --text "$2" --encoder all-minilm-l6-v2 -k 3
    want_json 0 "o['hits'][0]['group'] == '$1' and o['hits'][0]['modality'] == 'image'" \
        query store --text "$2" --encoder all-minilm-l6-v2 -k 3 --modality image
}
asked snowyowl "it catches mice where the polar bears live"
asked swan "lives on a lake"
asked bluejay "it buries nuts in the fall"
asked cardinal "a crimson crooner in winter"
printf 'lives on a lake' >query.txt
want_json 0 'o["hits"][0]["group"] == "swan"' query store --file query.txt --encoder all-minilm-l6-v2 -k 1
want_json 0 'o["hits"][0]["group"] == "snowyowl"' query store --id catalogue/swan-text --encoder all-minilm-l6-v2 -k 1

# What is stored is what encode gives.
want 0 get store catalogue/owl-text --encoder all-minilm-l6-v2 --output mean
cp out stored
want 0 encode $minilm --file birds/photos/owl.txt --output mean
python3 - <<'END2' || fail "the store has other numbers"
a, b = ([float(v) for v in open(f).read().split()] for f in ("stored", "out"))
assert len(a) == len(b) == 384 and max(abs(x - y) for x, y in zip(a, b)) < 1e-5
assert abs(sum(x * x for x in a) - 1) < 1e-5
END2

# Which words carried it: those of the tokenizer, on both sides, and they add up.
want 0 query store --text "lives on a lake" --encoder all-minilm-l6-v2 --explain -k 5 --json
python3 - <<'END3' || fail "the words do not add up"
import json
o = json.load(open("out"))
q = o["query"]["explain"]
assert q["output"] == "tokens" and q["tokens"] == ["[CLS]", "lives", "on", "a", "lake", "[SEP]"], q["tokens"]
assert abs(q["rest"] + sum(q["rows"]) - o["hits"][0]["score"]) < 2e-3
for h in o["hits"]:
    e = h["explain"]
    assert len(e["tokens"]) == len(e["rows"]) and e["tokens"][0] == "[CLS]" and e["tokens"][-1] == "[SEP]"
    assert abs(e["rest"] + sum(e["rows"]) - h["score"]) < 2e-3
END3
