#!/usr/bin/env python3
"""Search at a recall beside faiss-cpu, hnswlib and usearch, each with its own HNSW (optional).

usage: peer_index.py BENCH_INDEX_ROUNDS (IDX_FOLDER | clustered[:ROWS]) [RECALL...]

IDX_FOLDER holds Fashion-MNIST's IDX files (.gz or not): test images are the queries. `clustered`: 200,000
x 384 made up as in clustered() below, 5,000 more as queries. All vectors are of length 1, all distances L2,
one thread, CPU time, the better of two rounds; a peer's line is its first effort that reaches the recall.
The kinds that `auto` took are built by faiss-cpu too, with RFlat behind them: the fastest of a grid of efforts.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

import faiss
import hnswlib
import numpy as np
from usearch.index import Index

PROBES, TIMES = [6, 8, 10, 13, 16, 20, 26, 32, 45, 64], [2, 3, 4, 6, 8, 10, 14, 20]
EFFORTS = [10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256]


def clustered(n, n_queries, dim=384, seed=1, clusters=1000, spread=0.7):
    """Clusters and what is around them have the same spectrum, 1/sqrt(1 + j), turned at random."""
    rng = np.random.default_rng(seed)
    scale = (1 + np.arange(dim)) ** -0.5
    turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    centres = rng.standard_normal((clusters, dim)) * scale
    made = []
    for count in (n, n_queries):
        x = centres[rng.integers(0, clusters, count)] + spread * rng.standard_normal((count, dim)) * scale
        made.append((x @ turn.T).astype(np.float32))
    return made


def read_idx(folder, stem):
    path = os.path.join(folder, stem + "-images-idx3-ubyte")
    with gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb") as f:
        data = f.read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(int.from_bytes(data[4:8], "big"), -1).astype(np.float32)


def unit(x):
    return np.ascontiguousarray(x / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True), dtype=np.float32)


def timed(work):
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def peers(rows):
    """Name, seconds to build, a function that sets the effort, one that searches."""
    dim, numbers = rows.shape[1], np.arange(len(rows))
    graph = faiss.IndexHNSWFlat(dim, 32)
    seconds = timed(lambda: graph.add(rows))[1]
    yield "faiss HNSW32", seconds, lambda ef: setattr(graph.hnsw, "efSearch", ef), lambda q: graph.search(q, 10)[1]
    lib = hnswlib.Index("l2", dim)
    lib.init_index(len(rows), M=16, ef_construction=200)
    lib.set_num_threads(1)
    seconds = timed(lambda: lib.add_items(rows, num_threads=1))[1]
    yield "hnswlib", seconds, lib.set_ef, lambda q: lib.knn_query(q, 10, num_threads=1)[0]
    for dtype in ("f32", "f16"):
        u = Index(ndim=dim, metric="l2sq", dtype=dtype)
        seconds = timed(lambda: u.add(numbers, rows, threads=1))[1]
        yield (f"usearch {dtype}", seconds, lambda ef: setattr(u, "expansion_search", ef),
               lambda q: u.search(q, 10, threads=1).keys)


def recall(found, truth):
    return float(np.mean([len(set(map(int, f)) & set(map(int, t))) / 10 for f, t in zip(found, truth)]))


def report(name, seconds, n, got, effort, build):
    print(f"{name:34s} {effort:16s} recall@10 {got:.4f}  {seconds / n * 1e6:7.1f} us  {n / seconds:7.0f}/s  "
          f"build {build:6.1f} s", flush=True)


def run_ours(program, rows, queries, truth, wanted):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("rows.npy", "queries.npy", "found")]
        np.save(paths[0], rows)
        np.save(paths[1], queries)
        out = subprocess.run([program, *paths, "auto", str(wanted)], input="go\ngo\n", capture_output=True, text=True,
                             check=True).stdout.splitlines()
        built, *rounds = (json.loads(line) for line in out)
        found = np.fromfile(paths[2], np.int64).reshape(-1, 10)
    report("ours " + built["kind"], min(r["cpu"] for r in rounds), len(queries), recall(found, truth),
           f"for {wanted}", built["build_cpu"])
    for kind, outcome, got, us, seconds in built["tried"]:
        print(f"    {outcome:8s} {kind:32s} recall {got:.3f} about {us:.0f} us, {seconds:.0f} s")
    return built["kind"]


def run_factory(kind, rows, queries, truth, recalls):
    """FAISS's own with the kind that `auto` took: every point of the grid once, those that will do once more."""
    index = faiss.index_factory(rows.shape[1], kind + ",RFlat")
    build = timed(lambda: (index.train(rows), index.add(rows)))[1]
    lists = faiss.extract_index_ivf(index.base_index)
    tried = []
    for lists.nprobe in PROBES:
        for index.k_factor in TIMES:
            found, seconds = timed(lambda: index.search(queries, 10)[1])
            tried.append((seconds, recall(found, truth), lists.nprobe, index.k_factor))
    for wanted in recalls:
        best = min((t for t in tried if t[1] >= wanted), default=None)
        if best is not None:
            lists.nprobe, index.k_factor = best[2:]
            again = timed(lambda: index.search(queries, 10))[1]
            report("faiss " + kind + ",RFlat", min(again, best[0]), len(queries), best[1],
                   f"{best[2]} x {best[3]:.0f}", build)


def main():
    program, data, recalls = sys.argv[1], sys.argv[2], [float(r) for r in sys.argv[3:]] or [0.95, 0.99]
    faiss.omp_set_num_threads(1)
    if data.startswith("clustered"):
        rows, queries = clustered(int(data[10:] or 200000), 5000)
    else:
        rows, queries = read_idx(data, "train"), read_idx(data, "t10k")[:5000]
    rows, queries = unit(rows), unit(queries)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    truth = flat.search(queries, 10)[1]
    print(f"{len(rows)} x {rows.shape[1]}, {len(queries)} queries")
    kinds = {run_ours(program, rows, queries, truth, wanted) for wanted in recalls}
    for kind in sorted(k for k in kinds if "IVF" in k):
        run_factory(kind, rows, queries, truth, recalls)
    for name, build, set_effort, search in peers(rows):
        left = sorted(recalls)
        for effort in EFFORTS:
            set_effort(effort)
            tries = [timed(lambda: search(queries)) for _ in range(2)]
            got = recall(tries[0][0], truth)
            if left and got >= left[0]:
                report(name, min(t for _, t in tries), len(queries), got, f"effort {effort}", build)
                left = [r for r in left if r > got]


if __name__ == "__main__":
    main()
