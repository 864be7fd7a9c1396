# Several inputs in one question: --weight, --minus, --like, --unlike and terms of a batch give the
# cosines with the weighted sum of unit vectors, in one encoder's output and in a space, where inputs
# of several modalities are joined; inputs are left out of the hits; the page shows all of them.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 ingest store pics --space pair.yaml
picture=bird/bird0.png
other=tree/tree2.png
note=$(json 'next(h["id"] for h in o["hits"])' query store --text "a picture of a tree" --encoder txt)

"$FEATCACHE" get store "pics/$picture" --encoder hog --output pooled -o picture.npy || fail get
"$FEATCACHE" get store "pics/$other" --encoder hog --output pooled -o other.npy || fail get
"$FEATCACHE" get store "pics/$note" --encoder txt --output pooled -o note.npy || fail get
"$FEATCACHE" encode txt.yaml --text "a red bird" --output pooled -o red.npy || fail encode
"$FEATCACHE" encode txt.yaml --text "a big house" --output pooled -o house.npy || fail encode

# summed 'FILE*WEIGHT'...: out has the cosines with that sum, best first.
summed() {
    python3 - "$FEATCACHE" "$@" <<'END' || fail "not the cosines with $*"
import json, struct, subprocess, sys
def npy(path):
    b = open(path, "rb").read()
    n = struct.unpack("<H", b[8:10])[0]
    v = struct.unpack("<%df" % ((len(b) - 10 - n) // 4), b[10 + n:])
    length = sum(x * x for x in v) ** 0.5
    return [x / length for x in v]
total = None
for spec in sys.argv[2:]:
    path, weight = spec.split("*")
    v = [float(weight) * x for x in npy(path)]
    total = v if total is None else [a + b for a, b in zip(total, v)]
length = sum(x * x for x in total) ** 0.5
o = json.load(open("out"))
assert len(o["hits"]) >= 5
for h in o["hits"]:
    encoder = {"image": "hog", "text": "txt"}[h["modality"]]
    subprocess.run([sys.argv[1], "get", "store", "pics/" + h["id"], "--encoder", encoder, "--output", "pooled", "-o", "h.npy"],
                   check=True)
    want = sum(a * b for a, b in zip(total, npy("h.npy"))) / length
    assert abs(want - h["score"]) < 1e-3, (h["id"], want, h["score"])
assert [h["score"] for h in o["hits"]] == sorted((h["score"] for h in o["hits"]), reverse=True)
END
}

# Within one encoder's output.
want_json 0 'o["query"] == {"modality": "image", "terms": [
    {"weight": 1, "modality": "image", "encoder": "hog", "id": "pics/bird/bird0.png"},
    {"weight": -0.5, "modality": "image", "encoder": "hog", "id": "pics/tree/tree2.png"}]}
    and not {"bird/bird0.png", "tree/tree2.png"} & {h["id"] for h in o["hits"]}' \
    query store --like "pics/$picture" --unlike "pics/$other" --weight 0.5
summed 'picture.npy*1' 'other.npy*-0.5'
cp out like.json
want_json 0 'len(o["hits"]) == 12 and "bird/bird0.png" in {h["id"] for h in o["hits"]}' \
    query store --like "pics/$picture" --unlike "pics/$other" --weight 0.5 --include-self -k 20
# The same by files (whose contents are stored, and left out too), and as a line of a batch.
want 0 query store --file "pics/$picture" --minus "@pics/$other" --weight 0.5 --json
python3 - <<'END' || fail "files and ids differ"
import json
a, b = (json.load(open(n))["hits"] for n in ("like.json", "out"))
assert [h["id"] for h in a] == [h["id"] for h in b]
assert all(abs(x["score"] - y["score"]) < 2e-3 for x, y in zip(a, b))
END
printf '{"terms": [{"id": "pics/%s"}, {"id": "pics/%s", "weight": -0.5}]}\n' "$picture" "$other" |
    "$FEATCACHE" query store --batch >out || fail "a batch"
python3 - <<'END' || fail "a batch and options differ"
import json
a, b = (json.load(open(n)) for n in ("like.json", "out"))
assert a["hits"] == b["hits"] and a["query"] == b["query"]
END
# A weight alone changes no ranking; below 0 the last comes first.
want_json 0 'o["query"]["terms"][0]["weight"] == 3' query store --text "a red bird" --weight 3 --encoder txt -k 20
cp out heavy.json
want_json 0 '"terms" not in o["query"]' query store --text "a red bird" --encoder txt -k 20
cp out plain.json
want 0 query store --text "a red bird" --weight -1 --encoder txt -k 20 --json
python3 - <<'END' || fail "a weight of one input"
import json
a, b, c = ([(h["id"], h["score"]) for h in json.load(open(n))["hits"]] for n in ("plain.json", "heavy.json", "out"))
assert a == b
assert sorted(a) == sorted((i, -s + 0.0) for i, s in c)
END
want_json 0 'len(o["hits"]) == 10' query store --text "a red bird" --minus "a big house" --vector note.npy --encoder txt
summed 'red.npy*1' 'house.npy*-1' 'note.npy*1'
# A text that begins with @ is one.
want_json 0 'o["query"]["terms"][1]["text"] == "@home"' query store --text "a red bird" --minus @@home --encoder txt

# In a space: modalities are joined, each by the member that takes it.
want_json 0 'o["query"]["modality"] == "mixed" and o["encoder"] is None and o["fingerprint"] is None and
    [t["encoder"] for t in o["query"]["terms"]] == ["hog", "txt", "txt", None, "txt"] and len(o["hits"]) == 22' \
    query store --file "pics/$picture" --text "a red bird" --weight 2 --minus "a big house" --weight 0.25 \
    --vector other.npy --like "pics/$note" --space pair -k 30
summed 'picture.npy*1' 'red.npy*2' 'house.npy*-0.25' 'other.npy*1' 'note.npy*1'
want_json 0 'o["encoder"] == "txt" and o["query"]["modality"] == "text"' \
    query store --text "a red bird" --text "a big house" --space pair
# Through groups, too.
want_json 0 'o["via"] == "groups" and o["hits"]' \
    query store --text "a picture of a tree" --text "a big house" --encoder txt --modality image

# What cannot be.
want 2 query store --text "a red bird" --minus "a red bird" --encoder txt
in_err "cancel out"
want 2 query store --text "a red bird" --file "pics/$picture"
in_err "search a space"
want 2 query store --like "pics/$picture" --like "pics/$note"
in_err "search a space"
want 2 query store --vector red.npy --vector note.npy
in_err "--encoder"
want 2 query store --like pics/none --unlike "pics/$other"
in_err "none"
want 2 query store --text a --minus @nowhere.png --space pair
in_err "nowhere.png"

# The page shows each input with its weight.
want 0 query store --file "pics/$picture" --minus "a big <house>" --like "pics/$other" --space pair --html page.html
python3 - <<'END' || fail "the page of several inputs"
page = open("page.html").read()
assert "3 inputs" in page and "query, weight -1" in page and page.count("query, weight 1") == 2
assert "a big &lt;house&gt;" in page and page.count("data:image/") >= 2
END

# A device for an encoder that is not there is refused, as by ingest.
want 2 query store --text "a red bird" --encoder txt --device cpu,ttx=cpu
in_err "a device for 'ttx': no encoder of this run has that name"
want 0 query store --text "a red bird" --space pair --device cpu,txt=cpu,hog=cpu
want 2 query store --text "a red bird" --space pair --device txd=cpu
want 2 encode txt.yaml --text "a red bird" --device hog=cpu
in_err "a device for 'hog'"
want 0 encode txt.yaml --text "a red bird" --device txt=cpu -o v.npy --output pooled
