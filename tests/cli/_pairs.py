"""Pairs of a vector and a sentence that a linear map can bring together.

    _pairs.py FOLDER GROUPS DIM [SEED]

Writes FOLDER/vectors.npy (f32, GROUPS x DIM), FOLDER/vec.yaml (its card) and FOLDER/pairs.csv: for each group a row of the
array and a sentence of three words out of 7, 5 and 4. The vector is the sum of a fixed random
vector for each of the words, so that a sentence that was never seen is found by its parts.
"""
import csv
import os
import random
import sys

from _npy import write_rows

WORDS = (
    "red green blue black white yellow purple".split(),
    "fox owl tree boat house".split(),
    "runs sleeps stands falls".split(),
)


def main():
    folder, n, dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    parts = {w: [rng.gauss(0, 1) for _ in range(dim)] for words in WORDS for w in words}
    all_three = [(a, b, c) for a in WORDS[0] for b in WORDS[1] for c in WORDS[2]]
    if n > len(all_three):
        sys.exit(f"at most {len(all_three)} groups")
    chosen = rng.sample(all_three, n)
    os.makedirs(folder, exist_ok=True)
    rows = [[sum(parts[w][i] for w in words) + 0.1 * rng.gauss(0, 1) for i in range(dim)] for words in chosen]
    write_rows(os.path.join(folder, "vectors.npy"), rows)
    with open(os.path.join(folder, "vec.yaml"), "w") as f:
        f.write(f"name: vec\nmodality: vector\nencoder: builtin/precomputed\nparams: {{ dim: {dim} }}\n")
    with open(os.path.join(folder, "pairs.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["id", "path", "row", "text", "group"])
        for i, words in enumerate(chosen):
            out.writerow([f"v{i}", "vectors.npy", i, "", f"g{i}"])
            out.writerow([f"t{i}", "", "", "the {} {} {}".format(*words), f"g{i}"])


main()
