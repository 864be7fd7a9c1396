# Ingest as a user sees it: everything once, then nothing again; changed, renamed, doubled and gone
# files give the right counts and versions; two ways to one content give one digest.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12

want_json 0 'o["samples"] == 24 and o["encoded"] == 24 and o["reused"] == 0 and o["failed"] == 0
    and o["sealed"] and o["version"] == 1 and o["dataset"] == "pics" and len(o["encoders"]) == 2
    and o["bytes"]["raw"] > o["bytes"]["stored"] > 0 and o["seconds"] > 0
    and sum(e["encoded"] for e in o["encoders"]) == 24' ingest store pics
[ ! -s err ] || fail "stderr is not empty"

# Nothing changed: nothing read, nothing encoded, no version made.
want_json 0 'o["unchanged"] == 24 and o["encoded"] == 0 and o["reused"] == 24 and not o["sealed"]
    and o["version"] == 1' ingest store pics
want 0 ingest store pics
in_out "nothing has changed"
# Read again on request, and found to be the same.
want_json 0 'o["unchanged"] == 0 and o["encoded"] == 0 and o["reused"] == 24 and not o["sealed"]' \
    ingest store pics --rehash

# One file changed, one renamed, one gone, one content under a second name.
echo "now a text about something else" >pics/bird/bird0.txt
mv pics/fish/fish1.png pics/fish/carp.png
rm pics/tree/tree2.txt
cp pics/house/house3.png pics/house/villa.png
want_json 0 'o["samples"] == 24 and o["encoded"] == 1 and o["failed"] == 0 and o["gone"] == 2
    and o["sealed"] and o["version"] == 2' ingest store pics
want_json 0 'o["changes"] and {(c["kind"], c["id"]) for c in o["changes"]} ==
    {("changed", "bird/bird0.txt"), ("renamed", "fish/carp.png"), ("removed", "tree/tree2.txt"),
     ("added", "house/villa.png")} and o["same"] == 21 and o["complete"]
    and [c["old_id"] for c in o["changes"] if c["kind"] == "renamed"] == ["fish/fish1.png"]' \
    diff store pics@1 pics@2
want 0 diff store pics@1 pics
in_out "> fish/fish1.png -> fish/carp.png"
in_err "1 added, 1 removed, 1 changed, 1 renamed"

# A store made in one go from the same files holds the same.
"$FEATCACHE" ingest other pics >/dev/null 2>&1 || fail "the second store"
[ "$(digests store)" = "$(digests other)" ] || fail "digests differ: $(digests store) $(digests other)"

# A limit seals what it took, marked partial.
want_json 0 'o["samples"] == 5 and o["sealed"]' ingest part pics --limit 5 --dataset five
want_json 0 'o["datasets"][0]["versions"][0]["partial"] and o["datasets"][0]["versions"][0]["count"] == 5' \
    stat part

# One encoder, several data sets, a manifest: contents that are there are not encoded again.
make_source more 4
want_json 0 'o["samples"] == 8 and o["dataset"] == "listed"' ingest store more.csv --dataset listed
want_json 0 'o["encoded"] == 0 and o["reused"] == 4' \
    ingest store more.csv --dataset pictures --encoder builtin/hog --rehash ||
    fail "one encoder only"
want 2 ingest store pics --dataset 'a/b'
want 2 ingest store pics --dataset 'a@b'
echo "name: [" >bad.yaml
want 4 ingest store pics --encoder bad.yaml
in_err bad.yaml:
want 2 ingest store nowhere
in_err nowhere

# Samples that no encoder of the run takes are in no other sum: they are told, with what they are.
mkdir mixed
echo "a text" >mixed/a.txt
PYTHONPATH="$here" python3 -c 'import _npy; _npy.write_vector("mixed/v.npy", [1, 2, 3, 4])'
settle
want 0 ingest mixed.store mixed --dry-run
in_out "1 (vector) of them without an encoder"
want 0 ingest mixed.store mixed
in_out "samples    2; 1 (vector) of them without an encoder in this run"
want_json 0 'o["unchanged"] == 2 and o["without_encoder"] == 1' ingest mixed.store mixed # not read
want_json 0 'o["without_encoder"] == 2 and o["encoded"] == 0' ingest mixed.store mixed --encoder builtin/hog
# What is hidden is passed over, and counted; nothing is said where nothing was.
mkdir -p dots/in
echo "a plain text" >dots/in/a.txt
want 0 ingest s.dots dots --progress=never
not_in_err hidden
echo "a hidden text" >dots/in/.b.txt
mkdir dots/.git && echo "a hidden text" >dots/.git/c.txt
want 0 ingest s.dots dots --progress=never
in_err "2 hidden files and folders were passed over"
rm -r dots/.git
want_json 0 'o["samples"] == 1' ingest s.dots dots --progress=never
in_err "1 hidden file or folder was passed over"

# A source that is empty does not empty a data set: a disk that is not mounted looks like this.
mkdir unmounted
want 0 stat s.dots
cp out before
for how in --dry-run --estimate --rehash; do
    want 2 ingest s.dots unmounted --dataset dots --progress=never $how
    in_err "the source has no samples, and data set 'dots' has 1: nothing was sealed"
done
want 0 stat s.dots
cmp -s out before || fail "a refused ingest left something behind"
want 0 ingest s.dots unmounted --dataset other --progress=never
