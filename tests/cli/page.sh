# What a page shows: a player for each sound and its span, a picture for each image and shape, also
# out of archives and arrays, of the question too; caps are told; nothing is loaded, run or unescaped.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
python3 "$here/_page.py" "$FC_SOURCE_DIR/tests/golden" "$work" || fail "the files could not be made"
svg=1
want_any() { "$FEATCACHE" "$@" >out 2>err || [ $? -eq 1 ] || fail "featcache $*"; }
want_any ingest store media.csv --dataset m --progress=never
if grep -q 'built without\|librsvg' err; then svg=0; else want 0 ingest store media.csv --dataset m --progress=never; fi

# count NAME EXPECTED: how often NAME (an HTML tag's beginning) stands on the page.
count() {
    local n
    n=$(grep -o -- "$1" page.html | wc -l)
    [ "$n" -eq "$2" ] || fail "$n times '$1' on the page, $2 wanted"
}

harmless() {
    python3 - <<'PY' || fail "the page is not what it should be"
import base64, html.parser, re

KNOWN = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span", "b", "br", "div", "figure",
         "img", "audio", "figcaption", "blockquote", "svg", "rect"}
MAGIC = {"image/jpeg": [b"\xff\xd8\xff"], "audio/ogg": [b"OggS"], "audio/wav": [b"RIFF"],
         "audio/mpeg": [b"ID3", b"\xff"], "audio/flac": [b"fLaC"]}


class Check(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        assert tag in KNOWN, tag
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("href", "srcset"), name
            if name == "src":
                kind, data = re.fullmatch(r"data:([a-z/]+);base64,(.*)", value, re.S).groups()
                data = base64.b64decode(data, validate=True)
                assert any(data.startswith(m) for m in MAGIC[kind]), kind
                assert len(data) <= 1 << 20


text = open("page.html", encoding="utf-8").read()
Check().feed(text)
assert "default-src 'none'" in text and "http" not in re.sub(r"http-equiv", "", text)
PY
}

# Sounds: the one asked with, by its id, and six more; files that browsers play stay as they are.
want 0 query store --id m/tone.wav --dataset m -k 20 --html page.html
count '<audio controls' 7
count 'src="data:audio/ogg' 2
count 'src="data:audio/mpeg' 1
count 'no player' 0
harmless
grep -q '2\.5 s, WAV' page.html || fail "the span does not play as a span"
grep -q 'media/long.wav; 10 s to 12.5 s; 2\.5 s, WAV' page.html || fail "a span without its file and times"
grep -q '<div>m/span</div>' page.html || fail "a hit without its data set"
in_out "media/long.wav  10 s to 12.5 s"
# Facts do not push the page wide: a line may end between them and within a long one.
grep -q 'facts[^}]*nowrap' page.html && fail "facts that cannot wrap"
! grep -q '</span><span class="facts">' page.html || fail "facts without a blank between them"
grep -q '1 min 30 s, WAV; its first 1 min 6 s play: a page holds 1 MiB of a sound at most' page.html ||
    fail "a sound that was cut is not told"

# Shapes: by a file, in a folder and in an archive; names are escaped.
want 0 query store --file media/egg.xyz --dataset m -k 9 --html page.html
count '<img alt=' 4
count '&lt;b&gt;hostile&lt;/b&gt;' 2
harmless
want 0 query store --file "media/<img src=x>&\"'.obj" --dataset m -k 9 --html page.html
count '<img src=x' 0
harmless

# Images: every format, rows of arrays, members of archives.
want 0 query store --id m/jpeg_exif6.jpg --dataset m -k 20 --html page.html
if [ $svg -eq 1 ]; then count '<img alt=' 8; else count '<img alt=' 6; fi
count 'no thumbnail' 0
harmless

# Sounds over the cap of a page are named, not played: 45 times at least 1 MiB are more than 32 MiB.
for i in $(seq 45); do echo '{"id": "m/long.wav", "modality": "audio", "k": 1}'; done |
    "$FEATCACHE" query store --batch --html page.html >out 2>err || fail "a batch"
grep -q 'no player: a page holds 32 MiB of sounds at most' page.html || fail "the cap of a page is not told"
[ "$(stat -c %s page.html)" -lt $((46 << 20)) ] || fail "the page is larger than its cap"

# What is gone is told, and the page goes on.
rm media/vorbis.ogg media/box.obj
mv media/pack.zip media/other.zip
want 0 query store --id m/tone.wav --dataset m -k 20 --html page.html
count 'no player: ' 2
want 0 query store --file media/egg.xyz --dataset m -k 9 --html page.html
count 'no thumbnail: ' 2
harmless

# Another program that draws SVGs: the pictures of the page are drawn by it, too.
if [ $svg -eq 1 ]; then
    want 0 query store --id m/jpeg_exif6.jpg --dataset m -k 20 --html page.html --svg-helper /no/such/helper
    count 'no thumbnail: ' 3 # the two in the archive that is gone are two of them
fi
