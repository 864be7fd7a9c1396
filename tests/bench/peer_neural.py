#!/usr/bin/env python3
"""`featcache ingest` with a model beside its two ceilings and beside the Python pipeline, in turns, in one run.

    peer_neural.py --featcache build/release/featcache --bench build/release/tests/bench_neural \\
        --library libonnxruntime.so [--jobs N] [--rounds N] CARD FOLDER

CARD is one of schemas/encoders/models with its model (and tokenizer.json) in place, FOLDER holds pictures
(EfficientNet-Lite0: Pillow and onnxruntime) or .txt files (MiniLM: tokenizers and onnxruntime). A round
is: what bench_neural measures, the runtime alone in Python, the Python pipeline, the ingest into a new
store, index and seal and all. Best of all rounds each, by the clock and, for machines with other work,
on the processors (`cpu`):

    ceiling   1 / (1 / the runtime alone + 1 / preparing alone), all on all cores; the runtime alone is the
              best of one run with N threads and N runs with one, from C and from Python (batches of 32)
    peer      Python: a pool of N threads decodes and resizes (or, for texts, the tokenizers package with
              its own threads), batches of 32 (texts sorted by length), the next of which is prepared while
              one runs; the runtime with N threads, or N threads that run with one, whichever is faster
    script    the peer as a program of its own, from its start to a saved .npy, as the ingest is measured from
              its start to a sealed version and an index; `pipeline` leaves out imports and loading the model
    plain     the same as a script that nobody tuned: batches of 32 in the order of the files, prepared and run by
              turns in one thread (the runtime has all), texts padded to the longest of their batch

The features of both are compared.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime

BATCH = 32


def picture(path):
    """The IMG rule of EfficientNet-Lite0's card."""
    from PIL import Image

    im = Image.open(path)
    if im.mode in ("RGBA", "LA", "P", "PA", "1") or "transparency" in im.info:
        im = im.convert("RGBA")
        ground = Image.new("RGBA", im.size, (255, 255, 255, 255))
        im = Image.alpha_composite(ground, im)
    im = im.convert("RGB")
    if im.size[0] != im.size[1]:
        side = max(im.size)
        square = Image.new("RGB", (side, side), (255, 255, 255))
        square.paste(im, ((side - im.size[0]) // 2, (side - im.size[1]) // 2))
        im = square
    im = im.resize((224, 224), Image.BICUBIC)
    x = np.asarray(im, dtype=np.float32)
    return ((x - np.float32(127)) / np.float32(128)).transpose(2, 0, 1)


class Pictures:
    output = "pooled"

    def __init__(self, card, files, jobs):
        self.files, self.jobs = files, jobs

    def batches(self):
        """Indexes and feeds, prepared by a pool while the batch before runs."""
        groups = [list(range(i, min(i + BATCH, len(self.files)))) for i in range(0, len(self.files), BATCH)]
        with ThreadPoolExecutor(self.jobs) as pool:
            ahead = [pool.submit(picture, self.files[i]) for i in groups[0]]
            for g, group in enumerate(groups):
                ready = ahead
                if g + 1 < len(groups):
                    ahead = [pool.submit(picture, self.files[i]) for i in groups[g + 1]]
                yield group, {"image": np.stack([f.result() for f in ready])}

    def plain_batches(self):
        for at in range(0, len(self.files), BATCH):
            group = range(at, min(at + BATCH, len(self.files)))
            yield group, {"image": np.stack([picture(self.files[i]) for i in group])}

    outputs = ["pooled"]

    @staticmethod
    def features(feeds, out):
        return out[0]


class Texts:
    output = "mean"

    def __init__(self, card, files, jobs):
        from tokenizers import Tokenizer

        os.environ["RAYON_NUM_THREADS"] = str(jobs)
        self.files = files
        self.tokenizer = Tokenizer.from_file(os.path.join(os.path.dirname(card) or ".", "tokenizer.json"))
        self.tokenizer.enable_truncation(128)
        self.tokenizer.no_padding()

    def batches(self):
        texts = []
        for f in self.files:
            with open(f, encoding="utf-8") as t:
                texts.append(t.read())
        encoded = []
        for i in range(0, len(texts), 1000):
            encoded += self.tokenizer.encode_batch_fast(texts[i:i + 1000])
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))
        for at in range(0, len(order), BATCH):
            group = order[at:at + BATCH]
            yield group, self.padded([encoded[i].ids for i in group])

    def plain_batches(self):
        for at in range(0, len(self.files), BATCH):
            group = range(at, min(at + BATCH, len(self.files)))
            texts = []
            for i in group:
                with open(self.files[i], encoding="utf-8") as t:
                    texts.append(t.read())
            yield group, self.padded([e.ids for e in self.tokenizer.encode_batch(texts)])

    @staticmethod
    def padded(ids):
        feeds = {k: np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
                 for k in ("input_ids", "attention_mask", "token_type_ids")}
        for row, of_one in enumerate(ids):
            feeds["input_ids"][row, :len(of_one)] = of_one
            feeds["attention_mask"][row, :len(of_one)] = 1
        return feeds

    outputs = ["last_hidden_state"]

    @staticmethod
    def features(feeds, out):
        mask = feeds["attention_mask"][:, :, None].astype(np.float32)
        mean = (out[0] * mask).sum(axis=1) / mask.sum(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def runtime_alone(kind, sessions, feeds, jobs):
    """Seconds for all batches: one run with all threads, and one thread in each of so many runs."""
    start = time.perf_counter()
    for f in feeds:
        sessions[jobs].run(kind.outputs, f)
    wide = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda f: sessions[1].run(kind.outputs, f) and None, feeds))
    return wide, time.perf_counter() - start, time.process_time() - cpu


def pipeline(kind, sessions, jobs, narrow, plain=False):
    rows = [None] * len(kind.files)

    def run(group, feeds, s):
        for i, row in zip(group, kind.features(feeds, s.run(kind.outputs, feeds))):
            rows[i] = row

    start, cpu = time.perf_counter(), time.process_time()
    if narrow:
        with ThreadPoolExecutor(jobs) as pool:
            for done in [pool.submit(run, g, f, sessions[1]) for g, f in kind.batches()]:
                done.result()
    else:
        for group, feeds in kind.plain_batches() if plain else kind.batches():
            run(group, feeds, sessions[jobs])
    return time.perf_counter() - start, time.process_time() - cpu, np.stack(rows)


def ingest(a, store):
    shutil.rmtree(store, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([a.featcache, "ingest", store, a.folder, "--encoder", a.card, "--onnxruntime", a.library,
                           "--jobs", str(a.jobs), "--progress=never", "--json"], capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit("ingest: exit %d\n%s" % (done.returncode, done.stderr))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def script(a, how, out):
    """The pipeline as somebody would run it; seconds by the clock and on the processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, os.path.abspath(__file__), "--featcache", "-", "--bench", "-", "--library", "-", "--jobs",
                    str(a.jobs), "--script", how, "--out", out, a.card, a.folder], check=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stored(a, store, output):
    """Rows by path, as the store has them."""
    out = store + ".out"
    subprocess.run([a.featcache, "export", store, "-o", out, "--output", output], check=True, capture_output=True)
    npy = [f for f in os.listdir(out) if f.endswith(".npy")]
    rows = np.load(os.path.join(out, npy[0]))
    with open(os.path.join(out, npy[0][:-4] + ".jsonl"), encoding="utf-8") as f:
        return {json.loads(line)["id"]: rows[i] for i, line in enumerate(f)}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--featcache", required=True)
    p.add_argument("--bench", required=True)
    p.add_argument("--library", required=True)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--script", choices=("narrow", "wide", "plain"), help=argparse.SUPPRESS)
    p.add_argument("--out", help=argparse.SUPPRESS)
    p.add_argument("card")
    p.add_argument("folder")
    a = p.parse_args()
    files = sorted(os.path.join(d, f) for d, _, names in os.walk(a.folder) for f in names)
    model = next(line.split(":", 1)[1].strip() for line in open(a.card) if line.startswith("model:"))
    model = os.path.join(os.path.dirname(a.card) or ".", model)
    kind = (Texts if files[0].endswith(".txt") else Pictures)(a.card, files, a.jobs)
    if a.script:
        n = 1 if a.script == "narrow" else a.jobs
        np.save(a.out, pipeline(kind, {n: session(model, n)}, a.jobs, a.script == "narrow", a.script == "plain")[2])
        return
    sessions = {n: session(model, n) for n in {1, a.jobs}}
    feeds = [f for _, f in kind.batches()]
    best = {}

    def keep(name, seconds):
        best[name] = min(best.get(name, 1e9), seconds)

    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        for _ in range(a.rounds):
            out = subprocess.run([a.bench, a.card, "--onnxruntime", a.library, "--threads", str(a.jobs), "--rounds", "1"],
                                 input="\n".join(files), capture_output=True, text=True, check=True).stdout
            for name, seconds in json.loads(out).items():
                if name not in ("files", "threads"):
                    keep(name, seconds)
            seconds, cpu = ingest(a, store)
            keep("ingest", seconds)
            keep("ingest cpu", cpu)
            wide, narrow, cpu = runtime_alone(kind, sessions, feeds, a.jobs)
            keep("python wide", wide)
            keep("python narrow", narrow)
            keep("python narrow cpu", cpu)
            for narrow in (False, True):
                seconds, cpu, rows = pipeline(kind, sessions, a.jobs, narrow)
                keep("pipeline", seconds)
                keep("pipeline cpu", cpu)
                seconds, cpu = script(a, "narrow" if narrow else "wide", os.path.join(folder, "features.npy"))
                keep("script", seconds)
                keep("script cpu", cpu)
            seconds, cpu = script(a, "plain", os.path.join(folder, "features.npy"))
            keep("plain", seconds)
            keep("plain cpu", cpu)
            seconds, cpu = ingest(a, store)
            keep("ingest", seconds)
            keep("ingest cpu", cpu)
        ours = stored(a, store, kind.output)
    n = len(files)
    print("%d files, %d jobs, best of %d; onnxruntime %s in Python" % (n, a.jobs, a.rounds, onnxruntime.__version__))
    for name, seconds in best.items():
        print("%-18s %8.2f s %9.1f a second" % (name, seconds, n / seconds))
    for cpu in ("", " cpu"):
        runs = [best[k + cpu] for k in ("narrow", "wide", "python wide", "python narrow") if k + cpu in best]
        ceiling = best["prepare" + cpu] + min(runs)
        print("%-18s %8.2f s %9.1f a second: ingest %.3f of it (aim 0.95), %.3f times the Python script (aim 1.15), "
              "%.3f times its pipeline alone, %.3f times the plain one" %
              ("ceiling" + cpu, ceiling, n / ceiling, ceiling / best["ingest" + cpu],
               best["script" + cpu] / best["ingest" + cpu], best["pipeline" + cpu] / best["ingest" + cpu],
               best["plain" + cpu] / best["ingest" + cpu]))
    worst = 1.0
    for f, row in zip(files, rows):
        other = ours[os.path.relpath(f, a.folder)].reshape(-1)
        cosine = float(np.dot(row, other) / np.linalg.norm(row) / np.linalg.norm(other))
        worst = min(worst, cosine)
    print("features: smallest cosine between both %.6f" % worst)


main()
