#!/usr/bin/env python3
"""Turn Fashion-MNIST's IDX files into PNG files and a manifest.

usage: _fashion.py IDX_FOLDER OUT

Writes OUT/train/00000.png ... OUT/test/..., and OUT/fashion.csv with the columns path, split, label.
Standard library only.
"""
import csv
import gzip
import os
import struct
import sys
import zlib

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def read(folder, name):
    path = os.path.join(folder, name)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz") as f:
            return f.read()
    with open(path, "rb") as f:
        return f.read()


def png(pixels, width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def main():
    source, out = sys.argv[1], sys.argv[2]
    with open(os.path.join(out, "fashion.csv.part"), "w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["path", "split", "label"])
        for split, stem in (("train", "train"), ("test", "t10k")):
            images = read(source, stem + "-images-idx3-ubyte")
            labels = read(source, stem + "-labels-idx1-ubyte")
            count, height, width = struct.unpack(">III", images[4:16])
            os.makedirs(os.path.join(out, split), exist_ok=True)
            for i in range(count):
                at = 16 + i * width * height
                name = f"{split}/{i:05d}.png"
                with open(os.path.join(out, name), "wb") as image:
                    image.write(png(images[at : at + width * height], width, height))
                table.writerow([name, split, NAMES[labels[8 + i]]])
    os.rename(os.path.join(out, "fashion.csv.part"), os.path.join(out, "fashion.csv"))


main()
