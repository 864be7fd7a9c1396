# featcache serve: the answers of the command line over a port and a Unix socket; every wrong or
# hostile request is told so and harms nobody; limits hold; it ends with what it was asked answered.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 32
want 0 ingest store pics --progress=never
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 space store pair.yaml
want 0 fit store --space learnt --encoder hog --encoder hashtext --method ridge

pid=
trap 'stop_server; rm -rf "$work"' EXIT
stop_server() {
    [ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null
    pid=
}
# start ARGUMENT...: a server; $address is where. The port is bound before the address is printed.
start() {
    stop_server
    : >address
    "$FEATCACHE" serve store "$@" >address 2>err &
    pid=$!
    for _ in $(seq 200); do [ -s address ] && break; kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
    address=$(cat address)
    [ -n "$address" ] || fail "serve $* does not start"
}
check() { python3 "$here/_serve.py" "$1" "$address" "${@:2}" || fail "$1"; }
# ends RC: the server, which was told to stop or could not start, has ended so.
ends() {
    local rc=0
    wait "$pid" || rc=$?
    pid=
    [ "$rc" -eq "$1" ] || fail "the server ended with $rc, not $1"
}

start
[[ $address =~ ^http://127\.0\.0\.1:[0-9]+/$ ]] || fail "the address is '$address'"
port=${address##*:}
port=${port%/}
check same "$FEATCACHE"
check others "$FEATCACHE"
check errors
check origins
check pages
check beside "$FEATCACHE"
# Only this machine can reach it, and nobody else gets the port.
! grep -q "$(printf '00000000:%04X' "$port")" /proc/net/tcp || fail "it listens to other machines"
want 3 serve store --port "$port"
in_err "port $port is in use"
kill "$pid"
ends 0
start --port "$port" --json
check_json 'o["port"] == '"$port"' and o["url"].endswith(":'"$port"'/") and o["socket"] is None and o["pid"] == '"$pid" <address ||
    fail "what --json prints"

# What the first question needs is there when the address is printed, in each searcher; --lazy leaves it to the
# question. Both say how long their loading took; a busy machine may need a second try.
loading() {
    python3 - "$address" <<'END'
import json, sys, urllib.request
print(json.load(urllib.request.urlopen(sys.argv[1] + "query?text=a+fish"))["timing_ms"]["load"])
END
}
for try in 1 2 3; do
    start --jobs 3 --lazy
    lazy=$(loading)
    start --jobs 3
    warm=$(loading)
    python3 -c "import sys; sys.exit(not $warm < $lazy / 3)" && break
    [ "$try" -lt 3 ] || fail "the first question loads for $warm ms, with --lazy $lazy ms"
done
# A store that takes no text is served all the same.
mkdir -p only
cp pics/*/*.png only
want 0 ingest images.store only --encoder builtin/hog
"$FEATCACHE" serve images.store >address 2>err &
other=$!
for _ in $(seq 200); do [ -s address ] && break; sleep 0.05; done
[ -s address ] || fail "serve does not start without an encoder of texts"
kill $other && wait $other || fail "serve without an encoder of texts ended badly"

start --socket s.sock
[ "$address" = s.sock ] && [ -S s.sock ] || fail "no socket"
[ "$(stat -c %a s.sock)" = 600 ] || fail "others may open the socket: $(stat -c %a s.sock)"
check same "$FEATCACHE"
check others "$FEATCACHE"
want 3 serve store --socket s.sock
in_err "another process serves at s.sock"
[ -S s.sock ] || fail "the socket of another process was removed"
# One that was killed leaves its socket; the next takes its place and removes it.
kill -9 "$pid"
wait "$pid" 2>/dev/null
pid=
[ -S s.sock ] || fail "kill -9 removed the socket?"
start --socket s.sock --json
check_json 'o["socket"] == "s.sock" and o["url"] is None and o["port"] is None' <address || fail "--json of a socket"
kill -INT "$pid" && sleep 0.1
kill "$pid" 2>/dev/null # a shell's child may ignore SIGINT
ends_any=0
wait "$pid" || ends_any=$?
pid=
[ ! -e s.sock ] || fail "the socket stays behind"
# What is there and is no socket stays; one that was put in our place is not ours.
echo precious >file
want 2 serve store --socket file
in_err "is no socket"
[ "$(cat file)" = precious ] || fail "a file was replaced by a socket"
start --socket s.sock
rm s.sock && echo other >s.sock
kill "$pid"
ends 0
[ "$(cat s.sock)" = other ] || fail "a file that is not ours was removed"
want 2 serve store --socket "$(printf 'x%.0s' $(seq 200))"
in_err "has 1 to 107 bytes"

# Limits.
start --max-body-bytes 1M --timeout-s 60
check hostile $((1 << 20))
start --timeout-s 1
check slow 1
start --jobs 1 --queue 1
check full
start --max-connections 3 --timeout-s 60
check crowd 3

# Names, told at the start.
want 2 serve store --encoder nothing
in_err "hashtext"
want 2 serve store --space nothing
in_err "no space 'nothing'"
want 2 serve store --space pair --output pooled
want 2 serve store --socket a --port 1
want 2 serve store --port 65536
want 2 serve store --jobs 0
want 3 serve nowhere
want 2 serve
start --space pair
python3 "$here/_serve.py" ask "$address" || fail "a server with a space"
[ "$(python3 - "$address" <<'END'
import json, sys, urllib.request
print(json.load(urllib.request.urlopen(sys.argv[1] + "query?text=a+fish"))["space"])
END
)" = pair ] || fail "--space is not searched"

# The end, while it works.
start --jobs 2 --timeout-s 100
check stop "$pid"
began=$SECONDS
ends 0
[ $((SECONDS - began)) -lt 30 ] || fail "it waits for a client that has not said all"
grep -q 'stopping after what runs' err || fail "nothing said about stopping"
