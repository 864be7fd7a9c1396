#!/usr/bin/env python3
"""Damage a store in many ways; `query` and `export` must give the reference result or exit 4.

usage: damage.py FEATCACHE STORE N SEED

Kinds, in turn: a flipped bit, a zeroed page, two pages exchanged, a truncation - over data.mdb and
the segment files. A signal, a time-out, another exit code, or a result that differs is a failure.
"""
import collections
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

PAGE = 4096
TIMEOUT_S = 20


def run(*args):
    try:
        done = subprocess.run(args, capture_output=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return "hang", b""
    return done.returncode, done.stdout


def query(featcache, store):
    code, out = run(featcache, "query", store, "--text", "thing number seven", "-k", "5", "--json")
    if code != 0:
        return code, None
    hits = json.loads(out)["hits"]
    return code, [(h["dataset"], h["id"], round(h["score"], 3)) for h in hits]


def export(featcache, store, folder):
    shutil.rmtree(folder, ignore_errors=True)
    code, _ = run(featcache, "export", store, "-o", folder, "--progress=never")
    if code != 0:
        return code, None
    files = {}
    for path in sorted(glob.glob(folder + "/*")):
        with open(path, "rb") as f:
            files[os.path.basename(path)] = f.read()
    return code, files


def damage(path, rng, kind):
    size = os.path.getsize(path)
    with open(path, "r+b") as f:
        if kind == "flip":
            at = rng.randrange(size)
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ (1 << rng.randrange(8))]))
            return f"bit flip at {at}"
        pages = max(1, size // PAGE)
        if kind == "zero":
            page = rng.randrange(pages)
            f.seek(page * PAGE)
            f.write(b"\0" * min(PAGE, size - page * PAGE))
            return f"page {page} zeroed"
        if kind == "exchange" and pages > 1:
            a, b = rng.sample(range(pages), 2)
            f.seek(a * PAGE)
            first = f.read(PAGE)
            f.seek(b * PAGE)
            second = f.read(PAGE)
            n = min(len(first), len(second))
            f.seek(a * PAGE)
            f.write(second[:n])
            f.seek(b * PAGE)
            f.write(first[:n])
            return f"pages {a} and {b} exchanged"
        cut = rng.randrange(size)
        f.truncate(cut)
        return f"cut to {cut} of {size} bytes"


def main():
    featcache, store, n, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(seed)
    work = tempfile.mkdtemp(dir=os.path.dirname(store))
    reference_query = query(featcache, store)
    reference_export = export(featcache, store, work + "/reference")
    if reference_query[0] != 0 or reference_export[0] != 0 or not reference_export[1]:
        sys.exit(f"the undamaged store: query {reference_query[0]}, export {reference_export[0]}")
    files = [os.path.relpath(p, store) for p in [store + "/data.mdb"] + sorted(glob.glob(store + "/segments/*"))]
    outcomes, failures = collections.Counter(), 0
    for i in range(n):
        target = files[0] if i % 2 == 0 else rng.choice(files)
        kind = ("flip", "flip", "zero", "exchange", "truncate")[i % 5]
        hurt = work + "/hurt"
        shutil.rmtree(hurt, ignore_errors=True)
        shutil.copytree(store, hurt)
        what = damage(os.path.join(hurt, target), rng, kind)
        for name, got, want in (
            ("query", query(featcache, hurt), reference_query),
            ("export", export(featcache, hurt, work + "/out"), reference_export),
        ):
            if got[0] == 4:
                outcomes[name + ": exit 4"] += 1
            elif got == want:
                outcomes[name + ": as the reference"] += 1
            else:
                failures += 1
                word = "silent difference" if got[0] == 0 else f"exit {got[0]}"
                outcomes[name + ": " + word] += 1
                print(f"FAILED {i}: {target}: {what}: {name}: {word}", file=sys.stderr)
    shutil.rmtree(work)
    print(f"{n} damages over {len(files)} files:", ", ".join(f"{k} {v}" for k, v in sorted(outcomes.items())))
    sys.exit(1 if failures else 0)


main()
