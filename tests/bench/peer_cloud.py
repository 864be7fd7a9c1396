#!/usr/bin/env python3
"""Meshes: parsing by format and sampling against trimesh, normals and FPFH against Open3D (where it is
installed), one thread each, in turns, in one run.

    find DIR -name '*.obj' | peer_cloud.py --bench-cloud build/release/tests/bench_cloud [--rounds N]

    venv=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/bench-venv
    python3 -m venv $venv && $venv/bin/pip install trimesh open3d-cpu

Both parse the same files, which bench_cloud has written; both begin with their bytes in memory. The
best of N rounds counts on both sides; counts of points and triangles are compared. Open3D computes the
histograms of all 2,048 points; featcache those of 64 patches, but also the covariance features and the
distribution of distances: "fpfh" is a time a shape, not the same work.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import io
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    import trimesh
except ImportError:
    sys.exit(__doc__ + "\npeer_cloud.py: trimesh is missing; the two commands above install it")
try:
    import open3d
except ImportError:
    open3d = None

FORMATS = {"obj": "obj", "ascii.ply": "ply", "binary.ply": "ply", "stl": "stl", "xyz": "xyz"}
SAMPLES, NEAREST = 2048, 32


def load(data, kind):
    if kind == "obj":
        return trimesh.load(io.BytesIO(data), file_type=kind, process=False, force="mesh",
                            skip_materials=True)
    return trimesh.load(io.BytesIO(data), file_type=kind, process=False)


def parse_all(files, kind):
    begin = time.perf_counter()
    meshes = [load(data, kind) for data in files]
    return time.perf_counter() - begin, meshes


def fpfh(points):
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points))
    near = open3d.geometry.KDTreeSearchParamKNN(NEAREST)
    cloud.estimate_normals(near)
    return open3d.pipelines.registration.compute_fpfh_feature(cloud, near)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bench-cloud", required=True)
    p.add_argument("--rounds", type=int, default=5)
    a = p.parse_args()
    listed = sys.stdin.read()
    ours, theirs = {}, {}

    def keep(where, name, seconds):
        where[name] = min(where.get(name, 1e9), seconds)

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([a.bench_cloud, "write", folder], input=listed, text=True, check=True)
        n = len(os.listdir(folder)) // len(FORMATS)
        files = {f: [open(f"{folder}/{i}.{f}", "rb").read() for i in range(n)] for f in FORMATS}
        megabytes = {f: sum(map(len, files[f])) / 1e6 for f in FORMATS}
        for _ in range(a.rounds):
            out = subprocess.run([a.bench_cloud, "0"], input=listed, text=True, check=True,
                                 stdout=subprocess.PIPE).stdout
            counts = {}
            for line in out.splitlines():
                if not line.startswith("#"):
                    name, seconds, _, points, triangles = line.split()[:5]
                    keep(ours, name, float(seconds))
                    counts[name] = int(points), int(triangles)
            for f, kind in FORMATS.items():
                seconds, meshes = parse_all(files[f], kind)
                keep(theirs, f, seconds)
                triangles = sum(len(m.faces) for m in meshes if hasattr(m, "faces"))
                if triangles != counts[f][1]:
                    sys.exit(f"{f}: trimesh reads {triangles} triangles, featcache {counts[f][1]}")
                if f == "binary.ply":
                    shapes = meshes
            begin = time.perf_counter()
            sampled = [trimesh.sample.sample_surface(m, SAMPLES, seed=0)[0] for m in shapes]
            keep(theirs, "sample", time.perf_counter() - begin)
            if open3d is not None:
                begin = time.perf_counter()
                for points in sampled:
                    fpfh(np.asarray(points))
                keep(theirs, "fpfh", time.perf_counter() - begin)
    peer = f"trimesh {trimesh.__version__}" + (f", Open3D {open3d.__version__}" if open3d else "")
    print(f"{peer}, numpy {np.__version__}, one thread, {n} meshes, best of {a.rounds} in turns")
    print("step        featcache s     peer s  times   featcache")
    for name in (*FORMATS, "sample", "fpfh"):
        if name in theirs:
            rate = (f"{megabytes[name] / ours[name]:6.0f} MB/s" if name in megabytes
                    else f"{n / ours[name]:6.0f} shapes/s")
            print(f"{name:10} {ours[name]:12.3f} {theirs[name]:10.3f} {theirs[name] / ours[name]:6.1f}   {rate}")


main()
