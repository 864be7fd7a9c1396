"""Golden files of retrieval/: ranks, measures and bootstrap intervals by numpy, SciPy and scikit-learn.

    python3 make_retrieval_goldens.py        writes retrieval/ beside this script

ties.txt      above tied relevant k  within reciprocal expected: one query with tied scores. By SciPy's
              hypergeometric distribution, and where the block is small by going through all orders.
ranks.txt     a comparison of 48 queries with 70 items, dim 12, in 20 groups; vectors in queries.f32 and
              gallery.f32, rows of zeros have no vector. Lines "q|g CONTENT GROUP..." and, for each answer,
              "a ITEM GROUP above tied relevant n_relevant n_gallery"; "n WITHOUT ALONE": queries without a
              vector, and with nothing relevant.
single.txt    recall@1, 5, 10 and MRR where each query has one relevant item and nothing is tied:
              scikit-learn's top_k_accuracy_score and label_ranking_average_precision_score.
scores.txt    two methods over 3 splits and 40 clusters: lines "method cluster split above tied relevant".
bootstrap.txt method, measure: value low high; "a", "b", and "d" for their paired difference. Intervals by
              scipy.stats.bootstrap over clusters, 20,000 draws, percentiles: random, so to a tolerance.
"""
import itertools
import os

import numpy as np
from scipy import stats
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "retrieval")
KS = (1, 5, 10)


def within(above, tied, relevant, k):
    """P(at least one relevant item in the first k), ties in random order."""
    if k <= above:
        return 0.0
    return float(stats.hypergeom(tied + relevant, relevant, min(k - above, tied + relevant)).sf(0))


def reciprocal(above, tied, relevant):
    cdf = [within(above, tied, relevant, k) for k in range(above, above + tied + 2)]
    return float(sum((b - a) / (above + i + 1) for i, (a, b) in enumerate(zip(cdf, cdf[1:]))))


def expected(above, tied, relevant):
    cdf = [within(above, tied, relevant, k) for k in range(above, above + tied + 2)]
    return float(sum((b - a) * (above + i + 1) for i, (a, b) in enumerate(zip(cdf, cdf[1:]))))


def by_enumeration(above, tied, relevant):
    """The same three, k of 1, 5, 10, going through every place that the relevant items can have."""
    firsts = [above + 1 + min(c) for c in itertools.combinations(range(tied + relevant), relevant)]
    f = np.array(firsts, dtype=float)
    return [float((f <= k).mean()) for k in KS], float((1 / f).mean()), float(f.mean())


def write(name, lines):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in lines)


def ties():
    lines = []
    for above, tied, relevant in [(0, 0, 1), (3, 0, 2), (0, 9, 1), (0, 9, 3), (4, 8, 2), (9, 3, 1), (12, 5, 2),
                                  (0, 199, 1), (0, 190, 10), (2, 5000, 1), (0, 3, 9), (0, 990, 7)]:
        if tied + relevant <= 14:
            recalls, rr, mean = by_enumeration(above, tied, relevant)
            assert np.allclose(recalls, [within(above, tied, relevant, k) for k in KS], atol=1e-12)
            assert abs(rr - reciprocal(above, tied, relevant)) < 1e-12
            assert abs(mean - expected(above, tied, relevant)) < 1e-9
        for k in KS:
            lines.append(f"{above} {tied} {relevant} {k} {within(above, tied, relevant, k)!r} "
                         f"{reciprocal(above, tied, relevant)!r} {expected(above, tied, relevant)!r}")
    write("ties.txt", lines)


def unit(x):
    n = np.linalg.norm(x, axis=1, keepdims=True)
    return np.where(n > 0, x / np.where(n > 0, n, 1), 0).astype(np.float32)


def ranks(r):
    centres = r.normal(size=(20, 12))
    sides = []
    for n, first in ((48, 100), (70, 500)):
        groups = [sorted(set(r.integers(0, 20, size=1 + (i % 9 == 0)).tolist())) for i in range(n)]
        x = unit(np.array([centres[g].mean(axis=0) for g in groups]) + 0.9 * r.normal(size=(n, 12)))
        sides.append([x, groups, list(range(first, first + 2 * n, 2))])
    (q, q_groups, q_contents), (g, g_groups, g_contents) = sides
    g[10:14] = g[10]         # copies of one vector, of several groups
    g[40:43] = q[5]          # copies of a query
    q[7] = 0
    g[20] = 0
    g_contents[:3] = q_contents[:3]  # the same contents on both sides
    g_groups[:3] = q_groups[:3]
    q_groups[11] = [19]
    for groups in g_groups:  # nothing of group 19 to find
        if 19 in groups:
            groups[groups.index(19)] = 18 if 18 not in groups else 17
        groups[:] = sorted(set(groups))
    q.tofile(os.path.join(FOLDER, "queries.f32"))
    g.tofile(os.path.join(FOLDER, "gallery.f32"))
    lines = [f"q {c} {' '.join(map(str, gs))}" for c, gs in zip(q_contents, q_groups)]
    lines += [f"g {c} {' '.join(map(str, gs))}" for c, gs in zip(g_contents, g_groups)]
    without = alone = 0
    for i in range(len(q)):
        if not q[i].any():
            without += len(q_groups[i])
            continue
        scores = g.astype(np.float64) @ q[i].astype(np.float64)
        there = np.array([g[j].any() and g_contents[j] != q_contents[i] for j in range(len(g))])
        for group in q_groups[i]:
            right = np.array([group in gs for gs in g_groups]) & there
            if not right.any():
                alone += 1
                continue
            best = scores[right].max()
            same = np.abs(scores - best) < 1e-6
            lines.append(f"a {i} {group} {int((there & ~right & (scores > best) & ~same).sum())} "
                         f"{int((there & ~right & same).sum())} {int((right & same).sum())} {int(right.sum())} "
                         f"{int(there.sum())}")
    write("ranks.txt", lines + [f"n {without} {alone}"])


def single(r):
    scores = np.linalg.qr(r.normal(size=(60, 60)))[0] + 0.35 * np.eye(60)
    truth = np.arange(60)
    values = [top_k_accuracy_score(truth, scores, k=k, labels=truth) for k in KS]
    values.append(label_ranking_average_precision_score(np.eye(60, dtype=int), scores))
    above = [int((scores[i] > scores[i, i]).sum()) for i in range(60)]
    write("single.txt", [" ".join(map(str, above)), " ".join(repr(float(v)) for v in values)])


def score_table(r, shift):
    rows = []
    for split in range(3):
        for cluster in range(40):
            for _ in range(r.integers(0, 4) if (cluster + split) % 3 else 0):
                above = int(r.geometric(1 / (2 + shift + 12 * (cluster % 7 == 0))) - 1)
                tied = int(r.integers(0, 3)) if r.random() < 0.2 else 0
                rows.append((cluster, split, above, tied, 1 + int(tied and r.random() < 0.3)))
    return rows


def measures(table, weights):
    """Means over splits of recall@k, MRR and the median rank, each query as often as its cluster."""
    out = []
    for values, clusters in table:
        w = weights[clusters]
        if w.any():
            ranks = np.repeat(values[:, 4], w)
            out.append(np.append(w @ values[:, :4] / w.sum(), np.median(ranks)))
    return np.mean(out, axis=0)


def bootstrap(r):
    rows = {"a": score_table(r, 0), "b": score_table(r, 3)}
    write("scores.txt", [f"{m} {' '.join(map(str, x))}" for m in "ab" for x in rows[m]])
    tables = {}
    for m in "ab":
        values = np.array([[within(*x, k) for k in KS] + [reciprocal(*x), expected(*x)] for _, _, *x in rows[m]])
        clusters, splits = np.array([x[:2] for x in rows[m]]).T
        tables[m] = [(values[splits == s], clusters[splits == s]) for s in range(3)]

    def of(m, sample):
        return measures(tables[m], np.bincount(np.asarray(sample), minlength=40))

    methods = {"a": lambda s: of("a", s), "b": lambda s: of("b", s), "d": lambda s: of("a", s) - of("b", s)}
    lines = []
    for m, statistic in methods.items():
        value = statistic(np.arange(40))
        got = stats.bootstrap((np.arange(40),), statistic, n_resamples=20000, vectorized=False,
                              method="percentile", rng=np.random.default_rng(5)).confidence_interval
        lines += [f"{m} {k} {float(value[k])!r} {float(got.low[k])!r} {float(got.high[k])!r}" for k in range(5)]
    write("bootstrap.txt", lines)


os.makedirs(FOLDER, exist_ok=True)
ties()
ranks(np.random.default_rng(1))
single(np.random.default_rng(2))
bootstrap(np.random.default_rng(3))
