# query --explain: what rows add is what the cosine is made of, for pictures, texts and sounds through the
# heads of a space; cells, tokens and times are those of the encoders; what has no rows is told; the page
# draws all of it.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 48
python3 - <<'END'
import math, os, random, struct, wave
r = random.Random(2)
os.mkdir("sounds")
kinds = ["hum", "beep", "noise", "chirp"]
for i in range(40):
    kind = kinds[i % 4]
    with wave.open(f"sounds/{kind}{i}.wav", "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(8000)
        f = {"hum": 120, "beep": 1000, "noise": 0, "chirp": 300}[kind] * (1 + 0.1 * r.random())
        s = []
        for t in range(4000):
            x = r.uniform(-1, 1) if kind == "noise" else math.sin(2 * math.pi * f * t / 8000 * (1 + (t / 4000 if kind == "chirp" else 0)))
            s.append(int(12000 * x + r.uniform(-300, 300)))
        w.writeframes(struct.pack("<4000h", *s))
    with open(f"sounds/{kind}{i}.txt", "w") as f:
        f.write(f"a {kind} of a machine, number {i}\n")
END
settle
want 0 ingest store pics
want 0 ingest store sounds
want 0 fit store --space seen --dataset pics --encoder hog:map=mean --encoder hashtext:tokens=mean --dim 4 --method cca
want 0 fit store --space heard --dataset sounds --encoder mfcc:frames=mean --encoder hashtext:tokens=mean --dim 3 --method cca
want 0 fit store --space most --dataset pics --encoder hog:map=max --encoder hashtext --dim 4 --method cca

# adds_up: every hit of out is explained, and what explains it adds up to its cosine.
cat >adds_up.py <<'END'
import json, sys
o = json.load(open("out"))
text = {"image": ("hog", "map"), "text": ("hashtext", "tokens"), "audio": ("mfcc", "frames")}
assert o["hits"]
def check(e, modality, score):
    assert (e["encoder"], e["output"]) == text[modality], e["encoder"]
    total = e["rest"] + sum(e["rows"])
    # Scores out of an index are of vectors in half precision; rows have six decimals each.
    assert abs(total - score) < 1e-3 + 1e-6 * len(e["rows"]), (total, score)
    assert ("grid" in e) == (modality == "image") and ("tokens" in e) == (modality == "text")
    assert ("times" in e) == (modality == "audio")
for h in o["hits"]:
    e = h["explain"]
    check(e, h["modality"], h.get("cosine", h["score"]))
    if h["modality"] == "image":
        assert e["grid"] == [14, 14] and len(e["rows"]) == 196
    if h["modality"] == "text":
        words = [w.strip(".,\n") for w in h["preview"].lower().split()]
        assert e["tokens"] == words and len(e["rows"]) == len(words), (e["tokens"], words)
    if h["modality"] == "audio":
        assert len(e["times"]) == len(e["rows"]) > 5 and e["times"][0][0] <= 0.01 and abs(e["times"][-1][1] - 0.5) < 0.05
        assert all(a[0] < b[0] for a, b in zip(e["times"], e["times"][1:]))
q = o["query"].get("explain")
if len(sys.argv) > 1:
    assert q is not None
    total = q["rest"] + sum(q["rows"])
    first = o["hits"][0].get("cosine", o["hits"][0]["score"])
    assert abs(total - first) < 1e-3 + 1e-6 * len(q["rows"]), (total, first)
else:
    assert q is None
if len(sys.argv) > 2:
    assert q["tokens"] == sys.argv[2].split(), q["tokens"]
END
adds_up() { python3 adds_up.py "$@" || fail "the rows do not add up"; }
want 0 query store --space seen --text "a picture of a fish" --explain -k 200 --dataset pics --json
adds_up yes "a picture of a fish"
want 0 query store --space seen --file pics/fish/fish1.png --explain -k 200 --dataset pics --json
adds_up yes
check_json 'o["query"]["explain"]["grid"] == [14, 14]' <out || fail "the question's picture"
want 0 query store --space seen --id pics/fish/fish1.txt --explain -k 20 --json --calibrate fair --dataset pics
python3 -c 'import json; q = json.load(open("out"))["query"]["explain"]; assert len(q["rows"]) == 13' || fail "a stored question"
want 0 query store --space heard --text "a hum of a machine" --explain -k 200 --dataset sounds --json
adds_up yes "a hum of a machine"
want 0 query store --space heard --id sounds/hum0.wav --explain -k 30 --dataset sounds --json
adds_up yes
check_json 'len(o["query"]["explain"]["times"]) > 5' <out || fail "times of a stored question"
# Through the index it is the same; of several inputs each has its share.
want 0 index store --space seen
want 0 query store --space seen --text "a picture of a fish" --weight 2 --file pics/fish/fish1.png --minus "a picture of a bird" \
    --like pics/tree/tree2.txt --explain -k 30 --dataset pics --json
adds_up
python3 - <<'END' || fail "the shares of the inputs do not add up"
import json
o = json.load(open("out"))
parts = [t["explain"] for t in o["query"]["terms"]]
assert [p["encoder"] for p in parts] == ["hashtext", "hog", "hashtext", "hashtext"], parts
assert parts[0]["tokens"] == "a picture of a fish".split() and parts[1]["grid"] == [14, 14] and len(parts[1]["frame"]) == 4
assert len(parts[3]["tokens"]) == len(parts[3]["rows"]) # of a stored text
total = sum(p["rest"] + sum(p["rows"]) for p in parts)
first = o["hits"][0].get("cosine", o["hits"][0]["score"])
assert abs(total - first) < 1e-3, (total, first)
END

# Of a fused head every encoder that has rows is told, and each adds up with its own rest.
want 0 ingest store pics --encoder builtin/lab-hog-lbp
want 0 fit store --space fused --dataset pics --encoder hog:map=mean --encoder lab-hog-lbp:map=mean --encoder hashtext:tokens=mean --dim 4
want 0 query store --space fused --text "a picture of a fish" --explain -k 20 --dataset pics --modality image --json
python3 - <<'END' || fail "not every input of a fused head is explained"
import json
o = json.load(open("out"))
assert len(o["hits"]) == 20
for h in o["hits"]:
    parts = [h["explain"]] + h["explain"]["further"]
    assert [(p["encoder"], p["output"]) for p in parts] == [("hog", "map"), ("lab-hog-lbp", "map")]
    for p in parts:
        assert len(p["rows"]) == p["grid"][0] * p["grid"][1] and len(p["frame"]) == 4
        assert abs(p["rest"] + sum(p["rows"]) - h["score"]) < 1e-3
END
want 0 query store --space fused --text "a picture of a fish" --explain -k 20 --dataset pics --modality image --html page.html
[ "$(grep -o '<svg class="heat"' page.html | wc -l)" -eq 40 ] || fail "two maps a hit are not drawn"

# Where cells lie over a picture that is no square: padded, stretched, and the middle of it. The red corner at the
# top left is what a cell there sees.
python3 - <<'END' || fail "no pictures"
import os, struct, zlib
os.mkdir("wide")
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for i in range(24):
    w, h = 96, 48
    rows = b"".join(b"\0" + bytes(v for x in range(w) for v in ((255, 0, 0) if x < 12 and y < 12 else ((x * i) % 256, 120, (y * 5) % 256)))
                    for y in range(h))
    with open(f"wide/w{i}.png", "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    open(f"wide/w{i}.txt", "w").write(f"stripes number {i} and a red corner\n")
END
settle
for fit in pad stretch short-side; do
    sed "s/FIT/$fit/" >$fit.yaml <<'END'
name: cells
modality: image
encoder: builtin/lab-hog-lbp
params: { fit: FIT }
END
    want 0 ingest $fit.store wide --encoder $fit.yaml --encoder builtin/hashtext
    want 0 fit $fit.store --space seen --encoder cells:map=mean --encoder hashtext:tokens=mean --dim 4 --test-share 0
    want 0 query $fit.store --space seen --file wide/w3.png --explain -k 5 --modality image --json
    cp out $fit.json
    want 0 query $fit.store --space seen --file wide/w3.png --explain -k 5 --modality image --html $fit.html
done
python3 - <<'END' || fail "the cells do not lie where the encoder looks"
import json, re
frames = {"pad": [0, -0.5, 1, 1.5], "stretch": [0, 0, 1, 1], "short-side": [0.25, 0, 0.75, 1]}
boxes = {"pad": (0, 0, 100, 100), "stretch": (0, 25, 100, 75), "short-side": (25, 25, 75, 75)}
for fit, frame in frames.items():
    o = json.load(open(fit + ".json"))
    for e in [o["query"]["explain"]] + [h["explain"] for h in o["hits"]]:
        assert e["frame"] == frame and e["picture"] == [96, 48], (fit, e["frame"])
    page = open(fit + ".html").read()
    found = [tuple(float(x) for x in r) for r in re.findall('<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"', page)]
    found = [r for r in found if r[2] < 10]
    box = boxes[fit]
    assert abs(min(r[0] for r in found) - box[0]) < 0.1 and abs(min(r[1] for r in found) - box[1]) < 0.1, (fit, found[0])
    assert abs(max(r[0] + r[2] for r in found) - box[2]) < 0.1 and abs(max(r[1] + r[3] for r in found) - box[3]) < 0.1
END
want 0 query store --space seen --text "a picture of a fish" --file pics/fish/fish1.png --explain -k 30 --dataset pics --json
adds_up
printf '{"text": "a picture of a fish", "explain": true}\n{"text": "a picture of a fish"}\n{"text": "x", "explain": 1}\n' |
    "$FEATCACHE" query store --space seen --batch >out 2>err
[ "$(grep -c '"explain":{' out)" -eq 1 ] || fail "explain in a batch"
head -1 out | check_json 'all("explain" in h for h in o["hits"])' || fail "explain in a batch"
tail -1 out | grep -q 'true or false' || fail "a wrong explain in a batch"
# What the table shows: the rows that add most, by name.
want 0 query store --space seen --text "a picture of a fish" --explain -k 40 --dataset pics
grep -qE '^ +fish \+0\.[0-9]{3}, ' out || fail "no words under a hit"
grep -qE 'row [0-9]+ column [0-9]+ [+-]' out || fail "no cells under a hit"

# An inline text of which the store keeps the beginning is read again out of its manifest, where it is the same.
python3 - <<'END'
import csv
words = "red green blue fish bird tree house stands swims flies near under over old young small large".split()
with open("inline.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["id", "text", "path", "group"])
    for i in range(30):
        out.writerow([f"t{i}", " ".join(words[(i * k + k) % 17] for k in range(70 if i % 2 else 20)) + f" number {i}", "", f"g{i}"])
        out.writerow([f"p{i}", "", f"pics/fish/fish1.png" if i == 0 else f"wide/w{i % 24}.png", f"g{i}"])
END
mkdir -p manifest
mv inline.csv pics wide manifest/
settle
want 0 ingest inline.store manifest/inline.csv --dataset m
want 0 fit inline.store --space seen --encoder hog:map=mean --encoder hashtext:tokens=mean --dim 4 --test-share 0
named() { # how many texts have names for all their rows
    want 0 query inline.store --space seen --id m/t1 --explain -k 60 --modality text --json
    python3 - <<'END'
import json
o = json.load(open("out"))
parts = [h["explain"] for h in o["hits"]] + [o["query"]["explain"]]
assert len(parts) == 30 and {len(p["rows"]) for p in parts} == {22, 72}
for p in parts:
    assert "tokens" not in p or (len(p["tokens"]) == len(p["rows"]) and p["tokens"][-2] == "number")
print(sum("tokens" in p for p in parts), any("15 texts" in n for n in o["notices"]))
END
}
[ "$(named)" = "30 False" ] || fail "inline texts have no tokens: $(named)"
sed -i 's/number 3/number three/' manifest/inline.csv
[ "$(named)" = "29 False" ] || fail "a text that has changed is taken for the one that was encoded: $(named)"
rm manifest/inline.csv
[ "$(named)" = "15 True" ] || fail "texts that are not there: $(named)"
mv manifest/pics manifest/wide .

# What cannot be explained is told, and the answer is there all the same.
want_json 0 'o["hits"] and not any("explain" in h for h in o["hits"]) and any("no output with rows" in n for n in o["notices"])' \
    query store --text "a picture of a fish" --explain --encoder hashtext
want_json 0 'any("takes a vector" in n for n in o["notices"]) and not any("explain" in h for h in o["hits"])' \
    query store --space most --text "a picture of a fish" --explain --modality text --dataset pics
want_json 0 'any("pooling" in n and "max" in n for n in o["notices"]) and not any("explain" in h for h in o["hits"])' \
    query store --space most --text "a picture of a fish" --explain --modality image --dataset pics
want_json 0 'any("through groups" in n for n in o["notices"])' \
    query store --text "a picture of a fish" --explain --encoder hashtext --modality image
want_json 0 'not any("explain" in n for n in o["notices"])' query store --text "a picture of a fish" --encoder hashtext

# The page: squares over pictures, shaded words, strips over time, and no more than the words of texts.
printf '<b>bold</b> fish' >evil.txt
want 0 query store --space seen --file evil.txt --explain -k 40 --dataset pics --html page.html
python3 - <<'END' || fail "the page"
page = open("page.html").read()
assert page.count('<svg class="heat"') >= 1 and page.count("<rect") > 190
assert '<p class="words"><span title="' in page and ">fish</span>" in page and "<b>bold" not in page
END
want 0 query store --space heard --id sounds/hum0.wav --explain -k 40 --dataset sounds --html page.html
grep -q '<svg class="strip"' page.html || fail "no strip under a sound"
