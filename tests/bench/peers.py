#!/usr/bin/env python3
"""featcache's store against other file formats, on the same arrays in one run.

    peers.py --bench-store build/release/tests/bench_store [--precision f32|f16] [--runs N]
             [--rows N] [--chunk-kib N] [--dir DIR] [--scale N] [FILE.npy ...]

Runs bench_store first (its figures are the lines "featcache"), then every peer that can be
imported: h5py (with hdf5plugin), pyarrow, zarr, lmdb. One that is missing is named and left out.
Without files: the synthetic features of bench_store. Every peer is read back and compared.

    venv=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/bench-venv
    python3 -m venv $venv && $venv/bin/pip install numpy h5py hdf5plugin pyarrow zarr lmdb

Rates are MB/s of raw bytes. write: wall time, fsync included. w cpu, in order: time on the processor,
one thread, which a busy neighbour disturbs less; in order is warm and into memory (featcache: always
to f32). row: one random item, wall microseconds, median and p99, warm.
"/blocks": bytes of the file against those of our blocks; "/file": against our whole data.mdb, which
also finds each item by its content hash of 32 bytes; the peers hold numbers only.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
except ImportError:
    sys.exit(__doc__ + "\npeers.py: numpy is missing; the two commands above install it")

import peer_formats

ID_BYTES = 32  # what a peer would need to find an item by what it was made of
DTYPES = {"f32": np.float32, "f16": np.float16}


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bench-store", required=True)
    p.add_argument("--precision", choices=sorted(DTYPES))
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--rows", type=int, default=500, help="random rows read from each peer")
    p.add_argument("--chunk-kib", type=int, default=256)
    p.add_argument("--scale", type=int, default=4, help="size of the synthetic features")
    p.add_argument("--dir", help="where files are made (default: the working folder)")
    p.add_argument("files", nargs="*")
    return p.parse_args()


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return "%s, %d cores, load %.1f" % (model, os.cpu_count(), os.getloadavg()[0])


def run_ours(args, folder):
    """bench_store's rows, and the .npy file of each data set."""
    command = [args.bench_store, "--json", "--dir", folder, "--runs", str(args.runs)]
    command += ["--scale", str(args.scale)]
    if args.precision:
        command += ["--precision", args.precision]
    if not args.files:
        command += ["--save", folder]
    done = subprocess.run(command + args.files, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit("peers.py: bench_store failed with status %d" % done.returncode)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    paths = {os.path.splitext(os.path.basename(f))[0]: f for f in args.files}
    return rows, {r["data"]: paths.get(r["data"], os.path.join(folder, r["data"] + ".npy"))
                  for r in rows}


def seconds_of(call):
    """Wall time, and time on the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(peer, a, args):
    """The peer's row: seconds to write and read, microseconds a row, bytes."""
    writes, reads, rows = [], [], []
    for _ in range(args.runs):
        peer.remove()
        writes.append(seconds_of(lambda: peer.write(a)))
    peer.open()
    if peer.all().tobytes() != a.tobytes():
        sys.exit("peers.py: %s gives back other bytes than it was given" % type(peer).__name__)
    for _ in range(args.runs):
        reads.append(seconds_of(peer.all))
    order = np.random.default_rng(99).integers(0, len(a), args.rows)
    for i in order[:20]:
        peer.row(int(i))
    for i in order:
        rows.append(seconds_of(lambda: peer.row(int(i)))[0] * 1e6)
    write_s, write_cpu_s = np.median(writes, axis=0)
    out = {"write_s": write_s, "write_cpu_s": write_cpu_s, "row_us": np.median(rows),
           "row_p99_us": np.quantile(rows, 0.99), "file_bytes": peer.size(),
           "in_order_cpu_bytes_s": a.nbytes / np.median(reads, axis=0)[1]}
    peer.remove()
    return out


LINE = "%-21s %9s %6s %8s %7s | %6s %6s %9s | %7s %8s"


def print_line(name, got, size, ours):
    raw = ours["raw_bytes"]
    print(LINE % (name, size, "%.3f" % (raw / size), "%.3f" % (size / ours["block_bytes"]),
                  "%.3f" % (size / ours["file_bytes"]), "%.0f" % (raw / got["write_s"] * 1e-6),
                  "%.0f" % (raw / got["write_cpu_s"] * 1e-6),
                  "%.0f" % (got["in_order_cpu_bytes_s"] * 1e-6), "%.1f" % got["row_us"],
                  "%.1f" % got["row_p99_us"]), flush=True)


def compare(ours, path, args, folder):
    a = np.load(path).astype(DTYPES[ours["precision"]])
    print("\n%s %s, %d items of %s, %.2f MB raw; order-0 limit %.3f, our blocks reach %.2f %% of it"
          % (ours["data"], ours["precision"], len(a), "x".join(map(str, a.shape[1:])), a.nbytes * 1e-6,
             a.nbytes / ours["limit_bytes"], 100 * ours["limit_bytes"] / ours["block_bytes"]))
    print(LINE % ("", "bytes", "ratio", "/blocks", "/file", "write", "w cpu", "in order", "row us",
                  "p99 us"))
    print_line("featcache, blocks", ours, ours["block_bytes"], ours)
    print_line("featcache, data.mdb", ours, ours["file_bytes"], ours)
    sizes = {}
    for name, make in peer_formats.peers().items():
        # The suffix keeps numpy from adding its own.
        got = measure(make(os.path.join(folder, "peer.npy"), args.chunk_kib << 10), a, args)
        sizes[name] = got["file_bytes"]
        print_line(name, got, got["file_bytes"], ours)
    if sizes:
        name = min(sizes, key=sizes.get)
        print("smallest peer, %s: %.3f of our blocks; with a 32-byte id an item, %.3f of our file"
              % (name, sizes[name] / ours["block_bytes"],
                 (sizes[name] + ID_BYTES * len(a)) / ours["file_bytes"]))


def main():
    args = arguments()
    folder = tempfile.mkdtemp(prefix="fc-peers-", dir=args.dir or ".")
    try:
        print("%s; chunks of %d KiB, median of %d" % (machine(), args.chunk_kib, args.runs))
        for library, why in peer_formats.MISSING.items():
            print("SKIPPED: the formats of %s: %s" % (library, why))
        rows, paths = run_ours(args, folder)
        for row in rows:
            if row["precision"] in DTYPES:
                compare(row, paths[row["data"]], args, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
