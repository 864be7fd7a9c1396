#!/usr/bin/env python3
"""Make the archives and arrays that containers.sh reads. Standard library only.

usage: _containers.py BIRDS OUT
"""
import io
import os
import random
import struct
import sys
import tarfile
import zipfile

import _npy


def files(folder):
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(root, name)
            with open(path, "rb") as f:
                yield os.path.relpath(path, folder), f.read()


def add(tar, name, data, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(data))


def equal_archives(birds):
    for mode, name in (("w", "birds.tar"), ("w:gz", "birds.tar.gz")):
        with tarfile.open(name, mode) as tar:
            for path, data in files(birds):
                add(tar, "./" + path, data)
    with zipfile.ZipFile("birds.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for path, data in files(birds):
            z.writestr(path, data)
    with zipfile.ZipFile("birds.sh3f", "w") as z:  # stored
        for path, data in files(birds):
            z.writestr(path, data)


def webdataset():
    with tarfile.open("shard.tar", "w") as tar:
        for i in range(6):
            add(tar, f"d/{i:03d}.one.txt", f"the first text of number {i}".encode())
            add(tar, f"d/{i:03d}.two.txt", f"another text, also number {i}".encode())
            add(tar, f"d/{i:03d}.json", b'{"year": %d, "tags": ["a", "b"], "who": null}' % (1990 + i))
        add(tar, "alone.json", b'{"text": "nothing beside it"}')
        add(tar, "bad.txt", b"its metadata are broken")
        add(tar, "bad.json", b'{"year": ')


def bad_members():
    with tarfile.open("bad.tar", "w") as tar:
        add(tar, "good.txt", b"a good text")
        add(tar, "../outside.txt", b"leads out")
        add(tar, "/etc/absolute.txt", b"absolute")
        add(tar, "link.txt", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add(tar, "hard.txt", b"", type=tarfile.LNKTYPE, linkname="good.txt")
        add(tar, "pipe", b"", type=tarfile.FIFOTYPE)
        add(tar, ".hidden.txt", b"skipped, as in a folder")
        add(tar, "good.txt", b"the same name again")
        add(tar, "caf\u00e9.txt", "un caf\u00e9".encode())
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as z:
            z.writestr("a.txt", "inside")
        add(tar, "nested.zip", inner.getvalue())
    with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.txt", "before the bomb")
        z.writestr("bomb.txt", b"\n" * (100 << 20))
        z.writestr("z.txt", "behind the bomb")
    data = bytearray(open("birds.zip", "rb").read())
    data[8 * len(data) // 9 - 700] ^= 0xFF
    at = data.index(b"PK\x03\x04")
    data[at + 6] |= 1  # the local header says encrypted, and so does the directory
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    open("encrypted.zip", "wb").write(data)
    whole = open("birds.tar", "rb").read()
    open("cut.tar", "wb").write(whole[: len(whole) // 2 + 100])
    open("cut.zip", "wb").write(open("birds.zip", "rb").read()[:3000])


def many():
    with tarfile.open("many.tar", "w") as tar:
        for i in range(3000):
            add(tar, f"{i:05d}.txt", f"text number {i} of many, {i * 7919 % 1000}".encode() * 2)


def arrays():
    random.seed(7)
    n, dim = 40, 16
    values = [random.gauss(0, 1) for _ in range(n * dim)]
    _npy.write("vectors.npy", "<f4", (n, dim), struct.pack(f"<{n * dim}f", *values))
    _npy.write("vectors64.npy", "<f8", (n, dim), struct.pack(f"<{n * dim}d", *values))
    _npy.write("seventh.npy", "<f4", (dim,), struct.pack(f"<{dim}f", *values[7 * dim : 8 * dim]))
    values[5] = float("nan")
    _npy.write("nan.npy", "<f4", (n, dim), struct.pack(f"<{n * dim}f", *values))
    _npy.write("cut.npy", "<f4", (1 << 30, dim), b"\0" * 64)


os.chdir(sys.argv[2])
equal_archives(sys.argv[1])
webdataset()
bad_members()
many()
arrays()
