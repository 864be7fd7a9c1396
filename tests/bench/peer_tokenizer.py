#!/usr/bin/env python3
"""Tokenizers on one thread: featcache beside the Python package `tokenizers`, in turns, in one run.

    peer_tokenizer.py --bench build/release/tests/bench_tokenizer LINES.txt TOKENIZER.json...
    peer_tokenizer.py --ids LINES.txt TOKENIZER.json      the ids of each line, as bench_tokenizer --ids

The package is asked a line at a time and a thousand at a time (encode_batch_fast, which keeps no
offsets), with TOKENIZERS_PARALLELISM=false; the faster of the two counts, the best of five rounds on both
sides. Ids must be equal, or the line says so.
"""
import argparse
import os
import re
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
try:
    from tokenizers import Tokenizer
except ImportError:
    sys.exit("peer_tokenizer.py: the package tokenizers is missing (pip install tokenizers)")

ROUNDS = 5
BATCH = 1000


def opened(path):
    t = Tokenizer.from_file(path)
    t.no_padding()
    t.no_truncation()
    return t


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as f:
        return f.read().split("\n")[:-1]


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(bench, lines_path, path):
    t, lines = opened(path), read_lines(lines_path)
    batches = [lines[i:i + BATCH] for i in range(0, len(lines), BATCH)]
    single = batch = ours = 1e9
    for _ in range(ROUNDS):
        single = min(single, seconds(lambda: [t.encode(line).ids for line in lines]))
        batch = min(batch, seconds(lambda: [[e.ids for e in t.encode_batch_fast(b)] for b in batches]))
        out = subprocess.run([bench, path, lines_path], capture_output=True, text=True, check=True).stdout
        ours = min(ours, float(re.search(r": ([0-9.]+) s,", out).group(1)))
    total = sum(sum(k * i for k, i in enumerate(t.encode(line).ids, 1)) for line in lines)
    equal = int(re.search(r"sum ([0-9]+)", out).group(1)) == total
    print("%-60s ours %.3f s, theirs %.3f s alone, %.3f s in batches: %.1f times%s" %
          (path[-60:], ours, single, batch, min(single, batch) / ours, "" if equal else "; THE IDS DIFFER"), flush=True)
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench")
    parser.add_argument("--ids", action="store_true")
    parser.add_argument("lines")
    parser.add_argument("tokenizers", nargs="+")
    args = parser.parse_args()
    if args.ids:
        t = opened(args.tokenizers[0])
        for line in read_lines(args.lines):
            print(*t.encode(line).ids)
        return 0
    return 0 if all([compare(args.bench, args.lines, path) for path in args.tokenizers]) else 1


if __name__ == "__main__":
    sys.exit(main())
