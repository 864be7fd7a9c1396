"""A manifest (CSV, to stdout) of openclipart's drawings with their titles: id,path,text,group.

    openclipart_manifest.py FOLDER

A drawing's title is `dc:title` of the `cc:Work` in its metadata, else the `title` below its root, without
"Clipart by SOMEBODY - ". Drawings whose titles are equal but for case, digits and punctuation are one group
with one text, the title of its first file: `crawfish_01.svg` and `crawfish_02.svg` must not stand on two
sides of a split. A title of more than MOST drawings is the name of a collection ("Lemon SVG theme") and says
nothing of one, so they are left out, as are titles with fewer than three letters, and copies of a file that
came before. Paths lie below FOLDER.
"""
import csv
import hashlib
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

MOST = 6
DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
SVG_TITLE = "{http://www.w3.org/2000/svg}title"


def title_of(path):
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return ""
    work = next((e for e in root.iter() if e.tag.endswith("}Work")), None)
    title = None if work is None else work.findtext(DC_TITLE)
    title = " ".join((title or root.findtext(SVG_TITLE) or "").split())
    return re.sub(r"^Clip ?art by .* - ", "", title, flags=re.I)


def drawings(folder):
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith(".svg"):
                yield os.path.relpath(os.path.join(place, name), folder)


folder = sys.argv[1]
groups = {}
seen = set()
for path in drawings(folder):
    with open(os.path.join(folder, path), "rb") as f:
        digest = hashlib.sha256(f.read()).digest()
    if digest in seen:
        continue
    seen.add(digest)
    title = title_of(os.path.join(folder, path))
    key = re.sub(r"[\W\d_]+", " ", title.casefold()).strip()
    if len(key.replace(" ", "")) >= 3:
        groups.setdefault(key, []).append((path, title))
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["id", "path", "text", "group"])
for key, members in groups.items():
    if len(members) <= MOST:
        for path, _ in members:
            out.writerow([path, path, "", key])
        out.writerow([members[0][0] + ".title", "", members[0][1], key])
