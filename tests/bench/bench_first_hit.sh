#!/usr/bin/env bash
# How long a new process takes to its first hit: featcache query --vector over 100,000 vectors of 384
# dimensions in clusters, page cache warm; what it reads is checked as ever (pages and hash of the index).
#
#   tests/bench/bench_first_hit.sh FEATCACHE [RUNS]
#
# Needs Python with NumPy. Prints the median and the slowest of RUNS (default 30) in milliseconds, the whole
# process by the wall clock, beside `featcache --version`, which does nothing.
set -euo pipefail
featcache=$(realpath "${1:?the program}")
runs=${2:-30}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - <<'END'
import numpy as np
r = np.random.default_rng(1)
c = r.normal(size=(1000, 384))
np.save("rows.npy", (c[r.integers(0, 1000, 100000)] + 0.5 * r.normal(size=(100000, 384))).astype("f4"))
np.save("question.npy", (c[5] + 0.5 * r.normal(size=384)).astype("f4"))
END
printf 'name: vec\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 384 }\n' >vec.yaml
"$featcache" ingest store rows.npy --encoder vec.yaml --progress=never >&2
python3 - "$featcache" "$runs" <<'END'
import statistics, subprocess, sys, time
program, runs = sys.argv[1], int(sys.argv[2])
for name, args in (("query --vector", ["query", "store", "--encoder", "vec", "--vector", "question.npy"]),
                   ("--version", ["--version"])):
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([program, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(1000 * (time.perf_counter() - start))
    times = sorted(times[1:])
    print(f"{name:16} median {statistics.median(times):6.1f} ms, slowest {times[-1]:6.1f} ms")
END
