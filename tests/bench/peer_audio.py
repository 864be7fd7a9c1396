#!/usr/bin/env python3
"""Log-mel spectra and MFCC of ten minutes of sound: featcache against librosa, one thread each, in
turns, in one run.

    peer_audio.py --bench-audio build/release/tests/bench_audio [--rounds N] [--minutes M]

    venv=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/bench-venv
    python3 -m venv $venv && $venv/bin/pip install librosa soundfile

The sound is noise under a rising tone at 16 kHz, from a seed; both begin with samples in memory. The
best of N rounds counts on both sides; results are compared.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import subprocess
import sys
import tempfile
import time

try:
    import librosa
    import numpy as np
    import soundfile
except ImportError:
    sys.exit(__doc__ + "\npeer_audio.py: librosa is missing; the two commands above install it")

RATE, KEYS = 16000, dict(sr=16000, n_fft=400, hop_length=160, n_mels=80, pad_mode="constant")


def logmel(x):
    return np.log(np.maximum(librosa.feature.melspectrogram(y=x, **KEYS), 1e-10))


def mfcc(x):
    return librosa.feature.mfcc(y=x, n_mfcc=13, **KEYS)


def timed(call, x):
    begin = time.perf_counter()
    result = call(x)
    return time.perf_counter() - begin, result


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bench-audio", required=True)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--minutes", type=float, default=10)
    a = p.parse_args()
    n = int(RATE * 60 * a.minutes)
    t = np.arange(n) / RATE
    noise = np.random.default_rng(1).standard_normal(n)
    x = (0.1 * noise + 0.2 * np.sin(2 * np.pi * (200 * t + 2 * t * t))).astype("f4")
    with tempfile.TemporaryDirectory() as folder:
        sound, out = folder + "/sound.wav", [folder + "/logmel.npy", folder + "/mfcc.npy"]
        soundfile.write(sound, x, RATE, subtype="FLOAT")
        logmel(x[:RATE]), mfcc(x[:RATE])  # imports and tables are not part of the time
        ours, theirs = {}, {}
        for _ in range(a.rounds):
            lines = subprocess.run([a.bench_audio, sound, "1", *out], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout.splitlines()
            for name, seconds in (line.split() for line in lines):
                ours[name] = min(ours.get(name, 1e9), float(seconds))
            for name, call in (("logmel", logmel), ("mfcc", mfcc)):
                seconds, result = timed(call, x)
                theirs[name] = min(theirs.get(name, 1e9), seconds)
                mine = np.load(out[0 if name == "logmel" else 1]).T
                worst = np.abs(mine - result).max() / max(1, np.abs(result).max())
                if mine.shape != result.shape or not worst < 1e-4:
                    sys.exit(f"{name}: shapes {mine.shape} {result.shape}, off by {worst}")
    print(f"librosa {librosa.__version__}, numpy {np.__version__}, one thread, {a.minutes:g} minutes "
          f"at 16 kHz, best of {a.rounds} in turns")
    print("what      featcache s  librosa s  times")
    for name in ("logmel", "mfcc"):
        print(f"{name:9} {ours[name]:11.3f}  {theirs[name]:9.3f}  {theirs[name] / ours[name]:5.1f}")
    print(f"builtin/mfcc from the file, all outputs: {ours['encoder']:.3f} s")


main()
