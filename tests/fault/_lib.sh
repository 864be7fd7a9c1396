# Shared by the fault tests: a 50-sample source, the shim, and what must hold after every fault.
set -uo pipefail
: "${FEATCACHE:?the built program}" "${FC_SOURCE_DIR:?the checkout}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fc=("$FEATCACHE")

skip() {
    echo "SKIPPED: $*"
    exit 77
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# 50 samples: the images of tests/golden, one of them under two names, one that is no image, texts.
make_source() {
    local n=0 f
    mkdir -p "$work/source"
    for f in "$FC_SOURCE_DIR"/tests/golden/images/*.png "$FC_SOURCE_DIR"/tests/golden/images/*.jpg; do
        [ -f "$f" ] && [ $n -lt 14 ] && cp "$f" "$work/source/" && n=$((n + 1))
    done
    [ $n -ge 2 ] || fail "tests/golden/images has no images"
    printf '\x89PNG\r\n\x1a\nbut no more than that' >"$work/source/broken.png"
    cp "$work/source/$(ls "$work/source" | grep -v broken | head -1)" "$work/source/again.png"
    n=$((n + 2))
    while [ $n -lt 50 ]; do
        echo "a small text about thing number $n, $((n * n % 17)) of them" >"$work/source/text$n.txt"
        n=$((n + 1))
    done
}

build_shim() {
    # A sanitizer's runtime must come first among the preloaded libraries: no shim then.
    if ldd "$FEATCACHE" | grep -qE 'lib(a|t|ub)san' || nm -D "$FEATCACHE" 2>/dev/null | grep -q __asan_init; then
        skip "the program is built with a sanitizer, whose runtime does not go with a preloaded shim"
    fi
    ${CC:-cc} -shared -fPIC -O1 -o "$work/shim.so" "$FC_SOURCE_DIR/tests/fault/_shim.c" -ldl ||
        fail "the shim does not compile"
}

# ingest STORE [ENV=VALUE...]: through the shim.
ingest() {
    local store=$1
    shift
    env "$@" LD_PRELOAD="$work/shim.so" "${fc[@]}" ingest "$store" "$work/source" --dataset d --jobs 1 \
        --progress=never >"$work/out" 2>"$work/err"
}

# The digest lines of the newest sealed version.
digest_of() {
    "${fc[@]}" stat "$1" --json 2>/dev/null | grep -o '"digest": *"[0-9a-f]*"' | sort
}

# Nothing there, or a store that verifies; then the run resumes and ends as an undisturbed one does.
must_recover() {
    local store=$1 what=$2 rc
    if [ -e "$store" ]; then
        "${fc[@]}" verify "$store" --full >"$work/verify" 2>&1
        rc=$?
        [ $rc -eq 0 ] || { cat "$work/verify" >&2; fail "$what: verify exits $rc"; }
    fi
    "${fc[@]}" ingest "$store" "$work/source" --dataset d --jobs 1 --progress=never >"$work/out" 2>"$work/err"
    rc=$?
    [ $rc -eq 1 ] || { cat "$work/err" >&2; fail "$what: the run does not resume (exit $rc)"; }
    [ "$(digest_of "$store")" = "$reference" ] || fail "$what: the digest differs after resuming"
    [ -z "$(ls -d "$work"/.store.tmp* "$work"/store/*.tmp* 2>/dev/null)" ] || leftovers=$((leftovers + 1))
}

leftovers=0

# An undisturbed run: its digests are what every resumed run must give. Exit 1: broken.png.
make_reference() {
    "${fc[@]}" ingest "$work/reference" "$work/source" --dataset d --jobs 1 --progress=never \
        >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] || { cat "$work/err" >&2; fail "an undisturbed ingest does not exit 1 for its one broken file"; }
    reference=$(digest_of "$work/reference")
    [ -n "$reference" ] || fail "stat --json shows no digest"
}
