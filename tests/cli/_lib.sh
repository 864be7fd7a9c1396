# Helpers of the command-line tests: a temporary folder, a source made on the spot, runs with the
# exit code they must have, and JSON that must parse. Sourced, never run.
set -u
: "${FEATCACHE:?the built program}" "${FC_SOURCE_DIR:?the checkout}"
here="$FC_SOURCE_DIR/tests/cli"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3

fail() {
    echo "FAILED: $*" >&2
    [ -s out ] && { echo "--- stdout" >&2; head -c 2000 out >&2; }
    [ -s err ] && { echo "--- stderr" >&2; head -c 2000 err >&2; }
    exit 1
}

# want RC ARGUMENT...: run featcache; stdout is in ./out, stderr in ./err; any other exit code fails.
want() {
    local wanted=$1 rc=0
    shift
    "$FEATCACHE" "$@" >out 2>err || rc=$?
    [ "$rc" -eq "$wanted" ] || fail "featcache $*: exit $rc, wanted $wanted"
}

# want_json RC EXPRESSION ARGUMENT...: the same with --json; stdout is one object on one line, with
# the schema of its command, and EXPRESSION (Python, the object is `o`) holds.
want_json() {
    local rc=$1 expression=$2
    shift 2
    want "$rc" "$@" --json
    [ "$(wc -l <out)" -eq 1 ] || fail "featcache $* --json: not one line"
    check_json "$expression" <out || fail "featcache $* --json: not so: $expression"
}

# check_json EXPRESSION: stdin is a JSON object of which EXPRESSION holds. No NaN: JSON has none.
check_json() {
    python3 -c '
import json, re, sys
def no(x): raise ValueError(x)
o = json.loads(sys.stdin.read(), parse_constant=no)
assert re.fullmatch(r"featcache\.[a-z.-]+/1", o["schema"]), o["schema"]
sys.exit(0 if eval("(" + sys.argv[1] + ")") else 1)' "$1"
}

# json EXPRESSION ARGUMENT...: print a value out of what `featcache ARGUMENT... --json` prints.
json() {
    local expression=$1
    shift
    "$FEATCACHE" "$@" --json | python3 -c '
import json, sys
o = json.load(sys.stdin)
print(eval("(" + sys.argv[1] + ")"))' "$expression"
}

# in_err TEXT / in_out TEXT: what the last run printed holds TEXT, literally.
in_err() { grep -qF -- "$1" err || fail "stderr lacks: $1"; }
in_out() { grep -qF -- "$1" out || fail "stdout lacks: $1"; }
not_in_err() { ! grep -qF -- "$1" err || fail "stderr holds: $1"; }

# make_source FOLDER [N]: N pictures and the text of each, in groups by their stems.
make_source() {
    python3 "$here/_source.py" "$1" "${2:-12}" || fail "cannot make a source"
    settle
}

# A file written within a tick of the clock before a scan is read again by the next one, rightly: it
# may have been changed behind the scan. Let files grow older than that.
settle() { sleep 0.2; }

# The digest of every version and output, without what differs between two stores of one content.
digests() {
    json 'sorted((d["name"], v["count"], v["digest"], c["encoder"], c["output"], c["count"], c["digest"])
                 for d in o["datasets"] for v in d["versions"][-1:] for c in v["coverage"])' stat "$1"
}
