"""Goldens of pooling, of heads and of how they are fitted: what NumPy, SciPy and scikit-learn make
of small arrays from fixed seeds. Run from the top: python3 tests/golden/make_head_goldens.py"""
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent / "heads"


def save(name, array):
    np.save(OUT / f"{name}.npy", np.ascontiguousarray(array, dtype="<f4"))


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def pooling():
    """11 rows of 6, a mask that leaves seven, three queries."""
    rng = np.random.default_rng(61)
    rows = rng.normal(size=(11, 6)).astype(np.float32).astype(np.float64)
    queries = (0.9 * rng.normal(size=(3, 6))).astype(np.float32).astype(np.float64)
    mask = np.array([1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0], dtype=bool)
    save("pool_rows", rows)
    save("pool_queries", queries)
    save("pool_mask", mask)
    for name, x in [("all", rows), ("masked", rows[mask]), ("skipped", rows[1:-2]),
                    ("masked_skipped", rows[mask][1:-2])]:
        clamped = np.maximum(x, 1e-6)
        alpha = softmax(queries @ x.T, axis=1)
        save(f"pool_{name}", np.concatenate([
            x.mean(axis=0), x.max(axis=0), x[0], x[-1],
            np.mean(clamped ** 3, axis=0) ** (1 / 3), np.mean(clamped ** 4.5, axis=0) ** (1 / 4.5),
            (alpha @ x).ravel()]))
        save(f"pool_{name}_alpha", alpha)


def head_parts(rng, pooled, dim, queries=0, row_dim=0):
    n = row_dim or pooled
    part = {
        "mean": 0.3 * rng.normal(size=n), "scale": np.exp(0.3 * rng.normal(size=n)),
        "weight": rng.normal(size=(dim, pooled)) / np.sqrt(pooled), "bias": 0.2 * rng.normal(size=dim),
        "gate": 0.4 * rng.normal(size=pooled),
    }
    if queries:
        part["queries"] = 0.7 * rng.normal(size=(queries, row_dim))
    return {k: v.astype(np.float32).astype(np.float64) for k, v in part.items()}


def heads():
    """Three inputs: a vector of 5 (unit first), rows of 4 by mean, rows of 6 by attention with two
    queries; each alone and all together in the ways to fuse."""
    rng = np.random.default_rng(62)
    dim = 7
    x = [rng.normal(size=s).astype(np.float32).astype(np.float64) for s in [(1, 5), (9, 4), (8, 6)]]
    parts = [head_parts(rng, 5, dim), head_parts(rng, 4, dim), head_parts(rng, 12, dim, 2, 6)]
    logits = np.array([0.25, -0.5, 0.75])
    h = [(unit(x[0][0]) - parts[0]["mean"]) * parts[0]["scale"],
         (x[1].mean(axis=0) - parts[1]["mean"]) * parts[1]["scale"]]
    rows = (x[2] - parts[2]["mean"]) * parts[2]["scale"]
    h.append((softmax(parts[2]["queries"] @ rows.T, axis=1) @ rows).ravel())
    z = np.stack([p["weight"] @ v + p["bias"] for p, v in zip(parts, h)])
    for i, p in enumerate(parts):
        save(f"head_x{i}", x[i])
        for k, v in p.items():
            save(f"head_{k}{i}", v)
    gates = np.array([p["gate"] @ v for p, v in zip(parts, h)]) + logits
    fused = [z[0], z[1], z[2],
             softmax(logits, 0) @ z, softmax(gates, 0) @ z, z.sum(axis=0),
             softmax(logits[:2], 0) @ z[:2], softmax(gates[1:], 0) @ z[1:],
             z[0] + z[1] + parts[2]["bias"]]
    save("head_out", unit(np.stack(fused)))
    query = unit(rng.normal(size=dim))
    save("head_query", query)


def fit_data():
    """70 groups: one to three images of 6 features each (the last two constant and doubled), one or
    two texts of 4."""
    rng = np.random.default_rng(63)
    n = 70
    z = rng.normal(size=(n, 3))
    a, b = rng.normal(size=(3, 6)), rng.normal(size=(3, 4))
    x, y, gx, gy = [], [], [], []
    for g in range(n):
        for _ in range(1 + g % 3):
            x.append(z[g] @ a + 0.7 * rng.normal(size=6) + np.arange(6))
            gx.append(g)
        for _ in range(1 + g % 2):
            y.append(z[g] @ b + 0.5 * rng.normal(size=4) + 1)
            gy.append(g)
    x, y = np.array(x), np.array(y)
    x[:, 5] = 2.5
    x[:, 4] = x[:, 3] * 2 - 1
    x, y = (v.astype(np.float32).astype(np.float64) for v in (x, y))
    return x, y, np.array(gx), np.array(gy)


def weights(groups):
    return 1 / np.bincount(groups)[groups]


def standard(x, w):
    m = np.average(x, axis=0, weights=w)
    v = np.average((x - m) ** 2, axis=0, weights=w)
    return m, np.where(v > 1e-12 * m ** 2, 1 / np.sqrt(np.maximum(v, 1e-30)), 0)


def group_means(x, groups, w):
    out = np.zeros((groups.max() + 1, x.shape[1]))
    np.add.at(out, groups, w[:, None] * x)
    return out


def ridge():
    """scikit-learn's Ridge with sample weights, onto centred mean directions of the texts."""
    from sklearn.linear_model import Ridge
    x, y, gx, gy = fit_data()
    save("fit_x", x)
    save("fit_y", y)
    save("fit_gx", gx)
    save("fit_gy", gy)
    target = unit(group_means(unit(y), gy, weights(gy)))
    mu = target.mean(axis=0)
    w = weights(gx)
    m, scale = standard(x, w)
    xs = (x - m) * scale
    for name, penalty in [("weak", 0.01), ("strong", 3.0)]:
        # Five of six features vary: the mean variance is of those.
        model = Ridge(alpha=penalty * w.sum(), solver="cholesky")
        model.fit(xs, (target - mu)[gx], sample_weight=w)
        save(f"ridge_{name}_x", unit(model.predict(xs)))
    save("ridge_y", unit(unit(y) - mu))
    # The two directions in which the targets vary most, up to sign: products of the rows.
    axes = np.linalg.eigh(np.cov((target - mu).T))[1][:, -2:]
    two = unit(model.predict(xs) @ axes), unit((unit(y) - mu) @ axes)
    save("ridge_two_products", two[0] @ two[1].T)
    # Whitened: scikit-learn's own PCA.
    from sklearn.decomposition import PCA
    pca = PCA(whiten=True, svd_solver="full").fit(target)
    model.fit(xs, pca.transform(target)[gx], sample_weight=w)
    save("ridge_white_products", unit(model.predict(xs)) @ unit(pca.transform(unit(y))).T)


def gcca_parts(views, groups, penalty):
    """Generalised eigenvectors (SciPy) of all covariances against the penalised ones of each view:
    x = B^-1/2-free form, so nothing is shared with whitening and singular vectors. Where groups lack
    views, products weigh 1 / the views that a group has (van de Velden and Takane 2012). Returns the
    standardised rows and the map of each view."""
    from scipy.linalg import block_diag, eigh
    n = 1 + max(g.max() for g in groups)
    xs, means, there, within, own = [], [], [], [], []
    has = np.array([np.bincount(g, minlength=n) > 0 for g in groups])
    d = has.sum(axis=0)
    missing = len(views) > 2 and not has.all()
    for x, g in zip(views, groups):
        w = 1 / np.bincount(g, minlength=n)[g]
        m, scale = standard(x, w)
        keep = scale > 0
        h = ((x - m) * scale)[:, keep]
        c = (h * w[:, None]).T @ h / w.sum()
        values = np.linalg.eigvalsh(c)
        rank = (values > 1e-9 * values.max()).sum()
        xs.append(h)
        ridge = penalty * np.trace(c) / rank * np.eye(len(c))
        within.append(c + ridge)
        own.append((h * (w / d[g])[:, None]).T @ h / w.sum() + ridge / len(views))
        full = np.zeros((n, h.shape[1]))
        np.add.at(full, g, w[:, None] * h)
        means.append(full)
        there.append(np.bincount(g, minlength=n) > 0)
    if missing:
        counts = has.sum(axis=1)
        a = [[own[i] if i == j else
              (means[i] / d[:, None]).T @ means[j] / np.sqrt(counts[i] * counts[j])
              for j in range(len(views))] for i in range(len(views))]
        m = counts.sum() / n
    else:
        a = [[within[i] if i == j else
              means[i].T @ means[j] / max(1, (there[i] & there[j]).sum())
              for j in range(len(views))] for i in range(len(views))]
        m = 1
    values, vectors = eigh(np.block(a), block_diag(*within))
    correlation = (m * values[::-1] - 1) / ((m if missing else len(views)) - 1)
    vectors = vectors[:, ::-1]
    k = (correlation > 1e-6).sum()
    cuts = np.cumsum([c.shape[0] for c in within])[:-1]
    return xs, np.split(vectors[:, :k], cuts), correlation[:k]


def cca():
    """Two views, and three of which the third has few groups: cosines between all rows, which no
    sign of a component changes."""
    x, y, gx, gy = fit_data()
    for name, penalty in [("weak", 0.05), ("strong", 2.0)]:
        h, maps, r = gcca_parts([x, y], [gx, gy], penalty)
        save(f"cca_{name}", unit(h[0] @ maps[0] * r) @ unit(h[1] @ maps[1] * r).T)
        save(f"cca_{name}_r", r)
    rng = np.random.default_rng(64)
    some = np.arange(0, 70, 2)
    first = np.searchsorted(gx, some)
    third = (x[first] @ rng.normal(size=(6, 5)) + 4 * rng.normal(size=(len(some), 5)))
    third = third.astype(np.float32).astype(np.float64)
    save("fit_z", third)
    save("fit_gz", some)
    h, maps, r = gcca_parts([x, y, third], [gx, gy, some], 0.5)
    e = [unit(a @ b * r) for a, b in zip(h, maps)]
    save("gcca_xy", e[0] @ e[1].T)
    save("gcca_xz", e[0] @ e[2].T)
    save("gcca_r", r)


def gcca_missing():
    """Four views of 80 groups, of which many lack one or two, as van de Velden and Takane (2012) write
    it: eigenvectors, as long as the groups are many, of the sum of the views' projectors between
    D^-1/2; a view's map is its regression on the scores. The penalty is rows of each view, which
    count as there, with zeros, in the others."""
    rng = np.random.default_rng(66)
    n, dims, penalty = 80, [5, 4, 6, 3], 0.4
    z = rng.normal(size=(n, 3))
    has = rng.random((4, n)) < np.array([0.9, 0.8, 0.7, 0.6])[:, None]
    for g in range(n):
        while has[:, g].sum() < 2:
            has[rng.integers(4), g] = True
    rows, xs = [], []
    for k, dim in enumerate(dims):
        x = (z @ rng.normal(size=(3, dim)) + 0.8 * rng.normal(size=(n, dim))).astype(np.float32)
        rows.append(x[has[k]].astype(np.float64))
        save(f"missing_x{k}", rows[k])
        save(f"missing_g{k}", np.flatnonzero(has[k]))
    total = n + sum(dims)
    d = np.concatenate([has.sum(axis=0), np.full(sum(dims), len(dims))]).astype(float)
    projectors, at = np.zeros((total, total)), n
    for k, dim in enumerate(dims):
        h = (rows[k] - rows[k].mean(axis=0)) / rows[k].std(axis=0)
        x = np.zeros((total, dim))
        x[:n][has[k]] = h
        x[at:at + dim] = np.sqrt(len(h) * penalty) * np.eye(dim) # the mean variance is 1
        at += dim
        projectors += x @ np.linalg.solve(x.T @ x, x.T)
        xs.append((h, x))
    values, u = np.linalg.eigh(projectors / np.sqrt(np.outer(d, d)))
    values, u = values[::-1], u[:, ::-1]
    m = has.sum() / n
    r = (m * values - 1) / (m - 1)
    keep = r > 1e-6
    f = u[:, keep] / np.sqrt(d)[:, None]
    e = [unit(h @ np.linalg.solve(x.T @ x, x.T @ f) / np.sqrt(values[keep]) * r[keep]) for h, x in xs]
    save("missing_01", e[0] @ e[1].T)
    save("missing_23", e[2] @ e[3].T)
    save("missing_r", r[keep])


def cca_sklearn():
    """Correlations that scikit-learn finds between the first items of each group."""
    from sklearn.cross_decomposition import CCA
    x, y, gx, gy = fit_data()
    a = x[np.searchsorted(gx, np.arange(70))][:, :4]
    b = y[np.searchsorted(gy, np.arange(70))]
    u, v = CCA(n_components=4, tol=1e-12, max_iter=100000).fit_transform(a, b)
    save("cca_sklearn_a", a)
    save("cca_sklearn_b", b)
    save("cca_sklearn_r", [np.corrcoef(u[:, k], v[:, k])[0, 1] for k in range(4)])


def projections():
    """Matrices of 3 x 5 as others save them: .safetensors by its own library (float32, float16,
    bfloat16), .npy in three widths. import_weight is what all of them hold: numbers that each dtype
    has exactly."""
    import ml_dtypes
    from safetensors.numpy import save_file
    rng = np.random.default_rng(65)
    w = (rng.integers(-64, 64, size=(3, 5)) / 32).astype(np.float32)
    b = (rng.integers(-64, 64, size=3) / 16).astype(np.float32)
    save("import_weight", w)
    save("import_bias", b)
    for name, dtype in [("f32", np.float32), ("f16", np.float16), ("bf16", ml_dtypes.bfloat16)]:
        save_file({"proj.weight": w.astype(dtype), "proj.bias": b.astype(dtype)},
                  OUT / f"import_{name}.safetensors", metadata={"format": "pt"})
    save_file({"weight": np.tile(w, (1, 2)), "queries": w[:2], "mean": w[2], "scale": w[0] + 9},
              OUT / "import_attention.safetensors")
    np.save(OUT / "import_f16.npy", w.astype(np.float16))
    np.save(OUT / "import_f64.npy", w.astype(np.float64))


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    pooling()
    heads()
    ridge()
    cca()
    gcca_missing()
    cca_sklearn()
    projections()
