# Document frequencies: counted by the first ingest with a card, frozen in the store, the same for later
# ingests, other data sets and queries; changed by --refit alone.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

printf 'name: rare\nmodality: text\nencoder: builtin/hashtext\nparams: { idf: true, language: none }\n' >rare.yaml
mkdir birds
for i in $(seq 1 30); do echo "photograph landscape number$i" >birds/common$i.txt; done
echo "photograph kingfisher" >birds/rare.txt
printf '\xff\xff \xe9' >birds/broken.txt
settle

# n_versions NAME; fingerprint NAME; idf NAME [N]: of the newest version, or the Nth.
n_versions() { json "sum(e['name'] == '$1' for e in o['encoders'])" encoders store; }
fingerprint() { json "[e['fingerprint'] for e in o['encoders'] if e['name'] == '$1'][-1]" encoders store; }
# counts: texts, rest, {df: how many stems have it} of the newest version of rare.
counts() {
    "$FEATCACHE" encoders store --json | python3 -c '
import base64, collections, json, struct, sys
card = [e["card"] for e in json.load(sys.stdin)["encoders"] if e["name"] == "rare"][-1]
assert card["parts"]["params.idf"] == "true"
b = base64.b64decode(card["parts"]["data.idf"], validate=True)
form, texts, rest, n = struct.unpack("<BIII", b[:13])
pairs = [struct.unpack("<II", b[13 + 8 * i:21 + 8 * i]) for i in range(n)]
assert form == 1 and len(b) == 13 + 8 * n and pairs == sorted(pairs)
print(texts, rest, *sorted(collections.Counter(df for _, df in pairs).items()))'
}

# Without a store there is nothing to weigh by; looking ahead counts nothing and says what there is.
want 3 encode rare.yaml --text kingfisher
in_err "card 'rare' wants idf, which the first ingest counts and freezes in a store"
want_json 0 'o["encoded"] == 32 and o["dry_run"]' ingest store birds --encoder rare.yaml --dry-run
want_json 1 'o["estimate"]["seconds"] >= 0 and o["failed"] == 1' ingest store birds --encoder rare.yaml --estimate
[ ! -e store ] || fail "a look ahead made a store"

# The first ingest counts: 31 texts that can be read, the broken one not among them.
want 1 ingest store birds --encoder rare.yaml
in_err 'rare: idf is counted in 31 samples and kept; --refit counts it anew'
[ "$(counts)" = "31 0 (1, 31) (30, 1) (31, 1)" ] || fail "counts: $(counts)"
first=$(fingerprint rare)

# It weighs: 31 of 31 have "photograph", so the other word decides, more than without.
want_json 0 'o["hits"][0]["id"] == "rare.txt"' query store --text 'photograph kingfisher' --encoder rare
with=$(json 'o["hits"][1]["score"]' query store --text 'photograph kingfisher' --encoder rare)
printf 'name: plain\nmodality: text\nencoder: builtin/hashtext\nparams: { language: none }\n' >plain.yaml
want 1 ingest store birds --encoder plain.yaml
without=$(json 'o["hits"][1]["score"]' query store --text 'photograph kingfisher' --encoder plain)
python3 -c "import sys; sys.exit(0 if $with < $without - 0.1 else 1)" || fail "idf does not weigh: $with, $without"

# Again, and with other texts: the counts are frozen, only what is new is encoded.
want_json 1 'o["encoded"] == 0 and o["reused"] == 31' ingest store birds --encoder rare.yaml
not_in_err 'is counted'
for i in $(seq 1 20); do echo "kingfisher river $i" >birds/more$i.txt; done
settle
want_json 1 'o["encoded"] == 20' ingest store birds --encoder rare.yaml
[ "$(fingerprint rare)" = "$first" ] && [ "$(n_versions rare)" -eq 1 ] || fail "the version has changed"

# So they are for another data set, and for a card that says the same in other words.
mkdir stars && echo "photograph of a star" >stars/star.txt
settle
printf '# the same\nname: rare\nmodality: text\nencoder: builtin/hashtext\nparams:\n  language: none\n  idf: true\n  repair: false\n' >same.yaml
want_json 0 'o["encoded"] == 1' ingest store stars --encoder same.yaml
[ "$(fingerprint rare)" = "$first" ] || fail "another data set, another version"
want_json 0 'o["same"]' encoders --explain same.yaml store
want_json 1 'o["encoded"] == 0 and o["unchanged"] == 52' ingest store birds --encoder rare.yaml --dry-run

# Other parameters are another card: it counts for itself, once.
printf 'name: rare\nmodality: text\nencoder: builtin/hashtext\nparams: { idf: true, language: none, words: unicode }\n' >unicode.yaml
want 0 ingest store stars --encoder unicode.yaml
in_err 'is counted in 1 samples'
[ "$(n_versions rare)" -eq 2 ] || fail "versions: $(n_versions rare)"
want 0 encoders store --explain rare.yaml
in_out 'the same encoder version: rare'

# --refit counts over its source and makes a version of its own; the texts are encoded anew.
want_json 1 'o["encoded"] == 51 and o["reused"] == 0' ingest store birds --encoder rare.yaml --refit
in_err 'is counted in 51 samples'
second=$(fingerprint rare)
[ "$second" != "$first" ] && [ "$(n_versions rare)" -eq 3 ] || fail "no new version"
[ "$(counts | cut -d' ' -f1)" -eq 51 ] || fail "the new counts: $(counts)"
want_json 0 "o['fingerprint'] == '$second' and o['hits'][0]['id'] in ('rare.txt',) + tuple('more%d.txt' % i for i in range(21))" \
    query store --text kingfisher --encoder rare
want_json 0 "o['fingerprint'] == '$first'" query store --text kingfisher --encoder "rare@${first:0:12}"

# The new one is what later ingests take, the other data set's too; the same counts make no more.
want_json 0 'o["encoded"] == 1' ingest store stars --encoder rare.yaml
not_in_err 'is counted'
want_json 1 'o["encoded"] == 0' ingest store birds --encoder rare.yaml --refit
[ "$(fingerprint rare)" = "$second" ] && [ "$(n_versions rare)" -eq 3 ] || fail "a refit of the same texts"
want 0 verify store --full

# A long value is not poured over the screen.
python3 - <<'END' || fail "texts"
import os
os.mkdir("many")
for i in range(40):
    open("many/%d.txt" % i, "w").write(" ".join("word%d" % (i * 150 + k) for k in range(150)))
END
settle
want 0 ingest store many --encoder unicode.yaml --refit
python3 -c 'import json, subprocess, sys
e = [e for e in json.loads(subprocess.check_output([sys.argv[1], "encoders", "store", "--json"]))["encoders"] if e["name"] == "rare"][-1]
sys.exit(0 if 43000 < len(e["card"]["parts"]["data.idf"]) < 44000 else 1)' "$FEATCACHE" || fail "4096 of 6000 stems"
printf 'name: rare\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 64 }\n' >other.yaml
want 0 encoders store --explain other.yaml
grep -qE 'data.idf: not there in other.yaml, [A-Za-z0-9+/]{48}\.\.\. \([0-9]+ bytes\) in the store' out || fail "a long value"
want_json 0 'o["hits"][0]["id"] == "7.txt"' query store --text 'word1100 word1101' --encoder rare --dataset many

# The counts do not depend on how many threads took them.
for jobs in 1 4; do
    "$FEATCACHE" ingest store$jobs many birds --dataset d --encoder rare.yaml --jobs $jobs --batch 3 >/dev/null 2>&1
    json 'o["encoders"][0]["fingerprint"]' encoders store$jobs >f$jobs
done
cmp -s f1 f4 || fail "1 and 4 threads count differently"

# What makes no sense is said.
want 2 ingest store birds --encoder plain.yaml --refit
in_err 'none of the encoders learns from the data'
mkdir none && python3 -c "open('none/a.ppm.png','wb').write(b'')" && settle
want 2 ingest fresh none --encoder rare.yaml
in_err 'no text samples to count idf from'

# A manifest counts its rows, as far as --limit.
printf 'id,text\na,one red bird\nb,two red birds\nb,not counted twice\nc,three blue birds\n' >rows.csv
want 1 ingest limited rows.csv --encoder rare.yaml
in_err 'is counted in 3 samples'
want 0 ingest limited2 rows.csv --encoder rare.yaml --limit 2
in_err 'is counted in 2 samples'

# An archive counts its members: the same texts, the same version.
(cd birds && python3 -c 'import glob, zipfile
with zipfile.ZipFile("../birds.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name in sorted(glob.glob("*.txt")): z.write(name)')
want 1 ingest zipped birds.zip --encoder rare.yaml
[ "$(json 'o["encoders"][0]["fingerprint"]' encoders zipped)" = "$second" ] || fail "an archive counts differently"

# A version counted anew on one data set leaves the others out of a search: it says how many, and how
# to search them all the same.
mkdir corp other
for i in 1 2 3; do echo "albatross bird $i" >corp/a$i.txt; done
echo "something else" >other/o.txt
settle
want 0 ingest two corp --encoder rare.yaml
want 0 ingest two other --encoder rare.yaml
want 0 query two --text "albatross bird"
not_in_err "not searched"
want 0 ingest two other --encoder rare.yaml --refit
want 0 query two --text "albatross bird"
old=$(json 'o["encoders"][0]["fingerprint"][:8]' encoders two)
in_err "3 samples of corp are not searched: encoded with rare@$old"
in_err "--encoder rare@$old"
want_json 0 'len(o["notices"]) == 1' query two --text albatross --encoder rare
want_json 0 'len(o["notices"]) == 0 and len(o["hits"]) == 4' query two --text albatross --encoder "rare@$old"
want_json 0 'len(o["notices"]) == 0 and len(o["hits"]) == 3' query two --text albatross --dataset corp
want 0 ingest two corp --encoder rare.yaml # as the notice says
want_json 0 'len(o["notices"]) == 0 and len(o["hits"]) == 4' query two --text albatross
want 0 ingest two corp --encoder rare.yaml --refit --limit 2
want 0 query two --text "albatross bird"
in_err "2 samples of corp, other are not searched"
