"""Makes tests/golden/rescore: scores in a space made fair, by NumPy and SciPy (versions in README.md).

Unit vectors of queries, items and a bank of other queries, with a gap between the two sides, and what
shifting by the means, CSLS, the inverted softmax (of all queries, and of those that the bank activates) and
standardising make of their cosines.

    python3 tests/golden/make_rescore_goldens.py tests/golden/rescore
"""
import sys

import numpy as np
from scipy.special import logsumexp

out = sys.argv[1]
rng = np.random.default_rng(20)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def save(name, array):
    np.save(f"{out}/{name}.npy", np.ascontiguousarray(array, dtype=np.float32))


d = 12
gap = rng.normal(size=(1, d))
queries = unit(rng.normal(size=(6, d)) + gap).astype(np.float32).astype(np.float64)
bank = unit(rng.normal(size=(25, d)) + gap).astype(np.float32).astype(np.float64)
items = unit(rng.normal(size=(40, d)) - gap).astype(np.float32).astype(np.float64)
save("queries", queries)
save("bank", bank)
save("items", items)

cosines = queries @ items.T
against = bank @ items.T
k, b = 10, 20.0
r_x = np.sort(cosines, axis=1)[:, -k:].mean(axis=1)
r_y = np.sort(against, axis=0)[-k:].mean(axis=0)
save("csls", 2 * cosines - r_x[:, None] - r_y[None, :])
save("inverted", cosines - (logsumexp(b * against, axis=0) - np.log(len(bank)))[None, :] / b)
# Only where the first hit is the first of some row of the bank (QB-Norm, section 3.3).
activated = np.unique(against.argmax(axis=1))
normalise = np.isin(cosines.argmax(axis=1), activated)
assert 0 < normalise.sum() < len(queries), "both cases must be there"
inverted = cosines - (logsumexp(b * against, axis=0) - np.log(len(bank)))[None, :] / b
save("dynamic", np.where(normalise[:, None], inverted, cosines))
softmax = np.exp(b * cosines) / np.exp(b * against).sum(axis=0)
assert (np.argsort(softmax, axis=1) == np.argsort(cosines - logsumexp(b * against, axis=0) / b, axis=1)).all()
save("shifted", unit(queries - bank.mean(axis=0)) @ unit(items - items.mean(axis=0)).T)
save("standard", (cosines - against.mean()) / against.std())
