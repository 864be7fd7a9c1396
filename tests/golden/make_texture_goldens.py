#!/usr/bin/env python3
"""Make tests/golden/texture; needs numpy and scikit-image (made with 2.4.6, 0.26.0).

colours.rgb: 1,536 colours (random, the greys, the corners of the cube); colours.lab: their L, a, b as
f32 by skimage.color.rgb2lab. grey.u8: a noisy picture of 48 x 48;
METHOD_R.u8: its codes by skimage.feature.local_binary_pattern(P=8, R).
"""
import os

import numpy as np
from skimage.color import rgb2lab
from skimage.feature import local_binary_pattern

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "texture")


def save(name, a):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(np.ascontiguousarray(a).tobytes())


def main():
    os.makedirs(HERE, exist_ok=True)
    rng = np.random.default_rng(11)
    corners = [[255 * (i >> k & 1) for k in range(3)] for i in range(8)]
    greys = [[v] * 3 for v in range(256)]
    colours = np.concatenate([corners, greys, rng.integers(0, 256, (1536 - 264, 3))]).astype(np.uint8)
    save("colours.rgb", colours)
    save("colours.lab", rgb2lab(colours[None])[0].astype("<f4"))
    y, x = np.mgrid[0:48, 0:48]
    grey = (100 + 60 * np.sin(x / 5.0) + 50 * np.cos(y / 7.0) + rng.normal(0, 12, (48, 48))).clip(0, 255)
    grey = grey.astype(np.uint8)
    save("grey.u8", grey)
    for radius in (1, 2, 3, 4):
        save(f"uniform_{radius}.u8", local_binary_pattern(grey, 8, radius, "uniform").astype(np.uint8))
        save(f"oriented_{radius}.u8", local_binary_pattern(grey, 8, radius, "nri_uniform").astype(np.uint8))


main()
