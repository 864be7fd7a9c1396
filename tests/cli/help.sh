# Every command explains itself: --help on stdout with usage, options and an example, exit 0; the
# program lists its commands, and none that it does not have.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

commands="ingest query fit serve eval audit adapt switch index encode get export rm diff duplicates encoders space inspect devices stat verify repair backup compact convert gc"

want 0 --help
[ ! -s err ] || fail "--help prints to stderr"
listed=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' out)
sed -n '/^exit status:$/,$p' out >statuses
[ "$(sed -n 's/^  \([0-9]\)  .*/\1/p' statuses | tr -d '\n')" = 01234 ] || fail "--help lacks exit codes"
[ "$(echo $listed)" = "$commands" ] || fail "--help lists: $(echo $listed)"
for word in sounds shapes; do in_out "$word"; done
# What is no store, and what is not there: one is a mistake of the command line.
mkdir full && echo x >full/x
want 2 query full --text a
want 2 query full/x --text a
want 3 query nowhere --text a
want 0 --version
grep -qE '^featcache [0-9]+\.[0-9]+\.[0-9]+$' out || fail "--version prints no version"

# Audits are commands of two words.
want 0 audit --help
[ ! -s err ] || fail "audit --help prints to stderr"
audits=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' out)
[ "$(echo $audits)" = "drift canary data diff space storage" ] || fail "audit --help lists: $(echo $audits)"
want 2 audit
[ ! -s out ] && grep -q '^usage: featcache audit' err || fail "audit alone: usage belongs on stderr"
want 2 audit dif
in_err "did you mean diff?"

for c in ${commands/ audit / } $(printf 'audit+%s ' $audits); do
    read -r -a words <<<"${c/+/ }"
    c=${c/+/ }
    want 0 "${words[@]}" --help
    [ ! -s err ] || fail "$c --help prints to stderr"
    grep -q "^usage: featcache $c " out || fail "$c --help has no usage"
    grep -q '^options:$' out || fail "$c --help has no options"
    grep -qE '^examples?:$' out || fail "$c --help has no example"
    sed -n '/^examples*:$/,$p' out | grep -q "featcache $c " || fail "$c's example does not use it"
    in_out "  --json "
    ! awk 'length($0) > 100' out | grep . || fail "$c --help is wider than 100 columns"
    # Beside what is wrong it still helps, but not behind `--`.
    want 0 "${words[@]}" --no-such-option -h
    want 2 "${words[@]}" -- --help x y z w
done

# Commands of later versions are not there yet, and not half there.
for c in align merge; do
    want 2 "$c"
    in_err "no command '$c'"
done
want 2 ingset
in_err "did you mean ingest?"
want 2
[ ! -s out ] && grep -q '^usage:' err || fail "without a command: usage belongs on stderr"
