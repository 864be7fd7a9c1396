"""Recall@10 of an exported output in other precisions, with numpy alone: what `audit storage` says of a
gallery that holds all items, each of them a query.

usage: _recall.py FEATURES.npy AUDIT.json OUTPUT
"""
import json
import sys

import numpy as np

rows = np.load(sys.argv[1]).astype(np.float32)
audit = json.load(open(sys.argv[2]))
output = next(o for e in audit["encoders"] for o in e["outputs"] if o["output"] == sys.argv[3])


def f16(x):
    return x.astype(np.float16).astype(np.float32)


def bf16(x):
    bits = x.view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16
    return bits.astype(np.uint32).view(np.float32)


def int8(x):
    scale = (np.abs(x).max(axis=1, keepdims=True) / np.float32(127)).astype(np.float32)
    return np.rint(x / scale).clip(-127, 127).astype(np.float32) * scale


def unit(x):
    x = x.astype(np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def nearest(gallery):
    scores = unit(rows) @ gallery.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :10]


def share(found):
    return np.array([len(set(a) & set(b)) for a, b in zip(exact, found)]) / 10


def reduced(to):
    x = unit(rows) - unit(rows).mean(axis=0)
    y = x @ np.linalg.eigh(np.cov(x.T))[1][:, ::-1][:, :to]
    d = ((y[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(d, np.inf)
    return np.argsort(d, axis=1, kind="stable")[:, :10]


exact = nearest(unit(rows))
assert output["queries"] == output["gallery"] == len(rows), output
for option in output["options"]:
    name = option["name"]
    if option["index"]:
        overlaps = share(reduced(int(name[3:].split(",")[0])))
    else:
        stored = {"f16": f16, "bf16": bf16, "int8": int8}[name](rows)
        overlaps = share(nearest(unit(stored)))
        rms = np.sqrt(((rows.astype(np.float64) - stored) ** 2).sum() / (rows.astype(np.float64) ** 2).sum())
        assert abs(rms - option["rms_error"]) < 1e-4 * max(rms, 1e-3), (name, rms, option)
    got = option["recall"]
    assert abs(overlaps.mean() - got["value"]) < 1e-4, (name, overlaps.mean(), got)
    half = overlaps.std(ddof=1) / np.sqrt(len(rows)) * 1.96
    assert abs((got["high"] - got["low"]) - min(1, overlaps.mean() + half) + max(0, overlaps.mean() - half)) < 3e-3, (name, half, got)
    print(name, overlaps.mean(), got["value"])
