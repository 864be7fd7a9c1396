# Progress: a bar on a terminal that is gone at the end, none with never, one without a terminal
# with always; never on stdout. Messages are not torn by it.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 40
printf '\x89PNG\r\n\x1a\nno' >pics/broken.png

want 1 ingest store pics --progress=never
[ "$(cat err)" = "$(grep '^featcache: broken.png: ' err)" ] || fail "never: more than the failure on stderr"
want 0 verify store --full --progress=never
[ ! -s err ] || fail "verify --progress=never prints to stderr"
want 0 compact store --progress=never
[ ! -s err ] || fail "compact --progress=never prints to stderr"

want 1 ingest two pics --progress=always
grep -q $'\r' err && in_err "samples" || fail "always: no bar"
tail -c 4 err | grep -q $'\e\[K\|\n' || fail "always: the bar is still there at the end"
! grep -q $'\r' out || fail "the bar is on stdout"
tr '\r' '\n' <err | sed 's/^\x1b\[K//' | grep -q '^featcache: broken.png: ' || fail "the bar tears a message"

# Not a terminal, and short: nothing beside the failure.
want 1 ingest three pics
[ "$(wc -l <err)" -eq 1 ] || fail "auto without a terminal: a bar or lines"

# On a terminal: a bar, no wider than the terminal, and stdout is what it is elsewhere.
python3 - "$FEATCACHE" <<'END' || fail "on a terminal"
import fcntl, os, pty, re, struct, subprocess, sys, termios
main, side = pty.openpty()
fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
p = subprocess.Popen([sys.argv[1], "ingest", "four", "pics", "--json", "--progress=always"],
                     stdout=subprocess.PIPE, stderr=side)
os.close(side)
seen = b""
while True:
    try:
        more = os.read(main, 65536)
    except OSError:
        break
    if not more:
        break
    seen += more
out = p.stdout.read()
assert p.wait() == 1, p.returncode
assert b"\r" not in out and out.count(b"\n") == 1, out
bars = [b for b in re.split(rb"\r\x1b\[K|\r\n", seen) if b and not b.startswith(b"featcache:")]
assert bars and all(len(b) < 40 for b in bars), bars
END
