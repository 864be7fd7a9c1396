# The index is derived: a segment that was deleted or damaged costs no answer, verify tells of it, and
# `index` builds it again without being told to.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
cp -r "$FC_SOURCE_DIR/tests/birds" .

want 0 ingest store birds/photos
"$FEATCACHE" query store --text "a red bird" -k 4 >before 2>/dev/null || fail "query"
rm store/segments/*
"$FEATCACHE" query store --text "a red bird" -k 4 >without 2>/dev/null || fail "query without segments"
diff before without >&2 || fail "without its segments the store answers otherwise"
want 1 verify store
want 0 index store
[ -n "$(ls store/segments)" ] || fail "index built nothing"
want 0 verify store --full
for file in store/segments/*.vec; do
    printf 'not a segment' | dd of="$file" bs=1 seek=0 conv=notrunc 2>/dev/null
done
want 1 verify store
want 0 index store
want 0 verify store --full
"$FEATCACHE" query store --text "a red bird" -k 4 >after 2>/dev/null || fail "query"
diff before after >&2 || fail "the index that was built again answers otherwise"
