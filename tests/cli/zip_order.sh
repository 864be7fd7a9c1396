# The members of a zip in any order: a manifest that names 700 of them shuffled gives what the folder
# gives, however the zip was written; one whose directory lies gives no member under another's name.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
command -v python3 >/dev/null || { echo "SKIPPED: python3 makes the archives"; exit 77; }
python3 - <<'END' || fail "cannot make the archives"
import io, os, random, zipfile
random.seed(7)
names = [f"{i:04d}.txt" for i in range(700)]
text = {n: f"text {n} of {i * i % 97} words, and {i % 5}".encode() for i, n in enumerate(names)}

class Pipe(io.RawIOBase):  # cannot seek: sizes follow the bytes of each member
    def __init__(self, out): self.out = out
    def writable(self): return True
    def write(self, b): return self.out.write(b)

def zipped(out, method):
    with zipfile.ZipFile(out, "w", method) as z:
        for n in names: z.writestr(n, text[n])

os.mkdir("folder")
for n in names: open("folder/" + n, "wb").write(text[n])
for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
    zipped(f"{name}.zip", method)
with open("piped.zip", "wb") as f: zipped(Pipe(f), zipfile.ZIP_DEFLATED)
plain = open("deflated.zip", "rb").read()
lying = bytearray(plain)  # every offset of the directory is that of the next member
at, where = plain.index(b"PK\1\2"), []
while plain[at:at + 4] == b"PK\1\2":
    where.append(at)
    at += 46 + sum(int.from_bytes(plain[at + k:at + k + 2], "little") for k in (28, 30, 32))
for a, b in zip(where, where[1:] + where[:1]): lying[a + 42:a + 46] = plain[b + 42:b + 46]
open("lying.zip", "wb").write(lying)
for archive in ("stored", "deflated", "piped", "lying"):
    random.shuffle(names)
    open(archive + ".csv", "w").write("id,path\n" + "".join(f"{n},{archive}.zip/{n}\n" for n in names))
END
settle

ingest() { want_json 0 'o["encoded"] == 700 and o["failed"] == 0' ingest "$1.store" "$2" --dataset d --encoder builtin/hashtext --no-index; }
ingest folder folder
for archive in stored deflated piped; do
    ingest $archive $archive.csv
    [ "$(digests $archive.store)" = "$(digests folder.store)" ] || fail "$archive.zip in another order has other features"
done

# What its members' own headers say counts, or nothing: never the text of another name.
"$FEATCACHE" ingest lying.store lying.csv --dataset d --encoder builtin/hashtext --no-index --json >out 2>err
[ $? -le 1 ] || fail "a directory that lies: exit over 1"

# A link is none of its members, whether a walk comes by it or the directory leads to it.
python3 - <<'END' || fail "cannot make the links"
import zipfile
for name, before in (("early", 0), ("late", 700)):
    with zipfile.ZipFile(name + ".zip", "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(before): z.writestr(f"t/{i:04d}.txt", f"text {i}")
        link = zipfile.ZipInfo("t/link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        z.writestr(link, "../../etc/passwd")
        for i in range(before, 703): z.writestr(f"t/{i:04d}.txt", f"text {i}")
END
for archive in early late; do
    want 3 encode builtin/hashtext --file $archive.zip/t/link.txt
    in_err "is a link"
done
