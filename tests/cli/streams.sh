# Standard streams that are closed, full or read only in part: an exit code that says so, no signal,
# and never a byte of output in the store's file.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest

rc=0; "$FEATCACHE" stat store >/dev/full 2>err || rc=$?
[ $rc -eq 3 ] && in_err "standard output: No space left on device" || fail "a full disk looks like success: $rc"
rc=0; "$FEATCACHE" stat store --json >/dev/full 2>err || rc=$?
[ $rc -eq 3 ] || fail "a full disk looks like success with --json: $rc"
rc=0; "$FEATCACHE" --help >/dev/full 2>/dev/null || rc=$?
[ $rc -eq 3 ] || fail "--help on a full disk: $rc"

# A reader that has seen enough: no message, no signal.
: >err
python3 - "$FEATCACHE" <<'END' || fail "a closed pipe"
import subprocess, sys
p = subprocess.Popen([sys.argv[1], "query", "store", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=open("err", "wb"))
p.stdout.close()
try:
    for i in range(100):
        p.stdin.write(b'{"text": "number %d"}\n' % i)
        p.stdin.flush()
    p.stdin.close()
except BrokenPipeError:
    pass
assert p.wait() == 3, p.returncode
END
[ ! -s err ] || fail "a closed pipe is no news to who closed it"

# Closed from the start: the store's file must not get their numbers.
for closing in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    rc=0
    eval '"$FEATCACHE" ingest closed pics --progress=always '"$closing" >/dev/null 2>&1 || rc=$?
    rc=0
    eval '"$FEATCACHE" stat closed '"$closing" || rc=$?
    case $closing in
    *'>&-'*) [ "$closing" = '2>&-' ] || [ $rc -eq 3 ] || fail "stat $closing: exit $rc" ;;
    esac
    want 0 verify closed --full --progress=never
    rm -rf closed
done >/dev/null

# A limit on the size of files is a full disk, not a signal; what was there is sound.
(
    ulimit -f 64 # KiB: room for a store, not for the features
    rc=0
    "$FEATCACHE" ingest small pics --progress=never >out 2>err || rc=$?
    [ $rc -eq 3 ] || fail "a file-size limit: exit $rc"
)  || exit 1
[ ! -e small ] || want 0 verify small --full --progress=never
want 0 ingest small pics --progress=never
[ "$(digests small)" = "$(digests store)" ] || fail "after a file-size limit the digest is another"
