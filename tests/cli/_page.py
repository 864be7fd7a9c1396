"""Make the files that page.sh asks with: one of each kind that a page shows, some in archives.

    _page.py GOLDEN OUT

GOLDEN is tests/golden. Writes OUT/media/ and OUT/media.csv. Standard library only.
"""
import math
import os
import shutil
import struct
import sys
import tarfile
import wave
import zipfile

import _npy

golden, out = sys.argv[1:]
media = os.path.join(out, "media")
os.makedirs(media)


def copy(name):
    shutil.copy(os.path.join(golden, name), media)


def tone(path, seconds, rate=8000, pitch=440):
    with wave.open(path, "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(b"".join(
            struct.pack("<h", int(12000 * math.sin(2 * math.pi * pitch * i / rate * (1 + i / rate / 9))))
            for i in range(int(seconds * rate))))


def cloud(path, stretch):
    with open(path, "w") as f:
        for i in range(800):
            a, b = i * 2.399963, 1 - 2 * (i + 0.5) / 800
            r = math.sqrt(1 - b * b)
            f.write(f"{r * math.cos(a):.5f} {r * math.sin(a):.5f} {stretch * b:.5f}\n")


def box(path, w, h, d):
    corners = [(x * w, y * h, z * d) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    with open(path, "w") as f:
        f.writelines("v %g %g %g\n" % c for c in corners)
        f.writelines("f %d %d %d %d\n" % q for q in faces)


def arrays(path, n):
    _npy.write(path, "|u1", [n, 24, 20, 3],
               bytes((x * 10 + y * 7 * (row + 1) + c * 40) % 256
                     for row in range(n) for y in range(24) for x in range(20) for c in range(3)))


copy("audio/vorbis.ogg")
copy("audio/lame.mp3")
copy("audio/pcm24.wav")
copy("pictures/webp_lossy.webp")
copy("pictures/jpeg_exif6.jpg")
tone(os.path.join(media, "tone.wav"), 3)
tone(os.path.join(media, "long.wav"), 90)
cloud(os.path.join(media, "egg.xyz"), 1.6)
box(os.path.join(media, "box.obj"), 1, 2, 3)
box(os.path.join(media, "<img src=x>&\"'.obj"), 3, 1, 1)
arrays(os.path.join(media, "rows.npy"), 3)
with open(os.path.join(media, "star.svg"), "w") as f:
    f.write('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
            '<circle cx="45" cy="45" r="40" fill="teal"/><rect x="20" y="40" width="50" height="9"/></svg>')
with zipfile.ZipFile(os.path.join(media, "pack.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    for name in ("vorbis.ogg", "box.obj", "star.svg", "webp_lossy.webp", "tone.wav"):
        z.write(os.path.join(media, name), "in/" + name)
with tarfile.open(os.path.join(media, "pack.tar"), "w") as t:
    for name in ("vorbis.ogg", "box.obj"):
        t.add(os.path.join(media, name), "in/" + name)
with open(os.path.join(out, "media.csv"), "w") as f:
    f.write("id,path,row,start_s,end_s\n")
    for name in ("vorbis.ogg", "lame.mp3", "pcm24.wav", "tone.wav", "long.wav", "webp_lossy.webp",
                 "jpeg_exif6.jpg", "star.svg", "egg.xyz", "box.obj", "pack.zip/in/vorbis.ogg",
                 "pack.zip/in/box.obj", "pack.zip/in/star.svg", "pack.zip/in/webp_lossy.webp"):
        f.write(f"{name},media/{name},,,\n")
    f.write('"<b>hostile</b>","media/<img src=x>&""\'.obj",,,\n')
    for row in range(3):
        f.write(f"row{row},media/rows.npy,{row},,\n")
    f.write("span,media/long.wav,,10,12.5\n")
