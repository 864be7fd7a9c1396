#!/usr/bin/env python3
"""Make tests/golden/text; needs Python 3.11 (Unicode 14).

Each line of a .tsv has fields apart by a tab, texts as UTF-8 in hexadecimal:
repair.tsv      bytes; the same by bytes.decode('utf-8', errors='replace')
"""
import os
import random

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text")


def repairs():
    rng = random.Random(4)
    cases = [b"abc\xff", b"ab\xc3", b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", b"\xed\xa0\x80\xed\xbf\xbf\xed\xafA",
             b"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82A", b"\xf4\x91\x92\x93\xffA\x80\xbfB", b"\xf5\x80\x80\x80",
             b"\xf0\x9f\x90", b"\xe4\xb8", b"\xef\xbb\xbfx\xff", b"\xf0\x9f\x90\xa6 gr\xfc\xdf", b"\x80"]
    # Lead and trail bytes near the borders of the table, and whole characters between them.
    parts = [bytes([b]) for b in (0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
                                  0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff)]
    parts += ["\u00e9".encode(), "\u7ea2".encode(), "\U0001f426".encode()]
    for _ in range(600):
        cases.append(b"".join(rng.choice(parts) for _ in range(rng.randint(1, 12))))
    for c in cases:
        if c[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            yield c.hex(), c.decode("utf-8", errors="replace").encode().hex()


def write(name, rows):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as f:
        for row in rows:
            f.write("\t".join(row) + "\n")


write("repair.tsv", repairs())
