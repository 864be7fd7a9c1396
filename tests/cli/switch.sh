# A switch from an old encoder version to a new one: queries through the adapter, both versions while
# data is encoded anew, cut over, rolled back; each stage gives the same answers when it is come back to.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
python3 "$here/_source.py" a 80
python3 "$here/_source.py" b 100
rm b/*/*[0-9].txt a/*/*[0-9].txt # pictures alone
for i in $(seq 0 79); do rm -f b/*/*[a-z]$i.png; done # twenty that a has not
for i in b/*/*.png; do mv "$i" "$(dirname "$i")/late-$(basename "$i")"; done
printf 'name: hog\nmodality: image\nencoder: builtin/hog\n' >old.yaml
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams: { bins: 12 }\n' >new.yaml
want 0 ingest store a --encoder old.yaml
want 0 ingest store b --encoder old.yaml
want 0 ingest store a --encoder new.yaml
question=(--file b/bird/late-bird80.png --include-self -k 12)

# answer NAME ARGUMENT...: what a query prints without what time it took.
answer() {
    local name=$1
    shift
    want 0 query store "${question[@]}" "$@" --json
    sed 's/"timing_ms":{[^}]*}/"timing_ms":{}/' out >"$name"
}
# holds NAME EXPRESSION: of an answer `o`; `old` and `new` are fingerprints.
holds() {
    python3 - "$1" "$2" "$old" "$new" <<'P' || fail "answer $1: not so: $2"
import json, sys
o, old, new = json.load(open(sys.argv[1])), sys.argv[3], sys.argv[4]
sys.exit(not eval(" ".join(sys.argv[2].split())))
P
}
want 0 encoders store --json
old=$(python3 -c 'import json; print(json.load(open("out"))["encoders"][0]["fingerprint"])')
new=$(python3 -c 'import json; print(json.load(open("out"))["encoders"][1]["fingerprint"])')

want 2 switch store --to old
grep -q "no adapter in this store; it has none" err || fail "no adapter: $(cat err)"
want 0 adapt store --from '#1' --to '#2'

# Fitting alone changes nothing: the newest that is sealed answers, though it has only a.
answer before
holds before 'o["fingerprint"] == new and o["index"]["count"] == 80 and "adapter" not in o'

# Asked for by name.
answer named --adapter hog-adapter
holds named 'o["fingerprint"] == new and o["adapter"]["fingerprint"] == old and o["adapter"]["stage"] == "adapter"
    and o["index"]["count"] == 100 and len(o["hits"]) == 12 and all(h["adapted"] for h in o["hits"])
    and o["hits"][0]["id"].endswith("late-bird80.png") and o["hits"][0]["score"] > 0.9
    and all(abs(h["cosine"] - h["score"]) < 1e-9 for h in o["hits"])'
want 0 query store "${question[@]}" --adapter hog-adapter
grep -q "^  1 .*late-bird80.png.*  adapted$" out || fail "hits do not say that they were adapted"
grep -q "adapter hog-adapter mapped it to hog@" err || fail "nothing says what was searched"

want 0 query store "${question[@]}" --adapter hog-adapter --html page.html
[ "$(grep -o 'adapted' page.html | wc -l)" -ge 12 ] && grep -q "hog-adapter, to hog" page.html ||
    fail "the page does not say that hits were adapted"

# Every stage, and back.
for stage in old adapter dual new; do
    want_json 0 "o['adapters'][0]['stage'] == '$stage'" switch store --to $stage
    answer $stage
done
holds old 'o["fingerprint"] == old and o["index"]["count"] == 100 and "adapter" not in o'
holds adapter 'o["fingerprint"] == new and o["adapter"]["stage"] == "adapter" and o["index"]["count"] == 100'
holds dual 'o["fingerprint"] == new and o["adapter"]["stage"] == "dual" and o["index"]["count"] == 100
    and all(h["adapted"] == (h["dataset"] == "b") for h in o["hits"])
    and {h["dataset"] for h in o["hits"]} == {"a", "b"}
    and len({(h["dataset"], h["id"]) for h in o["hits"]}) == 12
    and all(x["score"] >= y["score"] for x, y in zip(o["hits"], o["hits"][1:]))'
holds new 'o["fingerprint"] == new and o["index"]["count"] == 80 and "adapter" not in o'
same_hits() {
    python3 -c 'import json, sys
a, b = (json.load(open(p))["hits"] for p in sys.argv[1:])
sys.exit(a != b)' "$1" "$2" || fail "$1 and $2 have other hits"
}
answer asked_old --encoder '#1'
same_hits old asked_old
answer asked_new --encoder '#2'
same_hits new asked_new
for stage in dual old new adapter old; do
    want 0 switch store hog-adapter --to $stage
    answer again
    cmp -s $stage again || fail "stage $stage answers otherwise when it is come back to"
done
want 0 switch store --to old
grep -q "at stage old already" err || fail "nothing says that it was there"
want_json 0 'o["adapters"][0]["version"] == 10' switch store

# A stored sample that the new version has not encoded asks with the old one.
want 0 switch store --to dual
question=(--id b/bird/late-bird80.png -k 12)
answer by_id
holds by_id 'o["fingerprint"] == old and "adapter" not in o and any("nothing of encoder hog" in n for n in o["notices"])'
question=(--id a/bird/bird0.png -k 12)
answer by_id
holds by_id 'o["fingerprint"] == new and any(h["adapted"] for h in o["hits"])'
# Filters and data sets reach both lanes.
answer one --dataset b
holds one 'len(o["hits"]) == 12 and all(h["adapted"] for h in o["hits"])'
answer one --where 'id = "bird/bird4.png"'
holds one '[h["adapted"] for h in o["hits"]] == [False]'

# All encoded anew: nothing is left for the adapter.
want 0 ingest store b --encoder new.yaml
question=(--file b/bird/late-bird80.png --include-self -k 12)
answer done
holds done 'o["adapter"]["stage"] == "dual" and not any(h["adapted"] for h in o["hits"])'
want 0 switch store --to new
answer new
python3 -c 'import json; d, n = json.load(open("done")), json.load(open("new"))
assert [(h["id"], h["score"]) for h in d["hits"]] == [(h["id"], h["score"]) for h in n["hits"]]' ||
    fail "dual differs from new"

# What cannot be asked.
refuse() {
    local words=$1
    shift
    want 2 "$@"
    grep -q -- "$words" err || fail "$*: wanted '$words': $(cat err)"
}
refuse "leave the encoder out" query store "${question[@]}" --adapter hog-adapter --encoder hog
refuse "no adapter other in this store; it has hog-adapter" query store "${question[@]}" --adapter other
refuse "not known through adapter" query store "${question[@]}" --adapter hog-adapter --explain
refuse "takes image, the query is text" query store --text bird --adapter hog-adapter
refuse "no adapter other" switch store other --to old
refuse "is none of: none, old" switch store --to half
want 0 adapt store --from '#1' --to '#2' --name second
refuse "there are several adapters" switch store --to old
want 0 switch store second --to none

# With the new version collected, its stages are refused and what there is answers.
want 0 switch store hog-adapter --to dual
want 0 gc store --encoder '#2'
refuse "has not that of encoder 'hog'" query store "${question[@]}"
want 0 switch store hog-adapter --to old
answer old
holds old 'o["fingerprint"] == old'
want 0 verify store --full
