"""Makes tests/golden/audit: what other programs say of small seeded sets of features (versions in README.md).

Arrays are .npy; single numbers stand in values.txt, a name and a number a line. Kernels are whole
n x n matrices here, centred by multiplying, where the library works from sums.

    python3 tests/golden/make_audit_goldens.py tests/golden/audit
"""
import sys

import numpy as np
import rbo as rbo_package
import skdim
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist
from scipy.stats import norm, skew, t, wasserstein_distance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

out = sys.argv[1]
rng = np.random.default_rng(7)
values = {}


def save(name, array):
    array = np.ascontiguousarray(array, dtype=np.float32)
    np.save(f"{out}/{name}.npy", array)
    return array.astype(np.float64)


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


# --- pairs: x, y of another width, z of the same width -------------------------------------------
n, p, q = 80, 12, 9
latent = rng.normal(size=(n, 6)) * [3, 2, 1.5, 1, 0.7, 0.5]
x = save("x", latent @ rng.normal(size=(6, p)) + 0.3 * rng.normal(size=(n, p)) + rng.normal(size=p))
y = save("y", latent @ rng.normal(size=(6, q)) + 0.5 * rng.normal(size=(n, q)) + 2)
turn = np.linalg.qr(rng.normal(size=(p, p)))[0]
z = save("z", 1.3 * x @ turn + 0.4 * rng.normal(size=(n, p)))

cosines = (x * z).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(z, axis=1)
ratios = np.linalg.norm(y, axis=1) / np.linalg.norm(x, axis=1)
for name, v in [("cosine", cosines), ("ratio", ratios)]:
    values[f"{name}_mean"], values[f"{name}_sd"] = v.mean(), v.std(ddof=1)
    values[f"{name}_min"], values[f"{name}_max"] = v.min(), v.max()
    for q_ in (1, 5, 50, 95, 99):
        values[f"{name}_p{q_}"] = np.percentile(v, q_)
half = t.ppf(0.975, n - 1) * cosines.std(ddof=1) / np.sqrt(n)
values["cosine_low"], values["cosine_high"] = cosines.mean() - half, cosines.mean() + half
values["normal_975"], values["normal_001"] = norm.ppf(0.975), norm.ppf(0.001)
p_values = np.array([0.03, 0.001, 0.2, 0.04, 0.012, 0.6])
save("p_values", p_values)
save("p_holm", multipletests(p_values.astype(np.float32).astype(float), method="holm")[1])


# --- CKA -----------------------------------------------------------------------------------------
def hsic_biased(k, l):
    h = np.eye(len(k)) - 1 / len(k)
    return np.trace(k @ h @ l @ h)


def hsic_unbiased(k, l):
    m = len(k)
    k, l, one = k - np.diag(np.diag(k)), l - np.diag(np.diag(l)), np.ones(m)
    return (np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((m - 1) * (m - 2))
            - 2 * one @ k @ l @ one / (m - 2)) / (m * (m - 3))


def cka(a, b, hsic):
    k, l = a @ a.T, b @ b.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


for name, a, b in [("xy", x, y), ("xz", x, z)]:
    values[f"cka_biased_{name}"] = cka(a, b, hsic_biased)
    values[f"cka_unbiased_{name}"] = cka(a, b, hsic_unbiased)
shuffled = [cka(x, y[rng.permutation(n)], hsic_biased) for _ in range(20000)]
values["cka_biased_null_xy"] = np.mean(shuffled)  # to 1e-3


def jackknife(a, b, hsic):
    """Standard error by leaving out one pair at a time."""
    left = [cka(np.delete(a, i, 0), np.delete(b, i, 0), hsic) for i in range(n)]
    return np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())


values["cka_biased_error_xy"] = jackknife(x, y, hsic_biased)


# --- Procrustes and spectra ----------------------------------------------------------------------
def residual(a, b, scaled=False):
    wide = max(a.shape[1], b.shape[1])
    a = np.pad(a, ((0, 0), (0, wide - a.shape[1])))
    b = np.pad(b, ((0, 0), (0, wide - b.shape[1])))
    rotation, total = orthogonal_procrustes(a, b)
    factor = total / (a ** 2).sum() if scaled else 1
    return np.linalg.norm(factor * a @ rotation - b) / np.linalg.norm(b), total / (a ** 2).sum()


for name, a, b in [("xy", x, y), ("yx", y, x), ("xz", x, z)]:
    values[f"procrustes_{name}"], values[f"scale_{name}"] = residual(a, b)
    values[f"procrustes_centred_{name}"] = residual(a - a.mean(0), b - b.mean(0))[0]
    values[f"procrustes_scaled_{name}"] = residual(a, b, True)[0]
save("rotation_xz", orthogonal_procrustes(x, z)[0].T)
for name, a in [("x", x), ("y", y)]:
    eigen = np.linalg.svd(a - a.mean(0), compute_uv=False) ** 2 / (n - 1)
    save(f"spectrum_{name}", eigen)
    s = np.sqrt(eigen) / np.sqrt(eigen).sum()
    values[f"effective_rank_{name}"] = np.exp(-(s * np.log(s)).sum())
    values[f"participation_{name}"] = eigen.sum() ** 2 / (eigen ** 2).sum()
    values[f"n_for_90_{name}"] = np.searchsorted(np.cumsum(eigen) / eigen.sum(), 0.9) + 1
cosines_x = unit(x) @ unit(x).T
values["anisotropy_x"] = cosines_x[~np.eye(n, dtype=bool)].mean()


# --- neighbours ----------------------------------------------------------------------------------
def lists(a, b, k, keep_self=False):
    scores = unit(a) @ unit(b).T
    if not keep_self:
        np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


k = 10
old, new, cross = lists(x, x, k), lists(z, z, k), lists(z, x, k, True)
save("lists_old", old)
save("lists_new", new)
save("lists_cross", cross)
save("overlap", [len(set(a) & set(b)) / k for a, b in zip(old, new)])
save("jaccard", [len(set(a) & set(b)) / len(set(a) | set(b)) for a, b in zip(old, new)])
save("rbo_1", [rbo_package.RankingSimilarity(list(a), list(b)).rbo(p=1) for a, b in zip(old, new)])
save("rbo_9", [rbo_package.RankingSimilarity(list(a), list(b)).rbo_ext(p=0.9) for a, b in zip(old, new)])
draws = [(rng.permutation(30)[:5], rng.permutation(30)[:5]) for _ in range(40000)]
similar = [rbo_package.RankingSimilarity(list(a), list(b)) for a, b in draws]
values["rbo_chance_9"] = np.mean([s.rbo_ext(p=0.9) for s in similar])  # 5 of 30, to 2e-3
values["rbo_chance_1"] = np.mean([s.rbo(p=1) for s in similar])
counts = np.bincount(old.ravel(), minlength=n)
save("hub_counts", counts)
values["hub_skewness"], values["hub_never"] = skew(counts), (counts == 0).mean()
save("plane", unit(np.c_[rng.uniform(-0.4, 0.4, size=(300, 2)), np.ones(300)]) @ np.linalg.qr(rng.normal(size=(8, 3)))[0].T)
values["two_nn"] = skdim.id.TwoNN(discard_fraction=0.1).fit(unit(x)).dimension_
values["mle"] = skdim.id.MLE().fit(unit(x), n_neighbors=10, comb="mle").dimension_

# --- two samples ---------------------------------------------------------------------------------
dim = 5
a = save("sample_a", rng.normal(size=(70, dim)) * [2, 1, 1, 0.5, 0.2])
b = save("sample_b", rng.normal(size=(60, dim)) * [2, 1.4, 1, 0.5, 0.2] + [0.5, 0, 0.3, 0, 0])
both = np.r_[a, b]
distances = cdist(both, both)
values["bandwidth"] = bandwidth = np.median(distances[np.triu_indices(130, 1)])
kernel = np.exp(-(distances ** 2) / (2 * bandwidth ** 2))
saa, sbb, sab = kernel[:70, :70].sum() - 70, kernel[70:, 70:].sum() - 60, kernel[:70, 70:].mean()
values["mmd"] = saa / (70 * 69) + sbb / (60 * 59) - 2 * sab
values["energy"] = 2 * distances[:70, 70:].mean() - distances[:70, :70].mean() - distances[70:, 70:].mean()


def mmd_of(labels):
    f, g = kernel[np.ix_(labels, labels)], kernel[np.ix_(~labels, ~labels)]
    nf, ng = len(f), len(g)
    return (f.sum() - nf) / (nf * (nf - 1)) + (g.sum() - ng) / (ng * (ng - 1)) - 2 * kernel[np.ix_(labels, ~labels)].mean()


labels = np.arange(130) < 70
permuted = [mmd_of(rng.permutation(labels)) for _ in range(20000)]
values["mmd_null_mean"], values["mmd_null_high"] = np.mean(permuted), np.quantile(permuted, 0.95)
values["mmd_p"] = (1 + (np.array(permuted) >= mmd_of(labels)).sum()) / 20001

scores = np.round(rng.normal(size=50) + np.r_[np.zeros(30), np.full(20, 0.8)], 1)  # with ties
negative, positive = save("scores_negative", scores[:30]), save("scores_positive", scores[30:])
values["auc"] = roc_auc_score(np.r_[np.zeros(30), np.ones(20)], np.r_[negative, positive])
wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
values["auc_error"] = np.sqrt(wins.mean(1).var(ddof=1) / 20 + wins.mean(0).var(ddof=1) / 30)

scale = both.std(0)
model = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit((both - both.mean(0)) / scale, ~labels)
weights = model.coef_[0] / scale
save("logistic_weights", weights)
values["logistic_bias"] = model.intercept_[0] - weights @ both.mean(0)

components = np.linalg.svd(both - both.mean(0), full_matrices=False)[2]
components *= np.sign([c[np.abs(c).argmax()] for c in components])[:, None]  # bins are closed on one side
along = (both - both.mean(0)) @ components.T
save("component_wasserstein", [wasserstein_distance(along[:70, c], along[70:, c]) for c in range(dim)])


def psi(reference, other):
    edges = np.r_[-np.inf, np.quantile(reference, np.arange(1, 10) / 10), np.inf]
    share = [np.array([((v > lo) & (v <= hi)).mean() for lo, hi in zip(edges, edges[1:])]) for v in (reference, other)]
    f, g = (np.maximum(s, 1e-4) for s in share)
    return ((g - f) * np.log(g / f)).sum()


save("component_psi", [psi(along[:70, c], along[70:, c]) for c in range(dim)])
values["gap"] = np.linalg.norm(unit(a).mean(0) - unit(b).mean(0))
values["cosine_within_a"] = (unit(a) @ unit(a).T)[~np.eye(70, dtype=bool)].mean()
values["cosine_between"] = (unit(a) @ unit(b).T).mean()
shuffled = [np.linalg.norm(unit(both)[i[:70]].mean(0) - unit(both)[i[70:]].mean(0)) for i in (rng.permutation(130) for _ in range(20000))]
values["gap_null_square"] = np.mean(np.square(shuffled))

with open(f"{out}/values.txt", "w") as f:
    for name, value in values.items():
        f.write(f"{name} {float(value)!r}\n")
