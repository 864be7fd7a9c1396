# Texts through models: cards that do not fit, what a model is fed with as its inputs give it back, texts
# without tokens and with too many, a tokenizer that changes under its path, and that no neighbour in a run
# is seen. Model and tokenizer are made on the spot (_onnx.py, _tokenizer.json).
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
onnx() { python3 "$here/_onnx.py" "$@" || fail "_onnx.py $*"; }
cp "$here/_tokenizer.json" tokenizer.json
onnx fed.onnx --texts input_ids,attention_mask,token_type_ids,position_ids

# card FILE PARAMS [MODEL] [OUTPUT...]
card() {
    local file=$1 params=$2 model=${3:-fed.onnx}
    shift 2
    [ $# = 0 ] || shift
    [ $# != 0 ] || set -- 'name: fed, shape: [n, 4], precision: f32'
    printf 'name: %s\nmodality: text\nmodel: %s\ntokenizer: tokenizer.json\nparams: { %s }\noutputs:\n' \
        "${file%.yaml}" "$model" "$params" >"$file"
    printf '  - { %s }\n' "$@" >>"$file"
}

# --- without any runtime: cards are read and held against their models
refused() {
    local c=$1 text
    shift
    want 4 encode "$c" --text one
    grep -q "^featcache: $c:[0-9]*: " err || fail "no line of $c is named: $(cat err)"
    for text in "$@"; do in_err "$text"; done
}
card fits.yaml 'max_tokens: 8'
grep -v tokenizer fits.yaml >without.yaml
refused without.yaml "key 'tokenizer' is missing"
sed 's/^tokenizer: .*/tokenizer: gone.json/' fits.yaml >gone.yaml
refused gone.yaml "open the tokenizer" gone.json
sed 's/^tokenizer:/input: input_ids\ntokenizer:/' fits.yaml >input.yaml
refused input.yaml "input"
sed 's/^tokenizer:/inputs: { ids: words }\ntokenizer:/' fits.yaml >words.yaml
refused words.yaml "no input 'words'; the model has input_ids, attention_mask, token_type_ids, position_ids"
onnx past.onnx --texts input_ids,past
card past.yaml '' past.onnx
refused past.yaml "nothing for input 'past' of input_ids, past"
onnx floats.onnx --texts input_ids --type 10
card floats.yaml '' floats.onnx
refused floats.yaml "input 'input_ids': the card feeds [batch, n] i64 or i32, the model takes [batch, n] f16"
onnx six.onnx --texts input_ids --length 6
card six.yaml 'max_tokens: 6' six.onnx 'name: fed, shape: [n, 1]'
refused six.yaml "the card feeds [batch, n] with n up to 6, the model takes [batch, 6] i64"
card seven.yaml 'max_tokens: 7, fixed_length: true' six.onnx 'name: fed, shape: [n, 1]'
refused seven.yaml "the card feeds [batch, 7] (fixed_length), the model takes [batch, 6] i64"
onnx two.onnx --texts input_ids --batch 2
card two.yaml '' two.onnx 'name: fed, shape: [n, 1]'
refused two.yaml "takes batches of exactly 2"
card all.yaml '' fed.onnx 'name: fed, shape: [n, 4], rows: all'
refused all.yaml "rows is 'all'"
card some.yaml '' fed.onnx 'name: fed, shape: [5, 4]'
refused some.yaml "write [n, 4]"
card map.yaml '' fed.onnx 'name: fed, shape: [4], layout: chw, pool: mean'
refused map.yaml "layout is 'chw'"
card length.yaml '' fed.onnx 'name: fed, shape: [n, 4], unit: vector'
refused length.yaml "unit is 'vector', and there are no vectors: pool its rows"
card few.yaml 'max_tokens: 4, min_tokens: 5'
refused few.yaml "min_tokens is 5, more than max_tokens, 4"

# A draft is a card as it is, where inputs are called as usual.
mkdir draft
cp tokenizer.json fed.onnx draft
want 0 inspect fed.onnx --card
cp out draft/fed.yaml
for line in 'modality: text' 'tokenizer: tokenizer.json' 'name: mean, tensor: "fed", layout: rows, pool: mean' \
    'name: fed, tensor: "fed", layout: rows, shape: \[n, 4\]' 'name: first, tensor: "first", layout: vector'; do
    grep -q "$line" out || fail "the draft lacks $line"
done
want 0 inspect six.onnx --card
in_out "max_tokens: 6, fixed_length: true"
in_out "takes no attention_mask"
onnx other.onnx --texts tokens,m
want 0 inspect other.onnx --card
in_out 'what this input is: "tokens"'
in_out 'what this input is: "m"'

need_runtime
want 0 encode draft/fed.yaml --text 'four two'

# fed CARD TEXT LINE...: the rows of its output.
fed() {
    local c=$1 text=$2
    shift 2
    want 0 encode "$c" --text "$text"
    printf '%s\n' "$@" >wanted
    cmp -s out wanted || fail "$c feeds '$text' as: $(cat out)"
}

# --- what is fed: ids, mask, types and positions; the file's truncation and padding do not count
fed fits.yaml 'One twos three four' '2 1 0 0' '10 1 0 1' '11 1 0 2' '16 1 0 3' '12 1 0 4' '13 1 0 5' '3 1 1 6'
[ ! -s err ] || fail "words without need: $(cat err)"
card cut.yaml 'max_tokens: 4'
fed cut.yaml 'one two three four' '2 1 0 0' '10 1 0 1' '11 1 0 2' '3 1 1 3'
in_err "the query text: longer than max_tokens, the end was cut off"
card start.yaml 'max_tokens: 4, cut: start, special: false'
fed start.yaml 'one two three four five' '11 1 0 0' '12 1 0 1' '13 1 0 2' '14 1 0 3'
in_err "longer than max_tokens, the start was cut off"
card no.yaml 'max_tokens: 4, cut: refuse'
fed no.yaml 'one two' '2 1 0 0' '10 1 0 1' '11 1 0 2' '3 1 1 3'
want 3 encode no.yaml --text 'one two three'
in_err "the query text: longer than max_tokens, 4, and this card cuts nothing"
card narrow.yaml 'max_tokens: 1'
want 4 encode narrow.yaml --text one
in_err "narrow.yaml: max_tokens: at most 1 tokens leave no room for the 2 special ones"
onnx i32.onnx --texts input_ids,attention_mask,token_type_ids,position_ids --type 6
card i32.yaml 'first_position: 2' i32.onnx
fed i32.yaml 'six' '2 1 0 2' '15 1 0 3' '3 1 1 4'
onnx named.onnx --texts tokens,m
card named.yaml '' named.onnx 'name: fed, shape: [n, 2]'
sed 's/^tokenizer:/inputs: { ids: tokens, mask: m }\ntokenizer:/' named.yaml >renamed.yaml
refused named.yaml "no input 'input_ids'; the model has tokens, m"
fed renamed.yaml 'six' '2 1' '15 1' '3 1'
card fixed.yaml 'max_tokens: 6, fixed_length: true, pad_id: 9' six.onnx 'name: fed, shape: [n, 1]' \
    'name: whole, tensor: fed, rows: all, shape: [6, 1]' 'name: pooled, tensor: fed, pool: mean, layout: rows, shape: [1]'
fed fixed.yaml 'two' 2 11 3
want 0 encode fixed.yaml --text two --output whole
[ "$(paste -sd' ' out)" = "2 11 3 9 9 9" ] || fail "padded to $(paste -sd' ' out)"
want 0 encode fixed.yaml --text two --output pooled
grep -qx '5.3333.*' out || fail "the mean has padding: $(cat out)"

# --- one vector of the rows, and one that the model has pooled
card pools.yaml '' fed.onnx 'name: mean, tensor: fed, layout: rows, pool: mean, shape: [4]' \
    'name: body, tensor: fed, layout: rows, pool: mean, skip: 1, shape: [4]' \
    'name: cls, tensor: fed, layout: rows, pool: first, shape: [4]' \
    'name: end, tensor: fed, layout: rows, pool: last, shape: [4]' \
    'name: unit, tensor: fed, layout: rows, pool: last, unit: vector, shape: [4]' \
    'name: first, shape: [4]'
for want in 'mean 7.25 1 0.25 1.5' 'body 9 1 0.33[0-9]* 2' 'cls 2 1 0 0' 'end 3 1 1 3' \
    'unit 0.67082[0-9]* 0.22360[0-9]* 0.22360[0-9]* 0.67082[0-9]*' 'first 2 1 0 0'; do
    want 0 encode pools.yaml --text 'four two' --output "${want%% *}"
    grep -qx -- "${want#* }" out || fail "${want%% *} is $(cat out)"
done

# --- texts without tokens
card bare.yaml 'special: false'
want 4 encode bare.yaml --text ' '
in_err "the text has no tokens"
card prefixed.yaml 'special: false'
echo 'prefix: "two: "' >>prefixed.yaml
fed prefixed.yaml one '11 1 0 0' '1 1 0 1' '10 1 0 2'
card filled.yaml 'special: false, fill_id: 3, min_tokens: 2'
fed filled.yaml ' ' '3 1 0 0' '3 1 0 1'
fed filled.yaml 'one' '3 1 0 0' '10 1 0 1'
fed filled.yaml 'one two' '10 1 0 0' '11 1 0 1'
card least.yaml 'special: false, min_tokens: 2'
want 4 encode least.yaml --text one
in_err "the text has 1 tokens; this card wants 2 at least"

# --- a text of 1 MB is cut, or refused
python3 -c 'print("one two three " * 75000)' >large.txt
want 0 encode cut.yaml --file large.txt
in_err "large.txt: longer than max_tokens, the end was cut off"
[ "$(wc -l <out)" = 4 ] || fail "a large text gives $(wc -l <out) rows"
want 3 encode no.yaml --file large.txt
in_err "large.txt: longer than max_tokens, 4"

card huge.yaml 'max_tokens: 65536'
python3 -c 'print("one two three " * 30000)' >huge.txt
if [ "$(awk '/^MemTotal/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 900 ]; then
    want 3 encode huge.yaml --file huge.txt
    in_err "huge.txt: 65536 tokens: attention among them takes some 262144 MB"
fi

# --- a run: texts of many lengths, each as it is alone; those that cannot be encoded are failures
python3 - <<'END2'
import json, random
words = ["one", "two", "threes", "four", "fives", "six"]
random.seed(5)
with open("texts.jsonl", "w") as f:
    for i in range(60):
        n = random.choice([0, 1, 2, 3, 9, 40, 41, 200])
        text = " ".join(random.choice(words) for _ in range(n)) if n else " "
        f.write(json.dumps({"id": "t%d" % i, "text": text + " " * i}) + "\n")
END2
for c in fits filled fixed; do
    want_json 0 'o["encoded"] == 60 and o["failed"] == 0' ingest store texts.jsonl --encoder $c.yaml --jobs 2
done
want_json 1 'o["failed"] > 0 and o["encoded"] + o["failed"] == 60' ingest store texts.jsonl --encoder bare.yaml
onnx unmasked.onnx --texts input_ids
card unmasked.yaml '' unmasked.onnx 'name: fed, shape: [n, 1], precision: f32'
card causal.yaml 'causal: true' unmasked.onnx 'name: fed, shape: [n, 1], precision: f32'
for c in unmasked causal; do
    want_json 0 'o["encoded"] == 60' ingest store texts.jsonl --encoder $c.yaml
done
card short.yaml 'max_tokens: 6' fed.onnx 'name: mean, tensor: fed, layout: rows, pool: mean, shape: [4]'
want_json 0 'o["encoders"][0]["cut"] > 10 and o["encoders"][0]["cut"] < 60' \
    ingest store texts.jsonl --encoder short.yaml
in_err "short: "
in_err " texts longer than max_tokens, the end was cut off"
want_json 0 'o["encoders"][0]["cut"] == 0' ingest store texts.jsonl --encoder short.yaml
want_json 0 'any("longer than max_tokens" in n for n in o["notices"])' \
    query store --encoder short --text 'one two three four five six one two'
python3 - "$FEATCACHE" <<'END2' || fail "a text in a run is not what it is alone"
import json, subprocess, sys
for line in list(open("texts.jsonl"))[::9]:
    s = json.loads(line)
    for c in "fits", "filled", "fixed", "unmasked", "causal":
        got = subprocess.run([sys.argv[1], "get", "store", "texts/" + s["id"], "--encoder", c, "--output", "fed"],
                             check=True, capture_output=True, text=True).stdout
        alone = subprocess.run([sys.argv[1], "encode", c + ".yaml", "--text", s["text"], "--output", "fed"],
                               check=True, capture_output=True, text=True).stdout
        assert got == alone and got, (s, c, got, alone)
END2

# --- quantised dynamically: the scale is that of what is fed together, so a text is fed alone, unpadded
onnx dynamic.onnx --texts input_ids,attention_mask --dynamic
card dynamic.yaml 'special: false' dynamic.onnx 'name: fed, shape: [n, 2], precision: f32'
grep '[a-z]", *$\|[a-z] *"}' texts.jsonl >words.jsonl
printf '{"id": "small", "text": "[PAD] [PAD]"}\n' >>words.jsonl
want 0 ingest dynamic.store words.jsonl --encoder dynamic.yaml --batch 256
in_err "quantised dynamically"
want 0 get dynamic.store words/small --encoder dynamic --output fed
cp out stored
want 0 encode dynamic.yaml --text '[PAD] [PAD]'
cmp -s out stored || fail "a dynamically quantised model gives other numbers in a run: $(cat stored)"
grep -qx '0 1' out || fail "fed alone the largest value is 1: $(cat out)"

# --- another tokenizer under the same path is another version
want_json 0 'o["same"]' encoders store --explain fits.yaml
sed -i 's/"one": 10/"one": 17/' tokenizer.json
want_json 0 'not o["same"] and "tokenizer.sha256: " in o["text"] and "model.sha256" not in o["text"]' \
    encoders store --explain fits.yaml
want_json 0 "o['encoded'] == 60" ingest store texts.jsonl --encoder fits.yaml
echo '{ "model": { "type": "Guesswork" } }' >tokenizer.json
want 3 encode fits.yaml --text one
in_err "tokenizer.json: model: the type 'Guesswork' is not known here"
