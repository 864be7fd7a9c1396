# Archives and arrays as sources: the same content as the files, bad members told, unchanged ones not
# read, and a run that was killed inside an archive goes on.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
cp -r "$FC_SOURCE_DIR/tests/birds" birds
python3 "$here/_containers.py" "$work/birds" "$work" || fail "the archives could not be made"

# The same samples, groups and features however the files are packed.
want 0 ingest s.dir birds --dataset b --progress=never
digests s.dir >want.txt
[ -s want.txt ] || fail "no digests"
for a in birds.tar birds.tar.gz birds.zip birds.sh3f; do
    want 0 ingest "s.$a" $a --dataset b --progress=never
    digests "s.$a" >got.txt
    cmp -s want.txt got.txt || fail "$a: $(cat got.txt), the folder has $(cat want.txt)"
    sleep 0.1
    want_json 0 'o["samples"] == 22 and o["unchanged"] == 22 and not o["encoded"]' \
        ingest "s.$a" $a --dataset b --progress=never
done

# All of them are one content; inside a folder too.
mkdir folder && cp birds.tar birds.zip folder && cp -r birds/photos folder
want_json 0 'o["samples"] == 64 and o["encoded"] == 0 and o["reused"] == 64' \
    ingest s.dir folder --dataset inside --progress=never
want 0 query s.dir --text robin --dataset inside -k 3 --html page.html
grep -q 'birds.zip/photos\|birds.tar/photos' out || fail "no hit inside an archive"
sleep 0.1
want 0 ingest s.dir folder --dataset inside --progress=never # settles the times
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    # The leak checker cannot run under a tracer.
    ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=open,openat,openat2 -o trace "$FEATCACHE" ingest s.dir folder --dataset inside \
        --progress=never >out 2>err || fail "ingest under strace"
    ! grep -q 'birds\.\(zip\|tar\)"' trace || fail "an unchanged archive was opened"
fi

# A changed archive: only its new content is encoded, and what is gone is gone.
python3 - <<'PY'
import zipfile
with zipfile.ZipFile("folder/birds.zip", "a") as z:
    z.writestr("new.txt", "a bird that nobody has seen")
PY
want_json 0 'o["samples"] == 65 and o["encoded"] == 1' ingest s.dir folder --dataset inside --progress=never
rm folder/birds.tar
want_json 0 'o["gone"] == 22 and o["encoded"] == 0' ingest s.dir folder --dataset inside --progress=never

# Pictures of a page come out of archives.
want 0 query s.dir --file birds/photos/robin.png --dataset inside -k 2 --html page.html
! grep -q 'no thumbnail' page.html || fail "a hit in an archive has no picture"

# WebDataset: groups up to the first dot, .json as metadata.
want 1 ingest s.shard shard.tar --progress=never
grep -q 'bad.json: .*not a JSON object' err || fail "broken metadata are not told"
want_json 0 '[h["id"] for h in o["hits"]] == ["d/003.one.txt", "d/003.two.txt"] or
             [h["id"] for h in o["hits"]] == ["d/003.two.txt", "d/003.one.txt"]' \
    query s.shard --text "number 3" --where 'year = 1993'
want_json 0 'o["hits"][0]["group"] == "d/003" and o["hits"][0]["meta"]["tags"] == "[\"a\",\"b\"]"' \
    query s.shard --text "number 3" --where 'year = 1993'

# Members that cannot be taken: each with its reason, the rest goes on.
want 1 ingest s.bad bad.tar --progress=never
for reason in "'..' in its name" 'absolute name' 'is a link' 'not a regular file' 'name of one before it' \
    'an archive inside the archive'; do
    grep -qF "$reason" err || fail "bad.tar: nothing about: $reason"
done
want_json 0 'o["datasets"][0]["versions"][-1]["count"] == 2' stat s.bad
sleep 0.1
want_json 1 'o["failed"] == 7 and o["unchanged"] == 2 and not o["encoded"]' ingest s.bad bad.tar --progress=never
want 1 ingest s.bomb bomb.zip --max-file-bytes 64M --progress=never
grep -q 'bomb.txt: .*104857600 bytes; at most' err || fail "the bomb"
want_json 0 'o["datasets"][0]["versions"][-1]["count"] == 2' stat s.bomb
want 1 ingest s.enc encrypted.zip --progress=never
grep -q 'is encrypted' err || fail "an encrypted member"
want 1 ingest s.cut cut.tar --progress=never
grep -q 'cut.tar: .*broken after\|broken' err || fail "a tar that breaks off"
want 1 ingest s.cutzip cut.zip --progress=never
want 1 ingest s.few birds.zip --max-members 5 --progress=never
grep -q 'more than 5 members' err || fail "--max-members"

# A manifest that leads into archives and arrays.
printf 'path,row,modality\nbirds.zip/photos/robin.png,,\nbirds.tar/photos/robin.png,,\nvectors.npy,7,vector\nvectors.npy,99,\nbirds.zip/none.txt,,\nbirds.zip/photos,,\n' >m.csv
printf 'name: precomputed\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 16 }\n' >p.yaml
want 1 ingest s.m m.csv --encoder builtin/hog --encoder p.yaml --progress=never
grep -q 'row 99 of vectors.npy, which has 40' err || fail "a row that is not there"
grep -q "birds.zip has no member 'none.txt'" err || fail "a member that is not there"
want_json 0 'o["datasets"][0]["versions"][-1]["count"] == 3' stat s.m

# Rows of an array: precomputed features, by row number; a row is the array saved alone.
want 0 ingest s.v vectors.npy --dataset v --progress=never
want_json 0 'o["hits"][0]["id"] == "7" and o["hits"][0]["score"] > 0.9999 and o["hits"][0]["path"] == "vectors.npy/7"' \
    query s.v --file seventh.npy -k 1 --include-self
mkdir alone && cp seventh.npy alone
want_json 0 'o["encoded"] == 0 and o["reused"] == 1' ingest s.v alone --encoder p.yaml --progress=never
want_json 0 'o["unchanged"] == 40 or o["reused"] == 40' ingest s.v vectors.npy --dataset v --progress=never
want_json 0 'o["encoded"] == 40' ingest s.v vectors64.npy --dataset w --progress=never
want 1 ingest s.nan nan.npy --progress=never
grep -q 'number 5 is not finite' err || fail "a vector that is not finite"
want 4 ingest s.cutnpy cut.npy --progress=never
grep -q 'cut off' err || fail "an array that lies about its size"

# The beginning of an archive is told as such, as a source and in a folder.
python3 - <<'PY'
import os, tarfile, zipfile
open("noise.bin", "wb").write(os.urandom(9000))
with zipfile.ZipFile("whole.zip", "w") as z:
    z.write("noise.bin")
with tarfile.open("whole.tgz", "w:gz") as t:
    t.add("noise.bin")
PY
mkdir torn
head -c 3000 whole.zip >torn/cut.zip
head -c 3000 whole.tgz >torn/cut.tgz
for source in torn torn/cut.zip torn/cut.tgz; do
    want 1 ingest s.torn "$source" --dataset "${source##*/}" --progress=never
    grep -q 'neither a zip nor' err && fail "$source is the beginning of an archive"
    case $source in *zip | torn) in_err "cut.zip: a zip archive that is cut off or broken" ;; esac
    case $source in *tgz | torn) in_err "cut.tgz: a compressed archive that is cut off" ;; esac
done

# What an array cannot be taken for is told: as a source, in a folder, in an archive.
mkdir odd
python3 - <<'PY'
import shutil, struct, zipfile
def npy(path, descr, order, shape, n):
    head = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    head += b" " * (-(10 + len(head) + 1) % 64) + b"\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(n))
npy("odd/big.npy", ">f4", False, (4,), 16)
npy("odd/fortran.npy", "<f4", True, (4, 4), 64)
npy("odd/many.npy", "|u1", False, (9, 28, 28), 9 * 28 * 28)
with zipfile.ZipFile("odd/pack.npz", "w") as z:
    z.write("odd/many.npy", "x.npy")
PY
want 1 ingest s.odd odd --progress=never
in_err "big.npy: NumPy array of big-endian numbers"
in_err "fortran.npy: NumPy array in Fortran order"
in_err "many.npy: NumPy array of many images; name it as a source, or its rows in a manifest"
in_err "pack.npz/x.npy: NumPy array of many images; unpack it and name it as a source"
grep 'many images' err | grep -q 'not a format' && fail "an array of many is no unknown format"
want 4 ingest s.be odd/big.npy --progress=never
grep -q "big-endian numbers, dtype '>f4'; save" err || fail "the dtype of a big-endian array"

# Killed inside an archive: what was committed is not encoded again, and the end is the same.
want 0 ingest s.whole many.tar --dataset m --progress=never
digests s.whole >want.txt
for wait in 0.05 0.15 0.3; do
    timeout -s KILL $wait "$FEATCACHE" ingest s.killed many.tar --dataset m --batch 1 --progress=never >out 2>err
done
# One that is stopped commits, and its members are not encoded again. A busy machine may need longer to
# begin: a run that was stopped before its first sample is tried again.
before=0
for wait in 0.1 0.2 0.4 0.8 1.6; do
    timeout -s INT $wait "$FEATCACHE" ingest s.killed many.tar --dataset m --jobs 1 --progress=never --json >out 2>err
    before=$(python3 -c 'import json; t = open("out").read(); print(json.loads(t)["encoded"] if t.strip() else 0)')
    [ "$before" -eq 0 ] || break
done
[ -n "$before" ] || fail "a stopped run's report: $(cat out)"
want_json 0 'o["samples"] == 3000 and o["reused"] >= '"$before"' and o["encoded"] <= 3000 - '"$before"'' \
    ingest s.killed many.tar --dataset m --progress=never
digests s.killed >got.txt
cmp -s want.txt got.txt || fail "after a kill: $(cat got.txt), wanted $(cat want.txt)"
want 0 verify s.killed --full
