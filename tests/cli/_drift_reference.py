"""Holds a report of `audit drift --json` against figures computed with NumPy alone from exported features.

    _drift_reference.py REPORT.json OLD_FOLDER NEW_FOLDER

The folders are what `featcache export` wrote, of one output each; the report is over all of their samples, each of
them a query. Figures that depend on a seeded draw (the adapter, the classifier, p-values) are not computed here.
"""
import glob
import json
import sys

import numpy as np

TOLERANCE = 1e-4
P = 0.9  # of the rank-biased overlap


def read(folder):
    rows = np.load(glob.glob(folder + "/*.npy")[0]).astype(np.float64)
    with open(glob.glob(folder + "/*.jsonl")[0], encoding="utf-8") as f:
        ids = [json.loads(line)["id"] for line in f]
    assert len(ids) == len(rows)
    return {i: r for i, r in zip(ids, rows)}


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def nearest(queries, gallery, k):
    """Positions of the k nearest rows, a query's own left out."""
    scores = queries @ gallery.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def overlap(a, b):
    return np.array([len(set(x) & set(y)) / len(x) for x, y in zip(a.tolist(), b.tolist())])


def rank_biased(a, b):
    """Extrapolated: Webber, Moffat and Zobel 2010, equation 23, for lists of one length without ties."""
    out = []
    for x, y in zip(a.tolist(), b.tolist()):
        n, shared = len(x), [len(set(x[:d]) & set(y[:d])) for d in range(1, len(x) + 1)]
        out.append(shared[-1] / n * P**n + (1 - P) / P * sum(s / d * P**d for d, s in enumerate(shared, 1)))
    return np.array(out)


def hsic1(k, l):
    """Song et al. 2012, equation 5, over whole kernel matrices."""
    n = len(k)
    k, l = k.copy(), l.copy()
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    return (np.trace(k @ l) + k.sum() * l.sum() / ((n - 1) * (n - 2)) - 2 * (k @ l).sum() / (n - 2)) / (n * (n - 3))


def cka(x, y):
    cx, cy = x - x.mean(0), y - y.mean(0)
    biased = np.linalg.norm(cy.T @ cx) ** 2 / (np.linalg.norm(cx.T @ cx) * np.linalg.norm(cy.T @ cy))
    k, l = x @ x.T, y @ y.T
    return biased, hsic1(k, l) / np.sqrt(hsic1(k, k) * hsic1(l, l))


def procrustes(x, y):
    u, s, vt = np.linalg.svd(y.T @ x, full_matrices=False)
    return np.sqrt(max(0, (x**2).sum() + (y**2).sum() - 2 * s.sum()) / (y**2).sum())


def two_samples(x, y):
    """Unbiased MMD^2 with the median heuristic, and the energy distance."""
    z = np.concatenate([x, y])
    d = np.sqrt(np.maximum(0, (z**2).sum(1)[:, None] + (z**2).sum(1)[None] - 2 * z @ z.T))
    np.fill_diagonal(d, 0)
    n = len(x)
    median = np.median(d[np.triu_indices(len(z), 1)])
    k = np.exp(-(d**2) / (2 * median**2))
    off = ~np.eye(n, dtype=bool)
    mmd = k[:n, :n][off].mean() + k[n:, n:][off].mean() - 2 * k[:n, n:].mean()
    return mmd, 2 * d[:n, n:].mean() - d[:n, :n].mean() - d[n:, n:].mean()


def mean_interval(v):
    """Student's, for the sizes of these tests: the normal quantile with its first corrections (Abramowitz 26.7.5)."""
    n, z = len(v), 1.959963984540054
    t = z + (z**3 + z) / (4 * (n - 1)) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * (n - 1) ** 2)
    half = t * v.std(ddof=1) / np.sqrt(n)
    return v.mean() - half, v.mean() + half


def figures(x, y, k):
    a, b = unit(x), unit(y)
    n, out, spread = len(x), {}, {}
    old, new = nearest(a, a, k), nearest(b, b, k)
    spread["neighbours"] = overlap(old, new)
    spread["jaccard"] = spread["neighbours"] / (2 - spread["neighbours"])
    spread["rbo"] = rank_biased(old, new)
    spread["norm_ratio"] = np.linalg.norm(y, axis=1) / np.linalg.norm(x, axis=1)
    if x.shape[1] == y.shape[1]:
        cross = nearest(b, a, k)
        spread["old_index"] = overlap(old, cross)
        spread["old_index_new"] = overlap(new, cross)
        spread["old_index_self"] = ((b @ a.T).argmax(1) == np.arange(n)).astype(float)
        cosine = spread["cosine"] = (a * b).sum(1)
        out["cosine_p1"], out["cosine_p5"] = np.quantile(cosine, [0.01, 0.05])
        out["mmd"], out["energy"] = two_samples(x, y)
    out["cka_biased"], out["cka"] = cka(x, y)
    out["procrustes"] = procrustes(x, y)
    out.update({name: v.mean() for name, v in spread.items()})
    return out, {name: mean_interval(v) for name, v in spread.items()}


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        report = json.load(f)
    old, new = read(sys.argv[2]), read(sys.argv[3])
    ids = [i for i in old if i in new]
    x, y = np.stack([old[i] for i in ids]), np.stack([new[i] for i in ids])
    overall, k = report["overall"], report["k"]
    assert overall["pairs"] == overall["queries"] == overall["gallery"] == len(ids), (overall["pairs"], len(ids))
    want, intervals = figures(x, y, k)
    worst = 0
    for name, value in want.items():
        got = overall[name]["value"]
        worst = max(worst, abs(got - value))
        assert abs(got - value) <= TOLERANCE, f"{name} is {got}, NumPy says {value}"
    for name, (low, high) in intervals.items():
        got = overall[name]
        assert abs(got["low"] - low) <= TOLERANCE and abs(got["high"] - high) <= TOLERANCE, (name, got, low, high)
    measured = {f for f in overall if isinstance(overall[f], dict) and overall[f]["value"] is not None}
    assert measured - set(want) <= {"adapted", "adapted_old", "auc"}, measured - set(want)
    least = min(ids, key=lambda i: old[i] @ new[i] / np.linalg.norm(old[i]) / np.linalg.norm(new[i])) if x.shape == y.shape else None
    if least is not None and report["moved"]:
        assert report["moved"][0]["id"] == least, (report["moved"][0], least)
    n = len(ids)
    assert abs(overall["neighbours"]["null"] - k / (n - 1)) < 1e-6
    a, b = unit(x), unit(y)
    if x.shape == y.shape:
        null = ((a @ b.T).sum() - (a * b).sum()) / (n * (n - 1))
        assert abs(overall["cosine"]["null"] - null) <= TOLERANCE, (overall["cosine"]["null"], null)
    print(f"{n} pairs, {x.shape[1]} and {y.shape[1]} numbers: {len(want)} figures and {len(intervals)} intervals within {worst:.1e} of NumPy")


main()
