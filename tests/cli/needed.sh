# Built-ins are registered when a sample needs them: a store never lists encoders that have had
# nothing to do; whatever comes later joins, with all that is there already.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 8
names() { json '" ".join(sorted(e["name"] for e in o["encoders"]))' encoders store; }
covered() { # by the newest version of data set $1: "output's encoder:count"
    json '" ".join(sorted({"%s:%d" % (c["encoder"].split("@")[0], c["count"])
                   for d in o["datasets"] if d["name"] == "'"$1"'" for c in d["versions"][-1]["coverage"]}))' stat store
}

# Pictures only, in jobs of one and many.
mkdir images && cp pics/*/*.png images
settle
want_json 0 '[e["name"] for e in o["encoders"]] == ["hog"] and o["encoded"] == 8' ingest store images --progress=never
[ "$(names)" = hog ] || fail "pictures registered: $(names)"
want 0 stat store
! grep -q 'nothing stored' out || fail "an encoder without anything"
want 2 query store --text "a fish"
in_err "no encoder of this store takes text"
want_json 0 'o["encoded"] == 0 and o["unchanged"] == 8' ingest store images --progress=never
want_json 0 'o["encoded"] == 8 and [e["name"] for e in o["encoders"]] == ["hog"]' ingest dry images --dry-run
[ ! -e dry ] || fail "a dry run made a store"
want_json 0 '[e["name"] for e in o["encoders"]] == ["hog"]' ingest dry images --estimate

# A text and a sound join later, the last of many samples.
echo "a picture of a fish" >images/zz.txt
cp "$FC_SOURCE_DIR/tests/golden/audio/vorbis.ogg" images/zzz.ogg
want_json 0 'o["encoded"] == 2 and o["version"] == 2' ingest store images --batch 2 --jobs 3 --progress=never
[ "$(names)" = "hashtext hog mfcc" ] || fail "a text and a sound registered: $(names)"
[ "$(covered images)" = "hashtext:1 hog:8 mfcc:1" ] || fail "covered: $(covered images)"
want_json 0 'o["hits"][0]["id"] == "zz.txt"' query store --text fish
want 0 verify store --full

# Rows that were put without an encoder of theirs: the next run gives them one, and covers what
# another data set has encoded already without reading a file again.
want 0 ingest store pics --dataset mixed --encoder builtin/hog --progress=never
[ "$(covered mixed)" = hog:8 ] || fail "covered by hog alone: $(covered mixed)"
want 0 ingest store pics --dataset other --progress=never
want_json 0 'o["encoded"] == 0 and o["unchanged"] == 16' ingest store pics --dataset mixed --progress=never
[ "$(covered mixed)" = "hashtext:8 hog:8" ] || fail "what was there is not covered: $(covered mixed)"
want 0 verify store --full

# A file that cannot be decoded needs its encoder for the ledger; an empty folder needs none.
mkdir torn empty && head -c 100 images/bird0.png >torn/a.png
want 1 ingest torn.store torn --progress=never
want_json 0 '[e["name"] for e in o["encoders"]] == ["hog"]' encoders torn.store
want 0 ingest empty.store empty --progress=never
want_json 0 'o["encoders"] == []' encoders empty.store
want 0 verify empty.store --full

# The ones that a user names are there whatever the source has.
want 0 ingest named.store images --encoder builtin/fpfh --progress=never
want_json 0 '[e["name"] for e in o["encoders"]] == ["fpfh"]' encoders named.store

# The same whatever the number of workers, and after a stop in between.
"$FEATCACHE" ingest one images --jobs 1 --progress=never >/dev/null 2>&1 || fail "one job"
"$FEATCACHE" ingest many images --jobs 4 --batch 1 --progress=never >/dev/null 2>&1 || fail "four jobs"
[ "$(digests one)" = "$(digests many)" ] || fail "digests differ by the number of jobs"
want 0 ingest parts images --limit 3 --progress=never
want 0 ingest parts images --limit 9 --progress=never
want 0 ingest parts images --progress=never
python3 - "$(digests one)" "$(digests parts)" <<'PY' || fail "digests differ after parts"
import ast, sys
a, b = (sorted(r[3:] for r in ast.literal_eval(t)) for t in sys.argv[1:])
assert a == b, (a, b)
PY
