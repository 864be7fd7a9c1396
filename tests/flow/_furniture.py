"""Is the nearest of each furniture model of its kind? Held against chance, and against `eval`.

    _furniture.py MANIFEST ANSWERS EVAL

MANIFEST is furniture.csv, ANSWERS what `query --batch` said to one question a model in its order,
EVAL what `eval --json` said. Chance: two different models drawn blindly are of one kind.
"""
import collections
import csv
import json
import math
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    kinds = {row["id"]: row["kind"] for row in csv.DictReader(f) if row["id"].endswith(".obj")}
n = len(kinds)
hits = 0
with open(sys.argv[2], encoding="utf-8") as f:
    answers = [json.loads(line) for line in f]
assert len(answers) == n, f"{len(answers)} answers to {n} questions"
for (name, kind), answer in zip(kinds.items(), answers):
    first = answer["hits"][0]
    assert answer["query"]["id"].endswith(name) and first["id"] != name, answer["query"]
    hits += first["meta"]["kind"] == kind

z = 1.959964
p = hits / n
middle = (p + z * z / (2 * n)) / (1 + z * z / n)
half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
counts = collections.Counter(kinds.values())
chance = sum(c * (c - 1) for c in counts.values()) / (n * (n - 1))
largest = max(counts.values()) / n
print(f"{n} models of {len(counts)} kinds; first neighbour of the same kind: {hits}, {p:.4f} "
      f"(95 % interval {middle - half:.4f} to {middle + half:.4f}); by chance {chance:.4f}, "
      f"always the most frequent kind {largest:.4f}")
by_eval = json.load(open(sys.argv[3], encoding="utf-8"))
print(f"eval --label kind: {by_eval['accuracy']:.4f} ({by_eval['interval'][0]:.4f} to {by_eval['interval'][1]:.4f})")
assert n == 820 and by_eval["queries"] == n and by_eval["gallery"] == n
# Equal scores (models that are copies of one another) may come in another order.
assert abs(by_eval["accuracy"] - p) < 0.01, "eval and query do not agree"
assert middle - half > 2 * chance, "not clearly above chance"
assert by_eval["interval"][0] > 2 * largest, "not clearly above the most frequent kind"
