# Every --max-* option of ingest: one below what the file has refuses it, with the option, the limit
# and what the file has in the reason, and the run goes on; exactly what it has takes it.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
command -v python3 >/dev/null || { echo "SKIPPED: python3 makes the files"; exit 77; }
mkdir pixels samples points triangles text file member members nesting draw
cp "$FC_SOURCE_DIR/tests/golden/images/jpeg_420.jpg" pixels/a.jpg
python3 - <<'END' || fail "cannot make the files"
import struct, tarfile, zipfile
samples = b"".join(struct.pack("<h", i % 50 * 600 - 15000) for i in range(4000))
fmt = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
open("samples/a.wav", "wb").write(b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " +
                                  struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(samples)) + samples)
open("points/a.xyz", "w").write("".join(f"{i} {i * i % 7} {i % 3}\n" for i in range(100)))
open("triangles/a.off", "w").write("OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n" + "3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n" )
open("text/a.txt", "w").write("a text of " + "words " * 100)
open("file/a.txt", "w").write("b" * 300)
with zipfile.ZipFile("member/a.zip", "w") as z: z.writestr("one.txt", "c" * 500)
with tarfile.open("members/a.tar", "w") as t:
    for i in range(5):
        open("m.txt", "w").write(f"text {i}")
        t.add("m.txt", f"{i}.txt")
open("nesting/a.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' +
                                 "<g>" * 9 + '<rect width="4" height="9"/>' + "</g>" * 9 + "</svg>")
open("draw/a.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' +
                              '<circle r="6" fill-opacity=".5" stroke="red"/>' * 400 + "</svg>")
END

# caps FOLDER OPTION LIMIT HAS: with LIMIT - 1 refused, with LIMIT taken. HAS: what the reason holds.
caps() {
    local folder=$1 option=$2 limit=$3 has=$4
    mkdir -p "$folder-in"
    cp "$folder"/* "$folder-in/"
    echo "a small text beside it" >"$folder-in/small.txt"
    want_json 1 'o["failed"] >= 1 and o["encoded"] >= 1 and o["sealed"]' \
        ingest "$folder.store" "$folder-in" "--$option" $((limit - 1)) ${extra:-}
    want_json 0 "any('--$option' in f['reason'] and '$((limit - 1))' in f['reason'] and '$has' in f['reason']
                     for f in o['failures'])" stat "$folder.store" --failures
    [ "${5:-}" = bites ] || want 0 ingest "$folder.store" "$folder-in" "--$option" "$limit" --retry-failed ${extra:-}
    tested+=" $option"
}

tested=
size=$(python3 - <<'END'
d = open("pixels/a.jpg", "rb").read()
i = next(i for i in range(len(d)) if d[i:i + 3] == b"\xff\xc0\0")
print(int.from_bytes(d[i + 5:i + 7], "big") * int.from_bytes(d[i + 7:i + 9], "big"))
END
)
caps pixels max-pixels "$size" pixels
caps samples max-samples 4000 4000
caps points max-points 100 points
caps triangles max-points 4 3
caps text max-text-bytes "$(stat -c %s text/a.txt)" "$(stat -c %s text/a.txt)"
caps file max-file-bytes 300 300
caps member max-file-bytes 500 500
caps members max-members 5 members
if [ -x "$FC_BUILD_DIR/featcache-svg" ]; then
    caps nesting max-nesting 11 nests
    # Processor time has no exact amount: ten milliseconds are too few, the default is enough.
    caps draw max-draw-ms 11 ms bites
    want 0 ingest draw.store draw-in --retry-failed
else
    echo "without featcache-svg: --max-draw-ms is not tried, --max-nesting is by the scan alone"
    caps nesting max-nesting 11 nests bites
    tested+=" max-draw-ms"
fi

# None is forgotten.
want 0 ingest --help
for option in $(grep -o -- '--max-[a-z-]*' out | sort -u | sed 's/^--//'); do
    [[ " $tested " == *" $option "* ]] || fail "--$option has no test here"
done
