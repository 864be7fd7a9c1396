"""The cloud that goldens of Point-BERT are of, with the standard library alone, so that a test makes the
same bytes: numbers of a linear congruential generator; float32, colours as bytes.

usage: neural_cloud.py FOLDER     writes torus_rgb.ply, torus_xyz.ply, and torus_z_up.ply: turned so that what
                                  was up along y is along z
"""

import math
import os
import struct
import sys

POINTS = 10000


def cloud(seed=1):
    """10,000 points of a bumpy torus: x, y, z, red, green, blue."""
    state, out = seed, []

    def uniform():
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return state / 2**32

    for _ in range(POINTS):
        u, v, w = 2 * math.pi * uniform(), 2 * math.pi * uniform(), uniform()
        r = 0.3 + 0.05 * math.sin(5 * u) + 0.02 * w
        p = ((1 + r * math.cos(v)) * math.cos(u), (1 + r * math.cos(v)) * math.sin(u) + 3, r * math.sin(v))
        c = (int(255 * uniform()), int(127 * (1 + math.sin(u))), int(127 * (1 + math.cos(v))))
        out.append(tuple(p) + c)
    return out


def ply(path, points, colours):
    with open(path, "wb") as f:
        f.write(("ply\nformat binary_little_endian 1.0\nelement vertex %d\n"
                 "property float x\nproperty float y\nproperty float z\n" % len(points)).encode())
        if colours:
            f.write(b"property uchar red\nproperty uchar green\nproperty uchar blue\n")
        f.write(b"end_header\n")
        for p in points:
            f.write(struct.pack("<fff", *p[:3]) + (bytes(p[3:]) if colours else b""))


if __name__ == "__main__":
    ply(os.path.join(sys.argv[1], "torus_rgb.ply"), cloud(), True)
    ply(os.path.join(sys.argv[1], "torus_xyz.ply"), cloud(), False)
    ply(os.path.join(sys.argv[1], "torus_z_up.ply"), [(p[2], p[0], p[1]) for p in cloud()], False)
