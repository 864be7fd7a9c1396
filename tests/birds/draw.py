"""Draw the pictures of this folder: ten birds on white, 96 x 96, with the standard library alone.

They are the data of the session in the README, which tests/cli/readme.sh runs: small enough to be
in the checkout, unlike enough that shape and colour tell them apart, and free of anyone's rights.

    python3 tests/birds/draw.py FOLDER
"""
import math
import os
import struct
import sys
import zlib

SIZE = 96
FINE = 3  # samples a pixel along each axis

WHITE, BLACK = (255, 255, 255), (30, 28, 28)


def ellipse(cx, cy, rx, ry, colour, degrees=0.0):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def inside(x, y):
        u, v = (x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s
        return (u / rx) ** 2 + (v / ry) ** 2 <= 1

    return inside, colour


def triangle(points, colour):
    def inside(x, y):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax)
                 for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1])]
        return min(sides) >= 0 or max(sides) <= 0

    return inside, colour


def line(x0, y0, x1, y1, width, colour):
    length = math.hypot(x1 - x0, y1 - y0)

    def inside(x, y):
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
        across = abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
        return 0 <= along <= length and across <= width / 2

    return inside, colour


def songbird(back, breast, head, beak, crest=False, tail=20, size=1.0):
    """A perching bird seen from its left; `tail` in degrees above the horizontal."""
    cx, cy, r = 50, 54, 22 * size
    t = math.radians(tail)
    tip = (cx + 2.0 * r * math.cos(t), cy - 2.0 * r * math.sin(t))
    hx, hy = cx - 0.75 * r, cy - 0.85 * r
    shapes = [
        line(cx - 3, cy + 0.6 * r, cx - 3, 88, 2, BLACK),
        line(cx + 5, cy + 0.6 * r, cx + 5, 88, 2, BLACK),
        line(10, 88, 86, 88, 3, (120, 85, 50)),
        triangle([(cx + 0.5 * r, cy - 6 * size), (cx + 0.5 * r, cy + 8 * size), tip], back),
        ellipse(cx, cy, r, 0.72 * r, back, -25),
        ellipse(cx - 0.3 * r, cy + 0.18 * r, 0.62 * r, 0.5 * r, breast, -25),
        ellipse(hx, hy, 0.5 * r, 0.48 * r, head),
        triangle([(hx - 0.42 * r, hy - 3), (hx - 0.42 * r, hy + 4), (hx - 0.95 * r, hy + 2)], beak),
        ellipse(hx - 0.15 * r, hy - 0.08 * r, 2.0, 2.0, BLACK),
        ellipse(cx + 0.25 * r, cy - 0.1 * r, 0.55 * r, 0.3 * r, tuple(int(0.8 * c) for c in back), -20),
    ]
    if crest:
        shapes.append(triangle([(hx - 0.3 * r, hy - 0.35 * r), (hx + 0.4 * r, hy - 0.25 * r),
                                (hx + 0.35 * r, hy - 1.0 * r)], head))
    return shapes


def owl(body, belly, face, eyes):
    shapes = [
        ellipse(48, 58, 24, 32, body), ellipse(48, 66, 15, 22, belly), ellipse(48, 32, 23, 19, body),
        triangle([(28, 26), (40, 18), (27, 8)], body), triangle([(68, 26), (56, 18), (69, 8)], body),
        ellipse(39, 33, 10, 11, face), ellipse(57, 33, 10, 11, face),
        triangle([(44, 37), (52, 37), (48, 46)], (200, 150, 60)),
    ]
    for x in (39, 57):
        shapes += [ellipse(x, 32, 6, 6, eyes), ellipse(x, 32, 3, 3, BLACK)]
    return shapes + [line(16, 91, 80, 91, 4, (120, 85, 50))]


def waterbird(body, neck, head, beak, long_neck):
    water = [ellipse(48, 82, 44, 8, (120, 175, 215))]
    top = 22 if long_neck else 44
    return water + [
        ellipse(54, 70, 28, 14, body), triangle([(74, 66), (80, 74), (92, 56)], body),
        line(32, 70, 28, top, 10 if long_neck else 12, neck), ellipse(27, top, 9, 8, head),
        triangle([(20, top - 3), (20, top + 4), (6, top + 3)], beak), ellipse(24, top - 2, 1.8, 1.8, BLACK),
    ]


def wader(body, beak):
    return [
        line(50, 56, 50, 92, 2.5, body), line(57, 56, 57, 92, 2.5, body),
        ellipse(54, 48, 19, 12, body, -15), line(40, 46, 34, 28, 5, body), line(34, 29, 42, 14, 5, body),
        ellipse(40, 13, 7, 6, body), triangle([(34, 11), (35, 17), (22, 22)], beak),
        ellipse(38, 12, 1.5, 1.5, BLACK),
    ]


BIRDS = {
    "cardinal": songbird((190, 30, 35), (205, 45, 45), (200, 25, 30), (240, 140, 40), crest=True),
    "robin": songbird((110, 90, 70), (225, 110, 45), (215, 105, 45), (90, 75, 60)),
    "bluejay": songbird((55, 105, 190), (225, 230, 235), (60, 110, 200), BLACK, crest=True),
    "goldfinch": songbird((235, 200, 40), (245, 220, 90), (240, 205, 45), (220, 140, 60), size=0.85),
    "wren": songbird((130, 90, 55), (200, 170, 135), (125, 85, 50), (90, 75, 60), tail=70, size=0.75),
    "owl": owl((125, 95, 65), (190, 165, 130), (215, 195, 165), (240, 180, 40)),
    "snowyowl": owl((228, 228, 232), (245, 245, 247), (238, 238, 240), (245, 205, 50)),
    "duck": waterbird((140, 125, 110), (110, 75, 50), (30, 110, 60), (235, 190, 50), False),
    "swan": waterbird((240, 240, 244), (240, 240, 244), (240, 240, 244), (235, 120, 40), True),
    "flamingo": wader((245, 130, 150), BLACK),
}


def pixel(shapes, x, y):
    total = [0, 0, 0]
    for i in range(FINE * FINE):
        px, py = x + (i % FINE + 0.5) / FINE, y + (i // FINE + 0.5) / FINE
        colour = next((c for inside, c in reversed(shapes) if inside(px, py)), WHITE)
        total = [t + c for t, c in zip(total, colour)]
    return bytes(round(t / (FINE * FINE)) for t in total)


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name, shapes in BIRDS.items():
        rows = [b"".join(pixel(shapes, x, y) for x in range(SIZE)) for y in range(SIZE)]
        with open(os.path.join(folder, name + ".png"), "wb") as f:
            f.write(png(rows))


main()
