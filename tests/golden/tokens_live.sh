#!/usr/bin/env bash
# label: full
# 10,000 lines of real text in more than a hundred languages (the descriptions of Tux Paint's stamps)
# give the ids of the Python package `tokenizers`, run live: the tokenizers of the model pack, and those
# in tests/golden/tokenizer. FC_PYTHON: the interpreter that has the package.
set -uo pipefail
python=${FC_PYTHON:-python3}
bench=$FC_BUILD_DIR/tests/bench_tokenizer
peer=$FC_SOURCE_DIR/tests/bench/peer_tokenizer.py
stamps=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/stamps/usr/share/tuxpaint/stamps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "SKIPPED: $*"; exit 77; }
"$python" -c 'import tokenizers' 2>/dev/null ||
    skip "$python has no package tokenizers (pip install tokenizers; FC_PYTHON names another interpreter)"
[ -d "$stamps" ] || skip "no stamps: bash cmake/get-stamps.sh fetches them"

# Each line once, without the code of its language in front, in a fixed order; 10,000 of them evenly spread.
find "$stamps" -name '*.txt' -print0 | sort -z | xargs -0 cat | sed 's/^[A-Za-z_@]*\.utf8=//' | grep -av '^$' |
    iconv -f utf-8 -t utf-8 -c | LC_ALL=C sort -u >"$work/all"
n=$(wc -l <"$work/all")
[ "$n" -ge 10000 ] || skip "only $n lines in $stamps"
awk -v n="$n" 'int(NR * 10000 / n) != int((NR - 1) * 10000 / n)' "$work/all" >"$work/lines"
[ "$(wc -l <"$work/lines")" = 10000 ] || { echo "FAILED: not 10,000 lines"; exit 1; }

failed=0
compared=0
for tokenizer in "$FC_SHARED_DIR"/models/text_{bert,gpt}/tokenizer.json "$FC_SOURCE_DIR"/tests/golden/tokenizer/*.json; do
    [ -f "$tokenizer" ] || { echo "SKIPPED: no $tokenizer"; continue; }
    "$bench" --ids "$tokenizer" "$work/lines" >"$work/ours" || failed=1
    "$python" "$peer" --ids "$work/lines" "$tokenizer" >"$work/theirs" || failed=1
    differ=$(diff "$work/ours" "$work/theirs" | grep -c '^<')
    echo "$differ of 10000 lines differ: $tokenizer"
    [ "$differ" = 0 ] && [ "$(wc -l <"$work/ours")" = 10000 ] || failed=1
    compared=$((compared + 1))
done
[ $compared -gt 0 ] || skip "no tokenizer was found"
exit $failed
