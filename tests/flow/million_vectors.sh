#!/usr/bin/env bash
# label: soak
# One million vectors of 64 dimensions in clusters: ingested out of one .npy, indexed by `auto`, and asked
# with 200 new ones. What is found is held against an exact scan: recall@10 at least 0.95.
set -uo pipefail
: "${FEATCACHE:?the built program}"
n=${FC_VECTORS:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -c 'import numpy' 2>/dev/null || { echo "SKIPPED: python3 has no numpy to make a million vectors"; exit 77; }
cd "$work" || exit 3
python3 - "$n" <<'END' || exit 3
import json, sys
import numpy as np
n, rng = int(sys.argv[1]), np.random.default_rng(7)
centres = rng.standard_normal((2000, 64))
make = lambda k: (centres[rng.integers(0, 2000, k)] + 0.7 * rng.standard_normal((k, 64))).astype("<f4")
np.save("rows.npy", make(n))
with open("questions", "w") as f:
    for row in make(200):
        f.write(json.dumps({"vector": [float(x) for x in row], "k": 10}) + "\n")
END
printf 'name: vec\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 64 }\n' >vec.yaml
"$FEATCACHE" ingest store rows.npy --encoder vec.yaml --progress=never || { echo "FAILED: ingest"; exit 1; }
"$FEATCACHE" index store --json || { echo "FAILED: index"; exit 1; }
"$FEATCACHE" query store --encoder vec --batch <questions >found 2>/dev/null || { echo "FAILED: query"; exit 1; }
"$FEATCACHE" query store --encoder vec --batch --exact <questions >exact 2>/dev/null || { echo "FAILED: exact query"; exit 1; }
python3 - "$n" <<'END'
import json, statistics, sys
found, exact = ([json.loads(line) for line in open(name)] for name in ("found", "exact"))
assert len(found) == len(exact) == 200 and not found[0]["index"]["exact"] and exact[0]["index"]["exact"]
assert found[0]["index"]["count"] == int(sys.argv[1])
right = sum(h["score"] >= e["hits"][-1]["score"] - 1e-6 for f, e in zip(found, exact) for h in f["hits"])
times = [[o["timing_ms"]["search"] for o in a[1:]] for a in (found, exact)]
print(f"{sys.argv[1]} vectors, {','.join(found[0]['index']['kinds'])}: recall@10 {right / 2000:.4f}, "
      f"{statistics.median(times[0]):.2f} ms a query, exact {statistics.median(times[1]):.1f} ms")
sys.exit(right / 2000 < 0.95)
END
