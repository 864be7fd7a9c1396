#!/usr/bin/env python3
"""Texts step by step: featcache beside Python's C code for the same, one thread each, in turns, in one
run.

    find DIR -name '*.txt' | peer_text.py --bench-text build/release/tests/bench_text [--rounds N]

    venv=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/bench-venv
    python3 -m venv $venv && $venv/bin/pip install PyStemmer scikit-learn

The texts are in memory before the clock runs. The best of N rounds counts on both sides, in time on the
processor. The steps are as near as can be, not equal: re's \\w+ for words, Snowball by PyStemmer, and for
features scikit-learn's HashingVectorizer over the same n-grams of characters and over words.
"""
import argparse
import re
import subprocess
import sys
import time
import unicodedata

try:
    import Stemmer
    from sklearn.feature_extraction.text import HashingVectorizer
except ImportError:
    sys.exit(__doc__ + "\npeer_text.py: a package is missing; the two commands above install them")

WORD = re.compile(r"\w+")


def steps(raw):
    texts = [b.decode("utf-8", errors="replace") for b in raw]
    folded = [unicodedata.normalize("NFC", t.casefold()) for t in texts]
    stemmer = Stemmer.Stemmer("english")
    letters = HashingVectorizer(n_features=1024, analyzer="char_wb", ngram_range=(3, 5))
    words = HashingVectorizer(n_features=1024, ngram_range=(1, 2), token_pattern=r"\w+")
    return {
        "decode": lambda: [b.decode("utf-8", errors="replace") for b in raw],
        "fold nfc": lambda: [unicodedata.normalize("NFC", b.decode("utf-8", errors="replace").casefold()) for b in raw],
        "fold nfkc": lambda: [unicodedata.normalize("NFKC", b.decode("utf-8", errors="replace").casefold()) for b in raw],
        "words runs": lambda: [WORD.findall(t) for t in folded],
        "words and stems": lambda: [stemmer.stemWords(WORD.findall(t)) for t in folded],
        "features": lambda: (letters.transform(folded), words.transform(folded)),
    }


def seconds(step):
    begin = time.process_time()
    step()
    return time.process_time() - begin


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bench-text", required=True)
    p.add_argument("--rounds", type=int, default=5)
    args = p.parse_args()
    names = sys.stdin.read()
    raw = [open(name, "rb").read() for name in names.split("\n") if name]
    size = sum(len(b) for b in raw) * 1e-6
    theirs, ours, peers = {}, {}, steps(raw)
    for _ in range(args.rounds):
        for name, step in peers.items():
            theirs[name] = max(theirs.get(name, 0), size / seconds(step))
        out = subprocess.run([args.bench_text, "1"], input=names, text=True, check=True, capture_output=True).stdout
        for line in out.splitlines()[1:]:
            name, rate = line[:16].strip(), float(line[16:])
            ours[name] = max(ours.get(name, 0), rate)
    print("%d files, %.2f MB, best of %d in turns; MB of input a second of one core" % (len(raw), size, args.rounds))
    print("%-16s %9s %9s %6s" % ("what", "featcache", "Python", "times"))
    for name, rate in ours.items():
        peer = theirs.get(name)
        print("%-16s %9.1f" % (name, rate) + (" %9.1f %6.1f" % (peer, rate / peer) if peer else ""))


main()
