# The manual pages: groff takes them without a warning, every option of --help is in its command's
# page and none else, every command is in featcache(1).
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
command -v groff >/dev/null || { echo "SKIPPED: groff is not installed"; exit 77; }
pages="$FC_SOURCE_DIR/tools/man"

for page in "$pages"/*.1; do
    groff -man -ww -Tutf8 "$page" >text 2>err || fail "groff refuses $page"
    [ ! -s err ] || fail "groff warns about $page"
done

# Audits are commands of two words: pages of their own, which featcache-audit(1) names.
want 0 audit --help
audits=$(sed -n 's/^  \([a-z]*\)  .*/audit-\1/p' out)
[ -n "$audits" ] || fail "no audits"
want 0 --help
grep -q '^\.BR featcache.-audit (1)' "$pages/featcache.1" || fail "featcache.1 does not name audit"
[ -f "$pages/featcache-audit.1" ] || fail "no page of audit"
for c in $(sed -n '/^  audit /d; s/^  \([a-z]*\)  .*/\1/p' out) $audits; do
    list=featcache.1
    [ "$c" = "${c#audit-}" ] || list=featcache-audit.1
    grep -q "^\.BR featcache.-${c/-/.-} (1)" "$pages/$list" || fail "$list does not name $c"
    page="$pages/featcache-$c.1"
    [ -f "$page" ] || fail "no page of $c"
    want 0 ${c/-/ } --help
    sed -n '/^options:$/,/^$/s/^  \(--\?[a-z-]*\).*/\1/p' out | sort >helped
    sed -n '/^\.SH OPTIONS/,/^\.SH /s/^\\fB\(\\-[^ ]*\)\\fR.*/\1/p' "$page" | tr -d '\\' | sort >manned
    [ -s helped ] || fail "$c --help has no options"
    cmp -s helped manned || fail "$c: options in --help and in its page differ: $(diff helped manned)"
done

# A page of a command that is gone would mislead.
for page in "$pages"/featcache-*.1; do
    c=${page##*/featcache-}
    c=${c%.1}
    want 0 ${c/-/ } --help
done
