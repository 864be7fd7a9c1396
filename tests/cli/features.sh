# encode, get and export give the same numbers: as text, as JSON, as .npy; a card that is wrong is
# explained line by line.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 8
"$FEATCACHE" ingest store pics.csv --dataset pics >/dev/null 2>&1 || fail ingest

# compare A.npy B.npy TOLERANCE: shapes equal, values as near as the stored precision allows.
compare() {
    python3 - "$@" <<'END' || fail "$1 and $2 differ"
import ast, struct, sys
def load(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\x93NUMPY\x01\x00", path
    n = struct.unpack("<H", data[8:10])[0]
    assert (10 + n) % 64 == 0, path
    head = ast.literal_eval(data[10:10 + n].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    count = 1
    for d in head["shape"]:
        count *= d
    return head["shape"], struct.unpack("<%df" % count, data[10 + n:])
(sa, a), (sb, b) = load(sys.argv[1]), load(sys.argv[2])
assert sa == sb, (sa, sb)
worst = max(abs(x - y) for x, y in zip(a, b))
assert any(a) and worst <= float(sys.argv[3]), worst
END
}

for output in grid pooled; do
    want 0 encode builtin/hog --file pics/bird/bird0.png --output $output -o a.npy
    [ ! -s out ] || fail "encode -o prints"
    want 0 get store pics/bird0 --encoder hog --output $output -o b.npy
    compare a.npy b.npy 1e-3
done
want 0 encode builtin/hashtext --text "a picture of a bird, number 0, with stripes of the bird kind" -o a.npy
want 0 get store pics@1/bird0-text --encoder hashtext -o b.npy
compare a.npy b.npy 1e-3

# The numbers as text and as JSON are those of the file.
want 0 get store pics/bird0 --encoder hog --output pooled
n=$(wc -w <out)
[ "$(wc -l <out)" -eq 1 ] && [ "$n" -gt 10 ] || fail "a vector is one row"
want_json 0 "o['shape'] == [$n] and len(o['values']) == $n and o['encoder'] == 'hog' and o['output'] == 'pooled'
    and ['%.6g' % v for v in o['values']] == ['%.6g' % float(v) for v in '$(cat out)'.split()]" \
    get store pics/bird0 --encoder hog --output pooled
want_json 0 'o["path"] == "b.npy" and "values" not in o' get store pics/bird0 --encoder hog -o b.npy
want_json 0 'o["values"] and o["card"] == "builtin/hashtext"' encode builtin/hashtext --text hello

# A map has a row of numbers for each place.
want 0 encode builtin/hog --file pics/bird/bird0.png --output grid
python3 -c 'import sys
rows = [l.split() for l in open("out")]
sys.exit(not (len({len(r) for r in rows}) == 1 and rows[0]))' || fail "rows of different lengths"

want 0 export store -o features
ls features/*.npy >/dev/null || fail "no .npy"
for f in features/*.npy; do [ -s "${f%.npy}.jsonl" ] || fail "no description beside $f"; done
python3 - <<'END' || fail "rows and lines"
import ast, glob, json, struct
for path in glob.glob("features/*.npy"):
    data = open(path, "rb").read()
    n = struct.unpack("<H", data[8:10])[0]
    rows = ast.literal_eval(data[10:10 + n].decode())["shape"][0]
    lines = [json.loads(l) for l in open(path[:-4] + ".jsonl")]
    assert len(lines) == 8, (path, len(lines))
    # Sequences of differing lengths lie one behind the other: each line says where its own is.
    if ".tokens." in path:
        at = 0
        for l in lines:
            assert l["row"] == at, (path, l)
            at += l["rows"]
        assert at == rows, (path, at, rows)
    else:
        assert rows == 8, (path, rows)
    assert all(l["id"] and l["dataset"] == "pics" for l in lines)
END
want_json 0 'o["rows"] == 8 and o["files"] >= 1' export store --encoder hog --output pooled -o csv --format csv
ls csv/*.csv >/dev/null || fail "no .csv"
want 0 export store --dataset pics@1 --encoder hashtext --output pooled -o lines --format jsonl

want 2 get store pics/none --encoder hog
in_err none
want 2 get store none/x --encoder hog
want 2 get store pics/bird0 --encoder none
want 2 get store pics/bird0 --encoder hog --output none
in_err "it has"
want 2 get store nothing --encoder hog
want 2 get store pics/bird0-text --encoder hog
in_err "no features"
want 2 export store --encoder none -o x
want 3 get nowhere pics/bird0 --encoder hog
want 2 get store pics/bird0 --encoder hog -o no/such/folder.npy
want 2 encode builtin/hog --file "$FC_SOURCE_DIR/tests/cli/_source.py"
head -c 200 pics/bird/bird0.png >cut.png
want 4 encode builtin/hog --file cut.png
want 2 encode builtin/hgo --text a
in_err builtin/hog

# A range is told in plain numbers.
printf 'name: s\nmodality: audio\nencoder: builtin/mfcc\nparams: { window_ms: 1 }\n' >range.yaml
want 4 encode range.yaml --text a
in_err "a number from 2 to 200"

# Every filter of a card is another picture, and so another feature.
for encoder in hog lab-hog-lbp; do
    for filter in box bilinear bicubic lanczos; do
        printf 'name: f\nmodality: image\nencoder: builtin/%s\nparams: { filter: %s }\n' $encoder $filter >filter.yaml
        want 0 encode filter.yaml --file pics/bird/bird0.png --output grid --json
        sha256sum <out
    done >sums
    [ "$(sort -u sums | wc -l)" -eq 4 ] || fail "filters of $encoder"
done

printf 'name: mine\nmodality: image\nencoder: builtin/hog\nparms:\n  bins: 9\noutputs:\n  - { name: pooled, precision: f99 }\n' >bad.yaml
want 4 encode bad.yaml --file pics/bird/bird0.png
one_of_each() {
    for line in 4 7; do
        [ "$(grep -c "^featcache: bad.yaml:$line: " err)" -eq 1 ] || fail "$1: line $line of a card, once"
    done
}
one_of_each encode
[ "$(wc -l <err)" -eq 2 ] || fail "encode: more than the two problems"
want 4 encoders store --explain bad.yaml
one_of_each explain
want 4 ingest store pics --encoder bad.yaml
one_of_each ingest
in_err "bad.yaml: 2 problems in this card"

# What is written to is a regular file: a link is followed, a FIFO and a folder are left alone.
ln -s real.npy link.npy
want 0 encode builtin/hashtext --text "a bird" -o link.npy
[ -L link.npy ] && [ -f real.npy ] || fail "-o took the place of a link"
mkfifo pipe
want 2 encode builtin/hashtext --text "a bird" -o pipe
in_err "pipe: is a FIFO"
want 2 get store pics/bird0 --encoder hog -o pics
in_err "pics: is a folder"
want 2 query store --text bird --html pipe
want 2 query store --text bird --html .
[ -p pipe ] || fail "a FIFO was replaced"

# A name that no encoder has is a mistake, not an empty answer.
want 2 export store -o nothing --output nope
in_err "no encoder of this store has an output 'nope'; there are "
in_err grid
[ ! -e nothing ] || fail "a folder was made for nothing"
want 2 export store -o nothing --encoder hog --output tokens
in_err "encoder 'hog' has no output 'tokens'; it has "
