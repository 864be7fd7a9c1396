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
# Through the index it is the same, and several inputs are not explained themselves.
want 0 index store --space seen
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
