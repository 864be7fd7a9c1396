# What --file takes: members of archives, rows of arrays, spans of sounds; caps of its own refuse.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
python3 "$here/_page.py" "$FC_SOURCE_DIR/tests/golden" "$work" || fail "the files could not be made"
grep -v svg media.csv >plain.csv
want 0 ingest store plain.csv --dataset m --progress=never

# scores ARGUMENT...: ids and scores of the hits.
scores() { json '[(h["id"], h["score"]) for h in o["hits"]]' query store "$@" -k 20; }

# A member is the same question as the file, from wherever we stand, also through a link.
whole=$(scores --file media/box.obj)
[ "$whole" = "$(scores --file media/pack.zip/in/box.obj)" ] || fail "a member asks otherwise"
ln -s media/pack.zip link.zip
[ "$whole" = "$(scores --file "$work/link.zip/in/box.obj")" ] || fail "a member behind a link"
[ "$whole" = "$(cd media && json '[(h["id"], h["score"]) for h in o["hits"]]' query ../store \
    --file ../media/pack.zip/in/box.obj -k 20)" ] || fail "a member by a path that leads out and in"
mkdir 'folder.zip' && cp media/box.obj folder.zip
[ "$whole" = "$(scores --file folder.zip/box.obj)" ] || fail "a folder that looks like an archive"
want_json 0 'o["hits"][0]["id"] == "row2" and o["hits"][0]["score"] > 0.999' \
    query store --file media/rows.npy/2 --include-self
"$FEATCACHE" encode builtin/fpfh --file media/pack.zip/in/box.obj --output pooled -o a.npy &&
    "$FEATCACHE" encode builtin/fpfh --file media/box.obj --output pooled -o b.npy && cmp a.npy b.npy ||
    fail "encode reads no members"
want 2 query store --file media/pack.zip/in/none.obj
in_err "pack.zip has no member 'in/none.obj'"
want 2 query store --file media/rows.npy/3
in_err "row 3 of rows.npy"
want 2 query store --file media/tone.wav/x
in_err "neither an archive nor an array"
want 2 query store --file media/none.zip/x
in_err "none.zip"
want 2 query store --file media
head -c 300 media/pack.zip >cut.zip
want 4 query store --file cut.zip/in/box.obj
in_err "cut.zip"

# A span: the stored one is the same content, and left out unless it is asked for.
want_json 0 'o["hits"][0]["id"] == "span" and o["hits"][0]["score"] > 0.999
    and o["hits"][0]["start_s"] == 10 and o["hits"][0]["end_s"] == 12.5
    and o["query"]["start_s"] == 10 and o["query"]["end_s"] == 12.5' \
    query store --file media/long.wav --start-s 10 --end-s 12.5 --include-self
want_json 0 'all(h["id"] != "span" for h in o["hits"])' \
    query store --file media/long.wav --start-s 10 --end-s=12.5
want_json 0 'o["query"]["start_s"] == 0.5 and o["query"]["end_s"] is None' \
    query store --file media/pack.zip/in/tone.wav --start-s 0.5
echo '{"file": "media/long.wav", "start_s": 10, "end_s": 12.5, "include_self": true, "k": 1}' |
    "$FEATCACHE" query store --batch | check_json 'o["hits"][0]["id"] == "span"' || fail "a span in a batch"
want 2 query store --file media/long.wav --start-s 5 --end-s 5
want 2 query store --file media/long.wav --start-s -1
in_err "is not a number of seconds"
want 2 query store --file media/long.wav --start-s 1,5
want 2 query store --file media/long.wav --end-s 1e3
want 2 query store --text a --end-s 3
in_err "go with --file"
want 4 query store --file media/long.wav --start-s 100
in_err "the sound ends at 90 s"
want 2 query store --file media/box.obj --end-s 3
for line in '{"file": "media/long.wav", "start_s": "1"}' '{"file": "media/long.wav", "end_s": -1}' \
    '{"file": "media/long.wav", "start_s": 3, "end_s": 2}' '{"id": "m/span", "start_s": 3}'; do
    echo "$line" | "$FEATCACHE" query store --batch >out && fail "$line is answered"
    check_json '"error" in o' <out || fail "$line"
done

# capped OPTION VALUE FILE PART: refused below its size with a reason, taken above.
capped() {
    want 3 query store --file "$3" "$1" "$2"
    in_err "$4"
    want 0 query store --file "$3" "$1" 1000000
}
capped --max-pixels 50 media/jpeg_exif6.jpg "pixels"
capped --max-samples 100 media/tone.wav "samples a channel"
capped --max-points 5 media/box.obj "points"
capped --max-file-bytes 40 media/box.obj "40"
capped --max-file-bytes 40 media/pack.zip/in/box.obj "40"
capped --max-members 1 media/pack.tar/in/box.obj "1 members" # a zip has a directory: one member is one
echo "a tree by the river, and a house" >note.txt
want 3 query store --file note.txt --max-text-bytes 5
in_err "at most 5"
want 3 query store --text "a tree by the river" --max-text-bytes 5

# Of several files one cannot be decoded: which?
head -c 200 media/jpeg_exif6.jpg >broken.jpg
want 4 query store --file broken.jpg
in_err "broken.jpg: "
want 4 encode builtin/hog --file broken.jpg
in_err "broken.jpg: "
echo '{"file": "broken.jpg"}' | "$FEATCACHE" query store --batch >out && fail "half a picture is answered"
check_json 'o["error"].startswith("broken.jpg: ")' <out || fail "a batch does not name the file"
# encode has the options that its refusals name.
want 3 encode builtin/hog --file media/jpeg_exif6.jpg --max-pixels 50
in_err "--max-pixels"
want 0 encode builtin/hog --file media/jpeg_exif6.jpg --max-pixels 1000000
want 3 encode builtin/hashtext --text "a tree by the river" --max-text-bytes 5
in_err "--max-text-bytes"
