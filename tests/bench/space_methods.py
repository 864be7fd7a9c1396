"""The table of tests/bench/README.md out of what space_methods.sh printed.

    space_methods.py RESULTS.jsonl...
    space_methods.py --check RESULTS.jsonl...

--check holds the results against what is promised, and fails with what does not hold: the best method of
stamps and openclipart nowhere worse than ridge (recall@10, no interval below zero) and better somewhere with an
interval above zero; sounds and furniture with a lower end above twice the chance; built-ins above chance.
Only sets that are there are checked; --check says which.
"""
import json
import sys

FUSED = ("stamps", "openclipart")


def read(paths):
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as f:
            rows += [json.loads(line) for line in f if line.strip()]
    return rows


def with_interval(value, interval):
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def print_row(r, method, scored, difference):
    print(f"| {r['set']}, {r['from']} to {r['to']} | {method} "
          f"| {with_interval(scored['recall']['1'], scored['interval']['1'])} "
          f"| {with_interval(scored['recall']['10'], scored['interval']['10'])} "
          f"| {with_interval(scored['mrr'], scored['interval']['mrr'])} | {scored['median_rank']:.1f} "
          f"| {r['chance']['10']:.3f} | {difference} |")


def table(rows):
    print("| data, direction | method | recall@1 | recall@10 | MRR | median rank | chance @10 | recall@10 against ridge |")
    print("|---|---|---|---|---|---|---|---|")
    asked = None
    for r in sorted(rows, key=lambda r: (r["set"], r["from"])):
        if asked != (r["set"], r["from"]):
            print_row(r, "ridge", r["against"], "")
        asked = (r["set"], r["from"])
        d = r["against"]["difference"]
        print_row(r, r["method"], r, f"{d['recall']['10']:+.3f} ({d['interval']['10'][0]:+.3f} to "
                                     f"{d['interval']['10'][1]:+.3f})")


def best_against_ridge(rows):
    """The method with the highest mean recall@10 over the directions of both sets, and its differences."""
    methods = {}
    for r in rows:
        if r["set"] in FUSED:
            methods.setdefault(r["method"], []).append(r)
    most = max(len(v) for v in methods.values())
    best = max((m for m in methods if len(methods[m]) == most),
               key=lambda m: sum(r["recall"]["10"] for r in methods[m]))
    return best, methods[best]


def check(rows):
    problems = []
    if any(r["set"] in FUSED for r in rows):
        best, results = best_against_ridge(rows)
        better = False
        for r in results:
            d = r["against"]["difference"]
            low, high = d["interval"]["10"]
            print(f"{best}, {r['set']}, {r['from']} to {r['to']}: {d['recall']['10']:+.4f} against ridge "
                  f"({low:+.4f} to {high:+.4f})")
            better = better or low > 0
            if high < 0:
                problems.append(f"{best} is worse than ridge on {r['set']}, {r['from']} to {r['to']}")
        if not better:
            problems.append(f"{best} is nowhere clearly better than ridge")
    for r in rows:
        chance, low = r["chance"]["10"], r["interval"]["10"][0]
        if r["set"] in ("sounds", "furniture") and r["to"] == "text" and r["method"] == "cca":
            print(f"{r['set']}, {r['from']} to text: recall@10 {r['recall']['10']:.4f}, lower end {low:.4f}, "
                  f"chance {chance:.4f}")
            if low <= 2 * chance:
                problems.append(f"{r['set']}: {low:.4f} is not above twice the chance, {chance:.4f}")
        if r["set"].endswith("-builtin") and r["method"] == "cca":
            print(f"{r['set']}, {r['from']} to {r['to']}: recall@10 {r['recall']['10']:.4f}, lower end {low:.4f}, "
                  f"chance {chance:.4f}")
            if r["set"] == "stamps-builtin" and low <= chance:
                problems.append(f"{r['set']}: {low:.4f} is not above chance, {chance:.4f}")
    for p in problems:
        print("FAILED:", p)
    return 1 if problems or not rows else 0


if sys.argv[1] == "--check":
    sys.exit(check(read(sys.argv[2:])))
table(read(sys.argv[1:]))
