"""Makes tests/golden/adapt: turns between paired rows, by SciPy and NumPy (versions in README.md).

Adapters: unit rows, the ridge map of them with a fixed penalty (relative to the mean variance of the
standardised source) and its cut to three directions, as what they make of the rows.

Procrustes: rows of 9 and of 9, 6 and 13 elements, noisy images of one another, with SciPy's
orthogonal_procrustes (of rows padded with zeros where the widths differ), about the origin and about
the means, and the residual over |Y|.

    python3 tests/golden/make_adapt_goldens.py tests/golden/adapt
"""
import sys

import numpy as np
from scipy.linalg import orthogonal_procrustes

out = sys.argv[1]
rng = np.random.default_rng(7)


def save(name, array):
    np.save(f"{out}/{name}.npy", np.ascontiguousarray(array, dtype=np.float32))


def load(name):
    return np.load(f"{out}/{name}.npy").astype(np.float64)


def pad(x, d):
    return np.hstack([x, np.zeros((len(x), d - x.shape[1]))])


def turn(x, y):
    """W of y = W x, and the residual over |Y|, both sides padded to one width."""
    p, q = x.shape[1], y.shape[1]
    d = max(p, q)
    r, _ = orthogonal_procrustes(pad(x, d), pad(y, d))
    residual = np.linalg.norm(pad(x, d) @ r - pad(y, d)) / np.linalg.norm(y)
    return r.T[:q, :p], residual


n, p = 60, 9
x = rng.normal(size=(n, p)) * np.linspace(0.5, 2, p) + 0.7
save("turn_x", x)
for q in (9, 6, 13):
    y = pad(x, max(p, q))[:, :q] @ np.linalg.qr(rng.normal(size=(q, q)))[0]
    save(f"turn_y{q}", y + 0.2 * rng.normal(size=y.shape) - 0.4)
    a, b = load("turn_x"), load(f"turn_y{q}")
    residuals = []
    for name, centred in (("origin", False), ("means", True)):
        w, residual = turn(a - a.mean(0) * centred, b - b.mean(0) * centred)
        save(f"turn_{name}{q}", w)
        residuals.append(residual)
    save(f"turn_residuals{q}", np.array(residuals))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


n, p, q, penalty, rank = 120, 10, 7, 0.3, 3
hidden = rng.normal(size=(n, 4))
save("map_x", unit(hidden @ rng.normal(size=(4, p)) + 0.5 * rng.normal(size=(n, p)) + 0.3))
save("map_y", unit(hidden @ rng.normal(size=(4, q)) + 0.5 * rng.normal(size=(n, q)) - 0.2))
x, y = load("map_x"), load("map_y")
h = (x - x.mean(0)) / x.std(0)
centre = y - y.mean(0)
gram = h.T @ h / n + penalty * np.eye(p)
b = np.linalg.solve(gram, h.T @ centre / n)
save("map_ridge", unit(h @ b + y.mean(0)))
# Reduced-rank ridge regression: ordinary reduced rank regression of rows that the penalty is put below.
stacked = np.vstack([h / np.sqrt(n), np.sqrt(penalty) * np.eye(p)])
v = np.linalg.svd(stacked @ b)[2][:rank]
save("map_lowrank", unit(h @ b @ v.T @ v + y.mean(0)))
