"""Goldens of training by contrast: what NumPy makes, in double, of the symmetric InfoNCE loss, of its
gradients (by softmax, written down independently of the C) and of Adam's steps. Run from the top:
python3 tests/golden/make_contrast_goldens.py"""
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent / "contrast"


def save(name, array):
    np.save(OUT / f"{name}.npy", np.ascontiguousarray(array, dtype="<f4"))


def f4(x):
    """What a file in single precision holds, in double."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def cross_entropy(s, apart):
    """-log softmax of the diagonal, each row over itself and what is apart; and its gradient."""
    s = np.where(apart | np.eye(len(s), dtype=bool), s, -np.inf)
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    return -np.log(np.diag(p)).mean(), (p - np.eye(len(s))) / len(s)


def infonce():
    """9 pairs of unit vectors of 5, scale 12.5; 2 and 4 share an item, and so do 0 and 8."""
    rng = np.random.default_rng(81)
    n, dim, scale = 9, 5, 12.5
    a, b = (f4(x / np.linalg.norm(x, axis=1, keepdims=True)) for x in rng.normal(size=(2, n, dim)))
    apart = ~np.eye(n, dtype=bool)
    for i, j in [(2, 4), (0, 8)]:
        apart[i, j] = apart[j, i] = False
    for name, mask in [("plain", ~np.eye(n, dtype=bool)), ("masked", apart)]:
        s = scale * a @ b.T
        forth, d_forth = cross_entropy(s, mask)
        back, d_back = cross_entropy(s.T, mask.T)
        d = (d_forth + d_back.T) / 2
        save(f"infonce_{name}", np.concatenate(
            [[(forth + back) / 2, (d * s).sum()], (scale * d @ b).ravel(), (scale * d.T @ a).ravel()]))
    save("infonce_a", a)
    save("infonce_b", b)
    save("infonce_apart", apart)


def adam():
    """Two parts of 4 and 3 parameters, of unit 1 with decay and of unit .25 without: 20 steps at rate
    .05, decay .1, over given gradients."""
    rng = np.random.default_rng(82)
    rate, decay, b1, b2, eps = .05, .1, .9, .999, 1e-8
    start, g = f4(rng.normal(size=7)), f4(rng.normal(size=(20, 7)) * np.exp(rng.normal(size=7)))
    unit, decayed = np.array([1] * 4 + [.25] * 3), np.array([1] * 4 + [0] * 3)
    theta, m, v, path = start.copy(), np.zeros(7), np.zeros(7), []
    for t, gradient in enumerate(g, 1):
        m = b1 * m + (1 - b1) * gradient
        v = b2 * v + (1 - b2) * gradient ** 2
        update = (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + eps)
        theta = theta - rate * unit * update - rate * decay * decayed * theta
        path.append(theta)
    save("adam_start", start)
    save("adam_gradients", g)
    save("adam_path", np.stack(path))


OUT.mkdir(exist_ok=True)
infonce()
adam()
