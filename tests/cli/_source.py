"""Make a small data set: FOLDER/kind/name.png with name.txt beside it, and manifest.csv above.

Pictures are gratings whose angle and colour follow the kind, so that a kind's pictures are nearest
to each other. Written with the standard library alone.

    _source.py FOLDER N
"""
import math
import os
import struct
import sys
import zlib

KINDS = [("bird", (200, 40, 40)), ("fish", (40, 60, 200)), ("tree", (40, 160, 50)), ("house", (150, 130, 90))]


def png(width, height, rgb_rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row for row in rgb_rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6))
            + chunk(b"IEND", b""))


def picture(kind, i, size=48):
    angle = math.pi * kind / len(KINDS)
    colour = KINDS[kind][1]
    rows = []
    for y in range(size):
        row = bytearray()
        for x in range(size):
            wave = math.sin((x * math.cos(angle) + y * math.sin(angle)) * 0.5 + 0.3 * i)
            row += bytes(max(0, min(255, int(c * (1 + 0.4 * wave) + (i * 7) % 11))) for c in colour)
        rows.append(bytes(row))
    return png(size, size, rows)


def main():
    folder, n = sys.argv[1], int(sys.argv[2])
    lines = ["id,path,text,split,kind,year"]
    for i in range(n):
        kind = i % len(KINDS)
        name = KINDS[kind][0]
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        split = "test" if i // len(KINDS) % 3 == 2 else "train"
        text = f"a picture of a {name}, number {i}, with stripes of the {name} kind"
        with open(f"{folder}/{name}/{name}{i}.png", "wb") as f:
            f.write(picture(kind, i))
        with open(f"{folder}/{name}/{name}{i}.txt", "w") as f:
            f.write(text + "\n")
        base = os.path.basename(folder.rstrip("/"))
        lines.append(f"{name}{i},{base}/{name}/{name}{i}.png,,{split},{name},{2000 + i}")
        lines.append(f'{name}{i}-text,,"{text}",{split},{name},{2000 + i}')
    with open(f"{folder.rstrip('/')}.csv", "w") as f:
        f.write("\n".join(lines) + "\n")


main()
