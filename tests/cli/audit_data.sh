# audit data: two data sets of one distribution are not told apart, a shift and a few strangers are; statistics
# are those of their definitions (here in plain Python, over exported rows); what is selected by data set,
# version, split, filter and time; selections that cannot be compared.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1

printf 'name: vec\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 6 }\n' >vec.yaml
python3 - <<'END_PY' || fail "cannot plant"
import random
import _audit_rows as rows
r = random.Random(3)
def plain(n, shift=0.0):
    return [[r.gauss(shift if d == 2 else 0, 1 + d / 4) for d in range(6)] for _ in range(n)]
def write(name, some, extra):
    rows.write_npy(f"{name}.npy", some)
    with open(f"{name}.csv", "w") as f:
        f.write("id,path,row,split,kind,group\n")
        for i in range(len(some)):
            f.write(f"{name}{i},{name}.npy,{i}," + extra(i) + "\n")
write("a", plain(240), lambda i: f"{'train' if i % 2 else 'test'},{'x' if i % 3 else 'y'},g{i // 2}")
write("b", plain(200), lambda i: ",,")
write("c", plain(200, 0.9), lambda i: ",,")
strangers = plain(170) + [[9 + x for x in row] for row in plain(30)]
write("d", strangers, lambda i: f",{'far' if i >= 170 else 'near'},")
write("same", [[1.0, 2, 3, 4, 5, 6]] * 120, lambda i: f"{'train' if i % 2 else 'test'},,")
END_PY
for name in a b c d same; do want 0 ingest store $name.csv --dataset $name --encoder vec.yaml; done

# One distribution: not found, whatever the seed; the least p-value is not small.
for seed in 0 1 2; do
    want_json 0 'not o["drift"] and min(o["mmd"]["p"], o["energy"]["p"], o["auc_p"], o["components_p"]) > 0.02
        and o["reference"]["contents"] == o["reference"]["sampled"] == 240 and o["dim"] == 6
        and 0.4 < o["auc"]["value"] < 0.6 and o["auc"]["low"] < 0.5 < o["auc"]["high"]' \
        audit data store --encoder vec --reference a --current b --seed $seed --permutations 300
done
want 0 audit data store --encoder vec --reference a --current b --permutations 300 --progress=never
in_out "no drift found: vec "

# A shift of one feature: found by all, and in the component that it lies along.
want 1 audit data store --encoder vec --reference a --current c --json --progress=never --jobs 2
cp out shifted.json
[ ! -s err ] || fail "stderr is not empty"
check_json 'o["drift"] and o["mmd"]["p"] == o["energy"]["p"] == o["auc_p"] and abs(o["mmd"]["p"] - 1 / 1001) < 1e-7
    and abs(o["mmd"]["p_holm"] - 4 / 1001) < 1e-6 and o["auc"]["low"] > 0.55 and o["components_p_holm"] < 0.05
    and o["permutations"] == 1000 and len(o["components"]) == 6' <shifted.json || fail "a shift"
want 1 audit data store --encoder vec --reference a --current c --json --jobs 2
python3 - <<'END_PY' || fail "two runs differ"
import json
a, b = (json.load(open(n)) for n in ("shifted.json", "out"))
a.pop("seconds"), b.pop("seconds")
assert a == b
END_PY
# A few strangers: found, and they are the ones that are shown.
want_json 1 'len(o["unlike"]) == 20 and all(int(u["id"][1:]) >= 170 and u["score"] > 0.8 for u in o["unlike"])
    and [u["score"] for u in o["unlike"]] == sorted((u["score"] for u in o["unlike"]), reverse=True)' \
    audit data store --encoder vec --reference a --current d --unlike 20
want 1 audit data store --encoder vec --reference a --current d
in_out "drift: vec "
in_out "most unlike the reference"

# Statistics by their definitions.
want 0 export store --encoder vec --output vector -o rows
cat >check.py <<'END_PY'
import json, math
import _audit_rows as rows
samples, all_rows = rows.exported("rows")
x, y = ([r for s, r in zip(samples, all_rows) if s["dataset"] == d] for d in "ac")
o = json.load(open("shifted.json"))
def distances(a, b):
    return [[math.dist(p, q) for q in b] for p in a]
xx, yy, xy = distances(x, x), distances(y, y), distances(x, y)
def near(got, want, what, tolerance=1e-4):
    assert abs(got - want) <= tolerance * max(1, abs(want)), (what, got, want)
def mean(m):
    return math.fsum(map(math.fsum, m)) / (len(m) * len(m[0]))
near(o["energy"]["value"], 2 * mean(xy) - mean(xx) - mean(yy), "energy")
pooled = sorted([d for i, row in enumerate(xx) for d in row[:i]] + [d for i, row in enumerate(yy) for d in row[:i]]
                + [d for row in xy for d in row])
median = (pooled[(len(pooled) - 1) // 2] + pooled[len(pooled) // 2]) / 2
near(o["bandwidth"], median, "bandwidth")
def kernel(m, own):
    sum_ = math.fsum(math.exp(-d * d / (2 * median * median)) for row in m for d in row)
    return (sum_ - len(m)) / (len(m) * (len(m) - 1)) if own else sum_ / (len(m) * len(m[0]))
near(o["mmd"]["value"], kernel(xx, True) + kernel(yy, True) - 2 * kernel(xy, False), "mmd")
# Principal components of both together, by Jacobi rotations.
both = x + y
n, dim = len(both), 6
means = [math.fsum(r[d] for r in both) / n for d in range(dim)]
a = [[math.fsum((r[i] - means[i]) * (r[j] - means[j]) for r in both) / (n - 1) for j in range(dim)] for i in range(dim)]
v = [[float(i == j) for j in range(dim)] for i in range(dim)]
for _ in range(50):
    for p in range(dim):
        for q in range(p + 1, dim):
            angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
            c, s = math.cos(angle), math.sin(angle)
            for k in range(dim):
                a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]
            for k in range(dim):
                a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]
            for k in range(dim):
                v[k][p], v[k][q] = c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]
order = sorted(range(dim), key=lambda i: -a[i][i])
def wasserstein(f, g):
    cuts = sorted(f + g)
    f, g, i, j, sum_ = sorted(f), sorted(g), 0, 0, 0.0
    for low, high in zip(cuts, cuts[1:]):
        while i < len(f) and f[i] <= low: i += 1
        while j < len(g) and g[j] <= low: j += 1
        sum_ += abs(i / len(f) - j / len(g)) * (high - low)
    return sum_
def psi(f, g):
    f = sorted(f)
    cuts = []
    for t in range(1, 10):
        at = t / 10 * (len(f) - 1)
        cuts.append(f[int(at)] + (at - int(at)) * (f[min(int(at) + 1, len(f) - 1)] - f[int(at)]))
    def shares(h):
        counts = [0] * 10
        for value in h:
            counts[sum(value > c for c in cuts)] += 1
        return [max(k / len(h), 1e-4) for k in counts]
    return sum((q - p) * math.log(q / p) for p, q in zip(shares(f), shares(g)))
for c, i in zip(o["components"], order):
    near(c["variance"], a[i][i], "variance")
    f, g = ([rows.dot(r, [v[d][i] for d in range(dim)]) for r in side] for side in (x, y))
    near(c["wasserstein"]["value"], wasserstein(f, g), ("wasserstein", c["component"]))
    # A component has no sign; the bins are at quantiles, so that only ties would tell.
    assert min(abs(c["psi"]["value"] - psi(f, g)), abs(c["psi"]["value"] - psi([-z for z in f], [-z for z in g]))) < 1e-4
END_PY
python3 check.py || fail "the statistics are not what their definitions give"

# What is selected. Data-set versions share what has not changed, unless that is left out.
head -131 a.csv >grow.csv
want 0 ingest store grow.csv --dataset grow --encoder vec.yaml
sleep 1.1
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
{ cat grow.csv; sed 1d c.csv; } >grown.csv
mv grown.csv grow.csv
settle
want 0 ingest store grow.csv --dataset grow --encoder vec.yaml
want 2 audit data store --encoder vec --reference grow@1 --current grow@2
in_err "'grow@1' and 'grow@2' share 130 of the 330 contents of the current"
want_json 1 'o["shared"] == 130 and o["current"]["contents"] == 200 and o["drift"]' \
    audit data store --encoder vec --reference grow@1 --current grow@2 --new-only
want_json 1 'o["reference"]["contents"] == 130 and o["current"]["contents"] == 200 and o["shared"] == 0' \
    audit data store --encoder vec --reference "grow;until=$now" --current "grow;since=$now"
want_json 0 'o["reference"]["contents"] == o["current"]["contents"] == 120' \
    audit data store --encoder vec --reference 'a;split=train' --current 'a;split=test' --permutations 200
want_json 0 'o["reference"]["contents"] == 160 and o["current"]["contents"] == 80' \
    audit data store --encoder vec --reference 'a;where=kind = "x"' --current 'a;where=kind != "x"' --permutations 200
want_json 0 'o["reference"]["contents"] == 120 and o["current"]["contents"] == 200' \
    audit data store --encoder vec --reference a --current b --one-per-group --permutations 200
want_json 0 'o["reference"]["sampled"] == o["current"]["sampled"] == 60 and o["reference"]["contents"] == 240' \
    audit data store --encoder vec --reference a --current b --sample 60 --permutations 200

# What cannot be.
want 2 audit data store --encoder vec --reference a
in_err "--encoder, --reference and --current are needed"
want 2 audit data store --encoder none --reference a --current b
want 2 audit data store --encoder vec --reference none --current b
want 2 audit data store --encoder vec --reference a --current a
in_err "share 240 of the 240 contents"
want 2 audit data store --encoder vec --reference a --current 'b;where=id = "b1"'
in_err "current 'b;where=id = \"b1\"': 1 contents with vector of vec; 50 are the least"
want 2 audit data store --encoder vec --reference a --current 'b;split=none'
in_err ": 0 contents"
for bad in 'b;since=2025-13-01' 'b;since=2025-02-29' 'b;since=2025-01-01T25:00:00Z' 'b;since=yesterday' 'b;c' 'b;' 'b;x=1' \
    'split=' 'b;split=x;split=y' 'b;since=2025-01-02;until=2025-01-01' 'b;where=kind ='; do
    want 2 audit data store --encoder vec --reference a --current "$bad"
done
want 2 audit data store --encoder vec --reference a --current b --alpha 1
want 2 audit data store --encoder vec --reference 'same;split=train' --current 'same;split=test'
want 3 audit data store --encoder vec --reference a --current b --memory 1M
in_err "take smaller samples"
want 3 audit data nowhere --encoder vec --reference a --current b
