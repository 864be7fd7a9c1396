# SVGs are drawn by a program of their own: bombs end at their cap with a reason while the rest is
# encoded, by several workers; without the program they are failures that say what is missing, and
# are taken up when it is there.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
[ -x "$FC_BUILD_DIR/featcache-svg" ] || { echo "SKIPPED: featcache-svg was not built (librsvg2-dev)"; exit 77; }
mkdir pics
python3 - pics <<'END' || fail "cannot make the drawings"
import sys
head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
for i in range(12):
    with open(f"{sys.argv[1]}/good{i}.svg", "w") as f:
        f.write(f'{head}<circle cx="50" cy="{i * 5}" r="30" fill="red"/></svg>')
with open(sys.argv[1] + "/text.svg", "w") as f:
    f.write(head + '<text y="50" font-size="1">' + "x" * 10000 + "</text></svg>")
with open(sys.argv[1] + "/path.svg", "w") as f:
    f.write(head + '<path d="M0 0' + "".join(f"L{i % 100} {i * 37 % 101}" for i in range(30000)) + '"/></svg>')
END
settle

start=$SECONDS
want_json 1 'o["encoded"] == 12 and o["failed"] == 2 and o["sealed"]' \
    ingest store pics --encoder builtin/hog --jobs 4 --max-draw-ms 400
[ $((SECONDS - start)) -lt 30 ] || fail "the bombs took $((SECONDS - start)) s"
in_err 'featcache: path.svg: drawing the SVG takes more than 400 ms'
in_err 'featcache: text.svg: drawing the SVG takes more than 400 ms'
in_err '--max-draw-ms'
want_json 0 'o["count"] == 2 and all("400 ms" in f["reason"] for f in o["failures"])' stat store --failures

# Nobody to draw: every SVG is told so. An explicit program is taken before any other.
rm pics/text.svg pics/path.svg
cp "$FEATCACHE" alone
FEATCACHE=./alone want_json 1 'o["encoded"] == 0 and o["failed"] == 12' \
    ingest other pics --encoder builtin/hog
in_err 'SVG images are drawn by the program featcache-svg, which is missing'
FEATCACHE=./alone want_json 0 'o["encoded"] == 12 and o["failed"] == 0' \
    ingest other pics --encoder builtin/hog --retry-failed --svg-helper "$FC_BUILD_DIR/featcache-svg"
want_json 0 'o["encoded"] == 12' ingest plain pics --encoder builtin/hog
[ "$(digests other)" = "$(digests plain)" ] || fail "the path of the program changes features"

# A program that hangs, or answers with rubbish, costs its file and no more.
printf '#!/bin/sh\nexec sleep 100\n' >hangs
printf '#!/bin/sh\nexec head -c 5000000 /dev/urandom\n' >rubbish
chmod +x hangs rubbish
want_json 1 'o["failed"] == 12' ingest third pics --encoder builtin/hog --svg-helper ./hangs --max-draw-ms 20 --jobs 4
in_err '20 ms of processor time, or 100 ms by the clock'
want_json 1 'o["failed"] == 12' ingest fourth pics --encoder builtin/hog --svg-helper ./rubbish --jobs 4
in_err 'featcache-svg gave an answer that is no drawing'
