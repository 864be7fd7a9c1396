#!/usr/bin/env bash
# label: full
# Audits of real features: a space fitted to the pictures, sentences and sounds of the stamps, and two parts of
# the pictures, against NumPy over exported rows, to 1e-4; recall against featcache eval. Data and models as
# tests/flow/cross_modal.sh has them; FC_PYTHON names a python with NumPy, where python3 has none.
set -uo pipefail
: "${FEATCACHE:?the built program}" "${FC_SOURCE_DIR:?the checkout}" "${FC_BUILD_DIR:?the build folder}"
python=${FC_PYTHON:-python3}
data=${FC_SPACE_DATA:-$FC_BUILD_DIR/space-data}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/featcache
"$python" -c 'import numpy' 2>/dev/null || { echo "SKIPPED: $python has no numpy; see FC_PYTHON"; exit 77; }
if [ ! -d "$data/stamps.store" ]; then
    [ -d "$cache/stamps" ] || { echo "SKIPPED: no stamps; fetch them with cmake/get-stamps.sh"; exit 77; }
    [ -d "${FC_SHARED_DIR:-}/models" ] || { echo "SKIPPED: there is no folder of models in FC_SHARED_DIR"; exit 77; }
    bash "$FC_SOURCE_DIR/tests/bench/make_space_data.sh" "$data" stamps || { echo "FAILED: no store"; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
cp -r "$data/stamps.store" "$work/store" && cd "$work" || fail "cannot copy the store"
"$FEATCACHE" fit store --space shared --memory 2G --encoder efficientnet-lite0:pooled --encoder all-minilm-l6-v2:mean \
    --encoder yamnet:mean --method cca --progress=never >/dev/null || fail "no fit"
"$FEATCACHE" audit space store --space shared --json --html page.html --progress=never >space.json || fail "audit space"
"$FEATCACHE" export store --space shared -o rows --progress=never >/dev/null || fail "no rows"
"$FEATCACHE" eval store --space shared --from image --to text --json --progress=never >eval.json || fail "eval"
"$FEATCACHE" audit data store --encoder efficientnet-lite0 --reference 'where=id < "h"' --current 'where=id >= "h"' \
    --json --progress=never >data.json
[ $? -eq 1 ] || fail "two kinds of stamps are not told apart"
"$FEATCACHE" export store --encoder efficientnet-lite0 --output pooled -o pictures --progress=never >/dev/null ||
    fail "no rows of pictures"
"$FEATCACHE" duplicates store --space shared --threshold 1 --json --progress=never >same.json || fail "duplicates"
"$python" - <<'END_PY' || fail "audits and NumPy do not agree"
import glob, json
import numpy as np

def read(folder):
    rows, samples = [], []
    for name in sorted(glob.glob(folder + "/*.npy")):
        rows.append(np.load(name).astype(np.float64))
        samples += [json.loads(line) for line in open(name[:-4] + ".jsonl")]
    return np.vstack(rows), samples

# Samples of one content are listed there with its number; all others have one of their own.
number = {(s["dataset"], s["id"]): s["content"] for x in json.load(open("same.json"))["sets"] for s in x["samples"]}

def contents(rows, samples):
    seen, keep = set(), []
    for i, s in enumerate(samples):
        key = number.get((s["dataset"], s["id"]), (s["dataset"], s["id"]))
        if key not in seen and np.isfinite(rows[i]).all() and rows[i].any():
            seen.add(key)
            keep.append(i)
    return rows[keep], [samples[i] for i in keep]

def near(got, want, what, tolerance=1e-4):
    assert abs(got - want) <= tolerance * max(1, abs(want)), (what, got, want)

rows, samples = contents(*read("rows"))
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
modality = np.array([s["modality"] for s in samples])
o = json.load(open("space.json"))
k = o["k"]
assert o["whole"]["items"] == len(rows), (o["whole"]["items"], len(rows))

def shape(got, mask, what):
    x, own = rows[mask], modality[mask]
    n = len(x)
    if got["sampled"] < got["items"]:
        return  # the sample is not known here
    cos = x @ x.T
    np.fill_diagonal(cos, -9)
    lists = np.argsort(-cos, axis=1, kind="stable")[:, :k]
    counts = np.bincount(lists.ravel(), minlength=n)
    d = counts - counts.mean()
    near(got["hub_skewness"]["value"], (d ** 3).mean() / (d ** 2).mean() ** 1.5, (what, "skewness"), 5e-3)
    near(got["never_found"]["value"], (counts == 0).mean(), (what, "never"), 2e-3)
    total = x.sum(axis=0)
    near(got["mean_cosine"]["value"], (total @ total - n) / (n * (n - 1)), (what, "cosine"))
    s = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    p = s[s > 0] / s.sum()
    near(got["effective_rank"]["value"], np.exp(-(p * np.log(p)).sum()), (what, "rank"))
    for share in got["shares"]:
        of = own[lists[own == share["from"]]] == share["to"]
        near(share["share"]["value"], of.mean(), (what, share["from"], share["to"]), 1e-3)

shape(o["whole"], modality != "", "whole")
for m in o["modalities"]:
    shape(m["alone"], modality == m["name"], m["name"])
    shape(m["without"], modality != m["name"], "without " + m["name"])
for g in o["gaps"]:
    a, b = (rows[modality == g[side]] for side in ("from", "to"))
    near(g["length"]["value"], np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)), g)
    near(g["cosine_between"], a.mean(axis=0) @ b.mean(axis=0), g)
pair = next(r for r in o["recall"] if (r["from"], r["to"]) == ("image", "text"))
e = json.load(open("eval.json"))
for at in ("1", "5", "10"):
    near(pair["recall"][at]["value"], e["recall"][at], at, 1e-6)
    near(pair["recall"][at]["low"], e["interval"][at][0], at, 1e-6)
    near(pair["recall"][at]["null"], e["chance"][at], at, 1e-6)

rows, samples = contents(*read("pictures"))
ids = np.array([s["id"] for s in samples])
d = json.load(open("data.json"))
x, y = rows[ids < "h"], rows[ids >= "h"]
if d["reference"]["sampled"] == len(x) and d["current"]["sampled"] == len(y):
    z = np.vstack([x, y])
    sq = (z * z).sum(axis=1)
    dist = np.sqrt(np.maximum(0, sq[:, None] + sq[None] - 2 * z @ z.T))
    np.fill_diagonal(dist, 0)
    n = len(x)
    near(d["energy"]["value"], 2 * dist[:n, n:].mean() - dist[:n, :n].mean() - dist[n:, n:].mean(), "energy")
    kernel = np.exp(-dist ** 2 / (2 * d["bandwidth"] ** 2))
    own = lambda m: (m.sum() - len(m)) / (len(m) * (len(m) - 1))
    near(d["mmd"]["value"], own(kernel[:n, :n]) + own(kernel[n:, n:]) - 2 * kernel[:n, n:].mean(), "mmd")
else:
    print("SKIPPED: MMD and energy distance: the sides are samples of", len(x), "and", len(y), "contents")
assert d["drift"] and d["auc"]["low"] > 0.6
print(o["findings"], d["auc"])
END_PY
