"""What audits of spaces and of data are held against: rows as `featcache export` writes them, and the
figures of `audit space` in plain Python, from their definitions.
"""
import json
import math
import os
import struct


def read_npy(path):
    with open(path, "rb") as f:
        data = f.read()
    assert data[:6] == b"\x93NUMPY", path
    n = struct.unpack("<H", data[8:10])[0]
    header = data[10:10 + n].decode()
    assert "'<f4'" in header and "False" in header, header
    shape = [int(x) for x in header.split("(")[1].split(")")[0].split(",") if x.strip()]
    values = struct.unpack(f"<{shape[0] * shape[1]}f", data[10 + n:])
    return [values[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def write_npy(path, rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        for row in rows:
            f.write(struct.pack(f"<{len(row)}f", *row))


def exported(folder):
    """All rows of the one output in a folder, with their samples."""
    name = next(f for f in os.listdir(folder) if f.endswith(".npy"))
    with open(os.path.join(folder, name[:-4] + ".jsonl")) as f:
        samples = [json.loads(line) for line in f]
    return samples, read_npy(os.path.join(folder, name))


def unit(row):
    norm = math.sqrt(math.fsum(x * x for x in row))
    return [x / norm for x in row]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


class Item:
    """A content: its unit row, the samples that have it."""

    def __init__(self, modality, row):
        self.modality, self.row, self.samples, self.cosines = modality, row, [], {}


def items_of(folder, modality):
    found = {}
    for sample, row in zip(*exported(folder)):
        if any(row):
            found.setdefault(row, Item(modality, unit(row))).samples.append(sample)
    return list(found.values())


def cosine(a, b):
    """Of two items, computed once."""
    if id(b) not in a.cosines:
        a.cosines[id(b)] = b.cosines[id(a)] = dot(a.row, b.row)
    return a.cosines[id(b)]


def nearest(items, k):
    """Of each item the k nearest others, best first."""
    lists = []
    for a in items:
        scores = [(j, cosine(a, b)) for j, b in enumerate(items) if b is not a]
        lists.append(sorted(scores, key=lambda s: -s[1])[:k])
    return lists


def skewness(values):
    mean = sum(values) / len(values)
    second = sum((v - mean) ** 2 for v in values) / len(values)
    return sum((v - mean) ** 3 for v in values) / len(values) / second ** 1.5


def mean_row(items):
    return [math.fsum(i.row[d] for i in items) / len(items) for d in range(len(items[0].row))]


def mean_cosine(items):
    n = len(items)
    total = [math.fsum(i.row[d] for i in items) for d in range(len(items[0].row))]
    return (dot(total, total) - n) / (n * (n - 1))


def distances(lists):
    """To the neighbours of each item that has no copy (a cosine of 1 within the rounding of f32)."""
    squares = [[2 - 2 * s for _, s in l] for l in lists]
    return [[math.sqrt(s) for s in l] for l in squares if l[0] > 1e-6]


def mle(lists):
    """Levina and Bickel 2004, inverses averaged (MacKay and Ghahramani 2005)."""
    inverses = [sum(math.log(l[-1] / r) for r in l[:-1]) / (len(l) - 1) for l in distances(lists)]
    return len(inverses) / sum(inverses)


def two_nn(lists):
    """Facco et al. 2017: a line through the origin, the largest tenth left out."""
    ratios = sorted(math.log(l[1] / l[0]) for l in distances(lists))
    n = len(ratios)
    kept = [(x, -math.log(1 - (i + 1) / n)) for i, x in enumerate(ratios[:int(0.9 * n)])]
    return sum(x * y for x, y in kept) / sum(x * x for x, _ in kept)


def shape(items, k):
    lists = nearest(items, k)
    counts = [0] * len(items)
    for l in lists:
        for j, _ in l:
            counts[j] += 1
    n, c = len(items), k / len(items)
    shares = {}
    for a in sorted({i.modality for i in items}):
        for b in sorted({i.modality for i in items}):
            own = [sum(items[j].modality == b for j, _ in l) / k for i, l in zip(items, lists) if i.modality == a]
            others = (sum(i.modality == b for i in items) - (a == b)) / (n - 1)
            shares[a, b] = (sum(own) / len(own), others)
    return {
        "items": n,
        "hub_skewness": (skewness(counts), (1 - 2 * c) / math.sqrt(n * c * (1 - c))),
        "never_found": (counts.count(0) / n, (1 - c) ** n),
        "mean_cosine": (mean_cosine(items), 0.0),
        "two_nn": (two_nn(lists), None),
        "mle_dimension": (mle(lists), None),
        "shares": shares,
        "hubs": sorted(((counts[i], items[i]) for i in range(n)), key=lambda x: -x[0]),
    }


def recall(queries, gallery, k, keep=lambda sample: True):
    """Share of queries (an item for each of its groups) with one of their group among the first k."""
    found = total = 0
    for q in queries:
        for group in sorted({s["group"] for s in q.samples if s["group"] and keep(s)}):
            others = [g for g in gallery if g is not q]
            relevant = [g for g in others if any(s["group"] == group for s in g.samples)]
            if not relevant:
                continue
            best = max(cosine(q, g) for g in relevant)
            above = sum(cosine(q, g) > best + 1e-6 for g in others if g not in relevant)
            found += above < k
            total += 1
    return found / total, total
