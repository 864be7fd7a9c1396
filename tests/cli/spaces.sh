# Spaces that encoders share: declared by a file, searched across modalities, through segments and by
# scanning alike; what is wrong in a file, and what maintenance does with them. Encoders are built-in and
# precomputed ones of one length: what a space does with vectors does not depend on what they mean.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source photos 8

cat >image.yaml <<'END'
name: img
modality: image
encoder: builtin/hog
outputs: [{ name: grid, precision: f16 }, { name: pooled, precision: f32 }]
END
cat >text.yaml <<'END'
name: txt
modality: text
encoder: builtin/hashtext
params: { dim: 336 }
END
cat >pair.yaml <<'END'
name: pair
members:
  - { card: image.yaml, output: pooled }
  - { card: text.yaml, output: pooled }
END

# Both cards become encoders, and the space is there.
want_json 0 'o["encoded"] == 16' ingest both.store photos --space pair.yaml
want_json 0 'len(o["spaces"]) == 1 and o["spaces"][0]["name"] == "pair" and o["spaces"][0]["dim"] == 336 and
             [(m["encoder"], m["output"], m["modality"], m["stored"]) for m in o["spaces"][0]["members"]] ==
             [("img", "pooled", "image", True), ("txt", "pooled", "text", True)]' space both.store
want 0 space both.store
in_out "pair  version 1, 336 elements"
# A card that is named as well, by another path, is the same one.
want_json 0 'o["encoded"] == 0 and len(o["encoders"]) == 2' \
    ingest both.store photos --space pair.yaml --encoder "$PWD/./text.yaml"

# Scores are the cosines of what `encode` and `get` give, whichever way it is asked.
want 0 encode text.yaml --text "a red bird" --output pooled -o question.npy
want_json 0 'o["space"] == "pair" and o["encoder"] == "txt" and o["output"] == "pooled" and o["via"] is None and
             o["index"]["count"] == 16 and len(o["hits"]) == 16' \
    query both.store --text "a red bird" --space pair -k 20
cp out text.json
want_json 0 '{h["modality"] for h in o["hits"]} == {"image"} and len(o["hits"]) == 8' \
    query both.store --text "a red bird" --space pair --modality image -k 20
cp out images.json
want_json 0 'len(o["hits"]) == 16 and o["encoder"] is None' query both.store --vector question.npy --space pair -k 20
cp out vector.json
want_json 0 'o["index"]["exact"] and len(o["hits"]) == 16' query both.store --text "a red bird" --space pair -k 20 --exact
cp out exact.json
picture=$(json 'next(h["id"] for h in o["hits"] if h["modality"] == "image")' query both.store --vector question.npy --space pair -k 20)
want_json 0 'o["encoder"] == "img" and {h["modality"] for h in o["hits"]} == {"text"} and len(o["hits"]) == 8' \
    query both.store --file "photos/$picture" --space pair --modality text -k 20
cp out file.json
want_json 0 'o["encoder"] == "img" and {h["modality"] for h in o["hits"]} == {"text"}' \
    query both.store --id "photos/$picture" --space pair --modality text -k 20
cp out id.json
python3 - "$FEATCACHE" "$picture" <<'END' || fail "scores are not the cosines"
import json, subprocess, sys
program, picture = sys.argv[1:]
def get(sample, encoder):
    out = subprocess.run([program, "get", "both.store", "photos/" + sample, "--encoder", encoder, "--output",
                          "pooled"], check=True, capture_output=True, text=True).stdout
    return [float(v) for v in out.split()]
def encode(text):
    out = subprocess.run([program, "encode", "text.yaml", "--text", text, "--output", "pooled"], check=True,
                         capture_output=True, text=True).stdout
    return [float(v) for v in out.split()]
def cosine(a, b):
    n = sum(x * x for x in a) ** 0.5 * sum(x * x for x in b) ** 0.5
    return sum(x * y for x, y in zip(a, b)) / n
encoder = {"image": "img", "text": "txt"}
def check(name, question):
    hits = json.load(open(name))["hits"]
    for h in hits:
        want = cosine(question, get(h["id"], encoder[h["modality"]]))
        assert abs(h["score"] - want) < 2e-3, (name, h["id"], h["score"], want)
    scores = [h["score"] for h in hits]
    assert scores == sorted(scores, reverse=True), name
    return [(h["id"], h["score"]) for h in hits]
red = encode("a red bird")
found = check("text.json", red)
assert found == check("exact.json", red)
assert [f for f in found if not f[0].endswith(".txt")] == check("images.json", red)
check("file.json", get(picture, "img"))
assert check("id.json", get(picture, "img")) == check("file.json", get(picture, "img"))
END

# The page and the line under a table say what was searched.
want 0 query both.store --text "a red bird" --space pair --html page.html
in_err "of space pair, asked by txt, output pooled"
grep -q "pair, version 1" page.html || fail "the page does not name the space"
printf '%s\n' '{"text": "owl"}' "{\"id\": \"photos/$picture\"}" | "$FEATCACHE" query both.store --batch --space pair >out || fail "a batch"
[ "$(grep -c '"space":"pair"' out)" -eq 2 ] || fail "two answers of a batch"

# Without segments it is the same.
want 0 ingest scan.store photos --space pair.yaml --no-index
want_json 0 'o["index"]["kinds"] == ["scan"]' query scan.store --text "a red bird" --space pair -k 20
python3 - <<'END' || fail "segments and scanning differ"
import json
a, b = (json.load(open(f)) for f in ("text.json", "out"))
assert [(h["id"], h["score"]) for h in a["hits"]] == [(h["id"], h["score"]) for h in b["hits"]]
END

# Only images are stored: a text is embedded by the card that the space keeps, and it is told.
mkdir only
cp photos/*/*.png only 2>/dev/null || cp photos/*.png only
settle
want 0 ingest images.store only --encoder image.yaml
want 0 space images.store pair.yaml
in_out "txt@"
in_out "nothing is encoded with it"
rm text.yaml
want_json 0 'len(o["hits"]) == 5 and o["encoder"] == "txt" and "txt (text)" in o["notices"][0]' \
    query images.store --text "a red bird" --space pair -k 5
cat >text.yaml <<'END'
name: txt
modality: text
encoder: builtin/hashtext
params: { dim: 336 }
END

# Vectors that were computed elsewhere: two members of one modality; --encoder says which embeds an id.
PYTHONPATH="$here" python3 - <<'END'
from _npy import write_rows
write_rows("a.npy", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
write_rows("b.npy", [[0.9, 0.1, 0, 0], [0, 0.8, 0.2, 0], [0.1, 0, 0, 1]])
write_rows("five.npy", [[1, 0, 0, 0, 0]])
END
printf 'name: %s\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 4 }\nvariant: %s\n' a a >a.yaml
sed 's/: a$/: b/' a.yaml >b.yaml
printf 'name: both\nmembers:\n  - { card: a.yaml, output: vector }\n  - { card: b.yaml, output: vector }\n' >ab.yaml
want 0 ingest ab.store a.npy --encoder a.yaml
want 0 ingest ab.store b.npy --encoder b.yaml
want 0 space ab.store ab.yaml
want_json 0 '[h["dataset"] + h["id"] for h in o["hits"]][:2] == ["b0", "b2"] or
             [h["dataset"] for h in o["hits"]][0] == "b"' query ab.store --id a/0 --space both -k 3
want 2 query ab.store --id a/0 --space both --encoder b
in_err "a/0 has nothing of encoder b of space 'both'"
want 2 query ab.store --id a/0 --space both --encoder c
in_err "no encoder 'c' in space 'both'; it has a (vector), b (vector)"
fingerprint=$(json 'o["fingerprint"]' query ab.store --id a/0 --space both --encoder a)
want_json 0 'o["encoder"] == "a"' query ab.store --id a/0 --space both --encoder "a@${fingerprint:0:8}"
want 2 query ab.store --id a/0 --space both --encoder a@00000000
in_err "no encoder 'a@00000000' in space"
want 2 query ab.store --id a/0 --space both --encoder "b@${fingerprint:0:8}"
want 2 query ab.store --vector five.npy --space both
in_err "the query vector has 5 elements; those of space 'both' have 4"

# Declared again: the same is no news, another is version 2.
want 0 space both.store pair.yaml
in_err "has this declaration already"
sed 's/336/336, ngram_min: 2/' text.yaml >text2.yaml
sed 's/text.yaml/text2.yaml/' pair.yaml >pair2.yaml
want_json 0 'o["spaces"][0]["version"] == 2 and not o["spaces"][0]["members"][1]["stored"]' space both.store pair2.yaml
want_json 0 'o["index"]["count"] == 8' query both.store --text "a red bird" --space pair
want_json 0 'o["spaces"][0]["version"] == 3' space both.store pair.yaml
want_json 0 'o["index"]["count"] == 16' query both.store --text "a red bird" --space pair

# What cannot be asked.
want 2 query both.store --text x --space nowhere
in_err "no space 'nowhere' in this store; it has pair"
want 2 query both.store --file "$FC_SOURCE_DIR/tests/golden/audio/u8.wav" --space pair
in_err "no encoder of space 'pair' takes audio; it has img (image), txt (text)"
want 2 query both.store --text x --space pair --output pooled
in_err "a space has its outputs"
want 2 query both.store --text x --space pair --encoder img
in_err "no encoder of space 'pair' named img takes text"
want 0 ingest empty.store photos --encoder builtin/hog
want 0 space empty.store pair.yaml
want 2 query empty.store --text x --space pair
in_err "nothing in this store is encoded for space 'pair', whose encoders are img (image), txt (text)"

# wrong FILE MESSAGE: a file that is refused, with its line.
wrong() {
    want 4 space both.store "$1"
    in_err "$2"
}
printf 'name: Pair\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: text.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "w.yaml:1: name is 'Pair'; write 1 to 63 of a-z 0-9 . _ -"
printf 'name: p\nmembers:\n  - { card: image.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "members has 1 entries; list 2 to 16"
printf 'name: p\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: text.yaml, output: tokens }\n' >w.yaml
wrong w.yaml "w.yaml:4: output 'tokens' is no vector of card 'txt'; it has pooled"
printf 'name: p\nmembers:\n  - { card: image.yaml, output: grid }\n  - { card: text.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "w.yaml:4: output 'pooled' of card 'txt' has 336 elements, the members before it 2352: vectors of one space have one length"
printf 'name: p\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: image.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "w.yaml:4: card 'img' is there twice"
printf 'name: p\nmember: []\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: gone.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "w.yaml:5: card 'gone.yaml' cannot be used: "
in_err "w.yaml:2: "
printf 'name: i\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336, idf: true }\n' >idf.yaml
printf 'name: p\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: idf.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "w.yaml:4: card 'i' learns from the data (idf)"
printf 'name: i\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 3 }\n' >small.yaml
printf 'name: p\nmembers:\n  - { card: image.yaml, output: pooled }\n  - { card: small.yaml, output: pooled }\n' >w.yaml
wrong w.yaml "small.yaml:4: "
want 4 ingest both.store photos --space w.yaml
in_err "small.yaml:4: "
want 2 space both.store nothing.yaml
want 3 space nowhere.store pair.yaml
[ ! -e nowhere.store ] || fail "declaring made a store"
want 0 ingest dry.store photos --space pair.yaml --dry-run
[ ! -e dry.store ] || fail "a dry run made a store"

# Copies have it, and a store with it is sound.
want 0 verify both.store
want 0 backup both.store copy.store
want 0 compact both.store
want 0 repair copy.store mended.store
for store in both.store copy.store mended.store; do
    want_json 0 'o["spaces"][0]["version"] == 3' space "$store"
    want_json 0 'len(o["hits"]) == 3' query "$store" --text "a red bird" --space pair -k 3
done
