# Ctrl-C finishes the current batch, commits, says how to go on and exits 3; the same command goes on
# from there, and the digest is that of an undisturbed run. A second Ctrl-C ends at once.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

# texts N: a manifest of N texts.
texts() {
    python3 - "$1" <<'END'
import random, sys
r = random.Random(1)
words = [chr(97 + i % 26) * 2 + chr(97 + i // 26 % 26) + "ing" for i in range(600)]
with open("texts.csv", "w") as f:
    f.write("id,text\n")
    for i in range(int(sys.argv[1])):
        f.write(f"t{i},{' '.join(r.choices(words, k=40))}\n")
END
}

# stopped SIGNAL STORE: ingest, stopped as soon as something was encoded.
stopped() {
    python3 - "$FEATCACHE" "$1" "$2" <<'END'
import os, signal, subprocess, sys, time
number = getattr(signal, sys.argv[2])
store = sys.argv[3]
p = subprocess.Popen([sys.argv[1], "ingest", store, "texts.csv", "--jobs", "1", "--batch", "8", "--json",
                      "--encoder", "builtin/hashtext", "--progress=always"],
                     stdout=open("out", "wb"), stderr=subprocess.PIPE)
seen = b""
while b" samples" not in seen or b" 0 samples" in seen[-60:]:
    more = os.read(p.stderr.fileno(), 65536)
    if not more:
        sys.exit(77 if p.wait() == 0 else "ended: %r" % seen[-300:])
    seen += more
time.sleep(0.1)
p.send_signal(number)
with open("err", "wb") as f:
    f.write(seen + p.stderr.read())
rc = p.wait(timeout=60)
if rc == 0:
    sys.exit(77)
if rc != 3:
    sys.exit("exit %d, wanted 3" % rc)
END
}

# A machine that is done before it can be stopped gets more to do.
for n in 3000 12000 48000 192000; do
    rm -rf store
    texts $n
    rc=0
    stopped SIGINT store || rc=$?
    [ $rc -eq 77 ] || break
done
[ $rc -eq 0 ] || fail "Ctrl-C"
in_err "stopping after the current batch; once more ends at once"
in_err "stopped; run the same command again to go on"
check_json 'o["cancelled"] and not o["sealed"]' <out || fail "the report of a stopped run"
want 0 verify store --progress=never
want_json 0 'o["datasets"][0]["versions"][-1]["state"] == "building"' stat store
want 0 query store --text hello
[ ! -s out ] || fail "a query finds what is not sealed"
in_err "nothing of data set 'texts' is searched: its first ingest has not ended"

want_json 0 'o["sealed"] and o["samples"] == '$n' and 0 < o["encoded"] < '$n'
    and o["encoded"] + o["reused"] == '$n'' \
    ingest store texts.csv --encoder builtin/hashtext --progress=never
rc=0
stopped SIGTERM other || rc=$?
[ $rc -eq 0 ] || [ $rc -eq 77 ] || fail "SIGTERM"
want 0 ingest other texts.csv --encoder builtin/hashtext --progress=never
want 0 ingest whole texts.csv --encoder builtin/hashtext --progress=never
[ "$(digests store)" = "$(digests whole)" ] && [ "$(digests other)" = "$(digests whole)" ] || fail "digests differ from those of an undisturbed run"

# Twice: the second has its usual effect, and what is there is sound.
python3 - "$FEATCACHE" <<'END' || fail "a second Ctrl-C does not end it"
import os, signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "ingest", "twice", "texts.csv", "--progress=always"],
                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
os.read(p.stderr.fileno(), 10)
p.send_signal(signal.SIGINT)
os.read(p.stderr.fileno(), 65536)
while p.poll() is None:
    p.send_signal(signal.SIGINT)
    time.sleep(0.01)
sys.exit(0 if p.returncode in (-signal.SIGINT, 3) else 1)
END
[ ! -e twice ] || want 0 verify twice --progress=never
