# query --batch: one JSON object in, one out, in order and at once; a line that is wrong says so in
# its place and makes the exit code 1; one page for all.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest
"$FEATCACHE" get store pics/tree/tree2.png --encoder hog --output pooled -o v.npy || fail get

cat >questions <<'END'
{"text": "a picture of a fish", "k": 2}
{"file": "pics/bird/bird0.png", "include_self": true, "k": 1}

{"id": "pics/tree/tree2.png", "k": 3}
{"text": "a house", "modality": "image", "where": "id != \"x\""}
END
want 0 query store --batch <questions
[ "$(wc -l <out)" -eq 4 ] || fail "not four answers"
while read -r line; do echo "$line" | check_json 'o["schema"] == "featcache.query/1"' || fail "$line"; done <out
python3 - <<'END' || fail "the answers"
import json
a = [json.loads(l) for l in open("out")]
assert [x["line"] for x in a] == [1, 2, 4, 5]
assert len(a[0]["hits"]) == 2 and a[0]["query"]["text"] == "a picture of a fish"
assert a[1]["hits"][0]["id"] == "bird/bird0.png"
assert len(a[2]["hits"]) == 3 and a[2]["query"]["id"] == "pics/tree/tree2.png"
assert a[3]["via"] == "groups" and a[3]["query"]["modalities"] == "image"
END
# A vector says nothing of its encoder.
echo '{"vector": "v.npy", "k": 1, "include_self": true}' >questions
want 0 query store --batch --encoder hog <questions
check_json 'o["hits"][0]["id"] == "tree/tree2.png" and o["query"]["vector"] == "v.npy"' <out || fail "by a vector"
want 1 query store --batch <questions

# wrong LINE PART: answered by an error that holds PART.
wrong() {
    printf '%s\n{"text": "still answered"}\n' "$1" >questions
    want 1 query store --batch -k 3 <questions
    [ "$(wc -l <out)" -eq 2 ] || fail "'$1': not two answers"
    head -1 out | check_json 'o["line"] == 1 and "hits" not in o and o["error"]' || fail "'$1'"
    head -1 out | grep -qF -- "$2" || fail "'$1' is not answered by '$2'"
    tail -1 out | check_json 'o["line"] == 2 and len(o["hits"]) == 3' || fail "after '$1' nothing comes"
}
wrong 'not json' 'not JSON'
wrong '{"text": "a"' 'not JSON'
wrong '[1]' 'not a JSON object'
wrong '{}' 'exactly one of'
wrong '{"text": "a", "file": "b"}' 'exactly one of'
wrong '{"text": "a", "terms": [{"text": "b"}]}' 'exactly one of'
wrong '{"terms": []}' 'a list that is not empty'
wrong '{"terms": {"text": "a"}}' 'a list that is not empty'
wrong '{"terms": ["a"]}' 'a list of objects'
wrong '{"terms": [{"text": "a"}, {"weight": 2}]}' 'exactly one of text, file, id and vector in a term, not 0'
wrong '{"terms": [{"text": "a", "file": "b"}]}' 'in a term, not 2'
wrong '{"terms": [{"text": "a", "weight": 0}]}' 'a number other than 0'
wrong '{"terms": [{"text": "a", "wait": 1}]}' 'of a term; there are text'
wrong '{"terms": [{"text": "a"}, {"text": "a", "weight": -1}]}' 'cancel out'
wrong '{"terms": [{"text": "a"}, {"file": "pics/tree/tree2.png"}]}' '--space'
wrong '{"text": ""}' 'text'
wrong '{"text": 3}' 'text'
wrong '{"text": "a", "k": 0}' 'whole number'
wrong '{"text": "a", "k": "3"}' 'whole number'
wrong '{"text": "a", "include_self": 1}' 'true or false'
wrong '{"text": "a", "wher": "x = 1"}' 'did you mean'
wrong '{"text": "a", "text": "b"}' 'not JSON'
wrong '{"text": "a", "where": "x ="}' 'column'
wrong '{"file": "nowhere.png"}' 'nowhere.png'
wrong '{"id": "pics/none"}' 'none'
wrong '{"vector": "nowhere.npy"}' 'nowhere.npy'
wrong '{"vector": "v.npy"}' '--encoder'

# Options are what a line does not say.
echo '{"text": "a"}' >questions
want 0 query store --batch -k 4 --dataset pics --include-self <questions
check_json 'len(o["hits"]) == 4 and o["query"]["dataset"] == "pics"' <out || fail "options as defaults"
want 0 query store --batch </dev/null
[ ! -s out ] || fail "an answer without a question"

# Each answer comes before the next question is asked.
python3 - "$FEATCACHE" <<'END' || fail "answers wait for the end of the input"
import json, subprocess, sys
p = subprocess.Popen([sys.argv[1], "query", "store", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for i in range(3):
    p.stdin.write(b'{"text": "number %d"}\n' % i)
    p.stdin.flush()
    assert json.loads(p.stdout.readline())["line"] == i + 1
p.stdin.close()
assert p.wait() == 0
END

printf '{"text": "first question"}\n{"text": "second question"}\n' | "$FEATCACHE" query store --batch --html page.html >out 2>err ||
    fail "a page of a batch"
grep -q 'first question' page.html && grep -q 'second question' page.html || fail "the page lacks a question"
