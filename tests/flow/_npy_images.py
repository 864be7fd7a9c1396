#!/usr/bin/env python3
"""The same grey images as PNG files and as one array, and whether their features are the same.

usage: _npy_images.py make OUT            two hundred patterns: OUT/png/*.png, OUT/images.npy, OUT/png.csv
       _npy_images.py pack CSV OUT.npy    the 28 x 28 PNG files of a manifest, in its order
       _npy_images.py compare A B CSV     exports of both: row i of B is that of the manifest's line i of A

Standard library only.
"""
import csv
import json
import os
import random
import struct
import sys
import zlib

SIDE = 28


def png(pixels):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + pixels[y * SIDE : (y + 1) * SIDE] for y in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def pixels_of(path):
    """Of a PNG made as above: one IDAT, no filters."""
    with open(path, "rb") as f:
        data = f.read()
    at, packed = 8, b""
    while at < len(data):
        (n,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + n]
        at += 12 + n
    rows = zlib.decompress(packed)
    assert len(rows) == SIDE * (SIDE + 1) and not any(rows[:: SIDE + 1]), path
    return b"".join(rows[y * (SIDE + 1) + 1 : (y + 1) * (SIDE + 1)] for y in range(SIDE))


def head(n):
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({n}, {SIDE}, {SIDE}), }}".encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def paths_of(manifest):
    with open(manifest, newline="") as f:
        return [row["path"] for row in csv.DictReader(f)]


def pack(manifest, out):
    paths = paths_of(manifest)
    folder = os.path.dirname(os.path.abspath(manifest))
    with open(out, "wb") as f:
        f.write(head(len(paths)))
        for path in paths:
            f.write(pixels_of(os.path.join(folder, path)))


def make(out):
    random.seed(3)
    os.makedirs(os.path.join(out, "png"))
    with open(os.path.join(out, "png.csv"), "w") as f:
        f.write("path\n")
        for i in range(200):
            a, b, c = (random.randrange(1, 40) for _ in range(3))
            pixels = bytes((x * a + y * b + x * y * c // 7) % 256 for y in range(SIDE) for x in range(SIDE))
            with open(os.path.join(out, "png", f"{i:03d}.png"), "wb") as image:
                image.write(png(pixels))
            f.write(f"png/{i:03d}.png\n")
    pack(os.path.join(out, "png.csv"), os.path.join(out, "images.npy"))


def features(folder):
    """Of each id: the bytes of its row, of every output in the folder."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".npy"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        (n_head,) = struct.unpack("<H", data[8:10])
        with open(os.path.join(folder, name[:-4] + ".jsonl")) as f:
            ids = [json.loads(line)["id"] for line in f]
        size, rest = divmod(len(data) - 10 - n_head, len(ids))
        assert rest == 0
        for i, one in enumerate(ids):
            at = 10 + n_head + i * size
            found[name.split(".")[-2], one] = zlib.crc32(data[at : at + size]), data[at : at + 64]
    return found


def compare(a, b, manifest):
    of_files, of_rows = features(a), features(b)
    paths = paths_of(manifest)
    outputs = {output for output, _ in of_files}
    assert outputs and len(of_files) == len(of_rows) == len(outputs) * len(paths), (len(of_files), len(of_rows))
    for output in outputs:
        for i, path in enumerate(paths):
            assert of_files[output, path] == of_rows[output, str(i)], (output, path, i)


{"make": make, "pack": pack, "compare": compare}[sys.argv[1]](*sys.argv[2:])
