# A store of format 1, as its first version wrote it, reads back for ever: sound, with the same digests,
# the same exported features and the same hits; and an ingest into it goes on from what it holds.
#
#     FC_GOLDEN_WRITE=1 bash tests/golden/store.sh    writes the files where there are none yet
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
golden="$FC_SOURCE_DIR/tests/golden/store"
cp -r "$FC_SOURCE_DIR/tests/birds" .

# Every precision: what the built-ins choose (f32, f16), and a card with the other two.
printf 'name: packed\nmodality: image\nencoder: builtin/hog\nparams: { bins: 6 }\noutputs:
  - { name: map, precision: int8 }\n  - { name: grid, precision: bf16 }\n  - { name: pooled, precision: int8 }\n' >packed.yaml

hits() { json '[(h["dataset"], h["id"], round(h["score"], 4)) for h in o["hits"]]' query "$@" -k 4; }

# all_of STORE: digests of every version and output, every exported number, and some hits.
all_of() {
    digests "$1"
    "$FEATCACHE" export "$1" -o exported --format jsonl >/dev/null || fail "export"
    (cd exported && sha256sum ./*.jsonl)
    hits "$1" --id photos/swan.txt
    hits "$1" --id catalogue/owl --encoder packed --where 'length_cm > 20'
    rm -rf exported
}

if [ -n "${FC_GOLDEN_WRITE:-}" ]; then
    [ ! -e "$golden" ] || fail "$golden is there: a new format gets new files beside it"
    want 0 ingest store birds/photos
    want 0 ingest store birds/catalogue.csv --encoder builtin/hog --encoder builtin/hashtext --encoder packed.yaml
    mv birds/photos/duck.png .
    want 0 ingest store birds/photos
    mv duck.png birds/photos
    mkdir -p "$golden"
    rm -f store/lock.mdb store/writer.lock
    gzip -9nc store/data.mdb >"$golden/format1.mdb.gz"
    all_of store >"$golden/format1.txt"
fi

mkdir -p old
gzip -dc "$golden/format1.mdb.gz" >old/data.mdb || fail "no golden store"
all_of old >got
diff "$golden/format1.txt" got >out || fail "an old store reads otherwise than it did"

# Without its index, which is derived, it is whole as soon as that is built.
want 0 index old --rebuild
want 0 verify old --full
want_json 0 'o["failed"] == 0 and o["samples"] == 20' ingest old birds/catalogue.csv
want 0 verify old --full
