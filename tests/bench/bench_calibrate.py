"""What calibrated scores cost: CPU milliseconds a query, and of the first query of a process.

    python3 bench_calibrate.py FEATCACHE [ROWS [DIM [QUERIES]]]

A space of two members whose vectors were computed elsewhere: 4,096 rows of one, which the queries are of, and
ROWS of the other, in clusters. Each method is asked for QUERIES queries in one --batch, with --exact and
without; a query's cost is what the batch costs more than one of a single query. Needs NumPy.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

import numpy as np

program = os.path.abspath(sys.argv[1])
rows, dim, queries = (int(x) for x in (sys.argv[2:] + ["10000", "384", "20"][len(sys.argv) - 2:])[:3])
METHODS = ("none", "shift", "csls", "invsoftmax", "dis", "fair")


def run(*arguments, text=""):
    return subprocess.run([program, *arguments], input=text, check=True, capture_output=True, text=True).stdout


def cpu_ms(lines, *arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = run("query", "store", "--space", "ab", "--encoder", "a", "--dataset", "b", "--batch", *arguments,
              text="".join(lines))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(out.splitlines()) == len(lines)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main():
    rng = np.random.default_rng(11)
    centres = rng.standard_normal((200, dim))
    make = lambda n, gap: (centres[rng.integers(0, 200, n)] + rng.standard_normal((n, dim)) + gap).astype("<f4")
    gap = rng.standard_normal(dim)
    np.save("a.npy", make(4096, gap))
    np.save("b.npy", make(rows, -gap))
    for name in "ab":
        with open(f"{name}.yaml", "w") as f:
            f.write(f"name: {name}\nmodality: vector\nencoder: builtin/precomputed\nparams: {{ dim: {dim} }}\n")
        run("ingest", "store", f"{name}.npy", "--dataset", name, "--encoder", f"{name}.yaml", "--no-index")
    with open("ab.yaml", "w") as f:
        f.write("name: ab\nmembers:\n  - { card: a.yaml, output: vector }\n  - { card: b.yaml, output: vector }\n")
    run("space", "store", "ab.yaml")
    run("index", "store")
    lines = [json.dumps({"vector": [round(float(x), 5) for x in v], "k": 10}) + "\n" for v in make(queries + 1, gap)]
    print(f"{rows} x {dim}, {json.loads(run('stat', 'store', '--json'))['index'][-1]['kind']}")
    print("| method | ms a query | first | --exact, ms a query | first |\n|---|---|---|---|---|")
    for method in METHODS:
        cells = []
        for exact in ([], ["--exact"]):
            n = 1 + (queries if not exact or method == "none" else max(2, queries // 10))
            first = cpu_ms(lines[:1], "--calibrate", method, *exact)
            cells += [f"{(cpu_ms(lines[:n], '--calibrate', method, *exact) - first) / (n - 1):.1f}", f"{first:.0f}"]
        print(f"| `{method}` | {' | '.join(cells)} |", flush=True)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
