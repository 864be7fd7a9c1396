#!/usr/bin/env python3
"""Decoding and resizing by featcache against Pillow, on the same files in one run.

    image_peers.py --bench-image build/release/tests/bench_image [--rounds N] [--files N] [--side N] FOLDER

Takes N pictures (PNG) out of FOLDER, lays them on white, brings their longer side to --side pixels and
saves each as JPEG (quality 90, 4:2:0), progressive JPEG, PNG (RGB) and WebP (quality 80). Then, by
format and in turns, so that a busy neighbour meets both: Pillow on one thread (open, convert to RGB,
bicubic to 224 x 224), bench_image on one thread and on two. A ratio is Pillow's time over ours, the
median of the rounds; the largest difference of a pixel is told as well.

    venv=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/bench-venv
    python3 -m venv $venv && $venv/bin/pip install numpy pillow
"""
import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    from PIL import Image, features
except ImportError:
    sys.exit(__doc__ + "\nimage_peers.py: numpy or Pillow is missing; the two commands above install them")

SIZE = 224
FORMATS = {
    "jpeg": (".jpg", dict(format="JPEG", quality=90)),
    "jpeg progressive": (".jpg", dict(format="JPEG", quality=90, progressive=True)),
    "png": (".png", dict(format="PNG")),
    "webp": (".webp", dict(format="WEBP", quality=80)),
}


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bench-image", required=True)
    p.add_argument("--rounds", type=int, default=9)
    p.add_argument("--files", type=int, default=24)
    p.add_argument("--side", type=int, default=1024)
    p.add_argument("folder")
    return p.parse_args()


def sources(args):
    found = sorted(os.path.join(d, f) for d, _, names in os.walk(args.folder) for f in names if f.endswith(".png"))
    random.Random(1).shuffle(found)
    out = []
    for path in found[:args.files]:
        rgba = Image.open(path).convert("RGBA")
        im = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
        scale = args.side / max(im.size)
        out.append(im.resize([max(1, round(s * scale)) for s in im.size], Image.Resampling.LANCZOS))
    return out


def pillow_round(blobs):
    begin = time.perf_counter()
    out = [Image.open(io.BytesIO(b)).convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC) for b in blobs]
    return time.perf_counter() - begin, out


def our_round(args, paths, threads, out=None):
    command = [args.bench_image, "--rounds", "1", "--threads", str(threads), "--size", str(SIZE)]
    if out:
        command += ["--out", out]
    done = subprocess.run(command, input="\n".join(paths), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measure(args, name, images, folder):
    extension, options = FORMATS[name]
    paths, blobs = [], []
    for i, im in enumerate(images):
        paths.append(os.path.join(folder, name.replace(" ", "_") + f"{i:03}" + extension))
        im.save(paths[-1], **options)
        with open(paths[-1], "rb") as f:
            blobs.append(f.read())
    raw = os.path.join(folder, "out")
    our_round(args, paths, 1, raw)
    _, theirs = pillow_round(blobs)
    ours = np.fromfile(raw, np.uint8).reshape(len(paths), SIZE, SIZE, 3).astype(int)
    worst = max(int(np.abs(np.asarray(t) - o).max()) for t, o in zip(theirs, ours))
    peer, one, two, decode = [], [], [], []
    for _ in range(args.rounds):
        peer.append(pillow_round(blobs)[0])
        got = our_round(args, paths, 1)
        one.append(got["seconds"])
        decode.append(got["decode_seconds"])
        two.append(our_round(args, paths, 2)["seconds"])
    n = len(paths)
    print("%-17s %8.2f %8.2f %8.2f %8.2f %7.2f %7.2f %6d" %
          (name, statistics.median(peer) / n * 1e3, statistics.median(one) / n * 1e3,
           statistics.median(decode) / n * 1e3, statistics.median(two) / n * 1e3,
           statistics.median(p / o for p, o in zip(peer, one)),
           statistics.median(p / t for p, t in zip(peer, two)), worst), flush=True)


def main():
    args = arguments()
    images = sources(args)
    if not images:
        sys.exit("image_peers.py: no .png below " + args.folder)
    mega = sum(im.size[0] * im.size[1] for im in images) / len(images) / 1e6
    print("%d pictures of %.2f megapixels; Pillow with libjpeg-turbo %s, %s, libwebp %s; load %.1f" %
          (len(images), mega, features.version("libjpeg_turbo"),
           "zlib-ng" if features.check("zlib_ng") else "zlib", features.version("webp"), os.getloadavg()[0]))
    print("%-17s %8s %8s %8s %8s %7s %7s %6s" %
          ("ms a picture", "Pillow", "ours", "decode", "2 thr", "ratio", "ratio 2", "differ"))
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            measure(args, name, images, folder)


main()
