#!/usr/bin/env python3
"""Make tests/golden/images and tests/golden/resize; needs Pillow (made with 13.0.0).

images/NAME.png|jpg with NAME.rgb: the 8-bit RGB pixels that decoding has to give. The PNG files are
written here by hand, because Pillow writes few of the types; sixteen bits keep their high byte, and
alpha is composited on white by Pillow. JPEG files are written and read by Pillow.

resize/source.rgb (37 x 23) and resize/FILTER_WxH.rgb, pad_FILTER_N.rgb: Pillow's Image.resize of it,
and of it pasted in the middle of a white square.
"""
import os
import random
import struct
import zlib

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 9, 7
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_line(samples, depth):
    """One line of samples as bytes, most significant bits first."""
    if depth == 16:
        return b"".join(struct.pack(">H", s) for s in samples)
    bits = "".join(format(s, f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def scan(pixels, depth, interlaced):
    """Filter 0 in front of every line; pixels[y][x] is a tuple of samples."""
    out = b""
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        for y in range(y0, H, dy):
            line = [s for x in range(x0, W, dx) for s in pixels[y][x]]
            if line:
                out += b"\0" + pack_line(line, depth)
    return out


def png(colour_type, depth, pixels, interlaced, extra=b""):
    ihdr = struct.pack(">IIBBBBB", W, H, depth, colour_type, 0, 0, 1 if interlaced else 0)
    data = zlib.compress(scan(pixels, depth, interlaced), 9)
    half = len(data) // 2  # two IDAT chunks: readers must join them
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + extra + chunk(b"IDAT", data[:half]) +
            chunk(b"IDAT", data[half:]) + chunk(b"IEND", b""))


def to8(v, depth):
    return v >> 8 if depth == 16 else v * 255 // ((1 << depth) - 1)


def on_white(rgba):
    im = Image.new("RGBA", (W, H))
    im.putdata([p for line in rgba for p in line])
    return Image.alpha_composite(Image.new("RGBA", (W, H), "white"), im).convert("RGB").tobytes()


def save(name, data, rgb):
    with open(os.path.join(HERE, "images", name), "wb") as f:
        f.write(data)
    with open(os.path.join(HERE, "images", os.path.splitext(name)[0] + ".rgb"), "wb") as f:
        f.write(rgb)


def make_png(rng, colour_type, depth, interlaced=False, clear=False):
    n = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    top = 255 if colour_type == 3 else (1 << depth) - 1
    levels = 1 << depth
    pixels = [[tuple(rng.randrange(levels) for _ in range(n)) for _ in range(W)] for _ in range(H)]
    extra, rgba = b"", None
    if colour_type == 3:
        palette = [tuple(rng.randrange(256) for _ in range(3)) for _ in range(levels)]
        alphas = [rng.randrange(256) for _ in range(levels // 2 + 1)] if clear else []
        extra = chunk(b"PLTE", b"".join(bytes(p) for p in palette))
        extra += chunk(b"tRNS", bytes(alphas)) if clear else b""
        rgba = [[palette[p[0]] + ((alphas[p[0]] if p[0] < len(alphas) else 255),) for p in line]
                for line in pixels]
    else:
        key = pixels[3][4] if clear else None
        if clear:
            extra = chunk(b"tRNS", b"".join(struct.pack(">H", s) for s in key))
            pixels[5][2] = key
        rgba = []
        for line in pixels:
            out = []
            for p in line:
                alpha = to8(p[-1], depth) if n in (2, 4) else (0 if p == key else 255)
                colour = tuple(to8(s, depth) for s in p[:3 if n >= 3 else 1])
                out.append((colour * 3)[:3] + (alpha,))
            rgba.append(out)
    assert top  # a level of 0 bits would be a mistake in the table below
    name = f"png_type{colour_type}_{depth}{'_clear' if clear else ''}{'_interlaced' if interlaced else ''}.png"
    save(name, png(colour_type, depth, pixels, interlaced, extra), on_white(rgba))


def smooth(w, h, mode):
    """A picture that JPEG keeps well: gradients with one edge."""
    im = Image.new("RGB", (w, h))
    im.putdata([((x * 255 // w), (y * 255 // h), 200 if x + y < w else 40) for y in range(h) for x in range(w)])
    return im.convert(mode)


def make_jpeg(name, mode, **options):
    path = os.path.join(HERE, "images", name + ".jpg")
    smooth(33, 21, mode).save(path, quality=90, **options)
    with open(path, "rb") as f:
        save(name + ".jpg", f.read(), Image.open(path).convert("RGB").tobytes())


def make_resizes(rng):
    w, h = 37, 23
    raw = bytes(rng.choice((0, 255, rng.randrange(256))) for _ in range(w * h * 3))
    folder = os.path.join(HERE, "resize")
    with open(os.path.join(folder, "source.rgb"), "wb") as f:
        f.write(raw)
    source = Image.frombytes("RGB", (w, h), raw)
    side = max(w, h)
    square = Image.new("RGB", (side, side), "white")
    square.paste(source, ((side - w) // 2, (side - h) // 2))
    for name in ("box", "bilinear", "bicubic", "lanczos"):
        rule = getattr(Image.Resampling, name.upper())
        for size in ((8, 8), (37, 9), (50, 40), (13, 60)):
            with open(os.path.join(folder, f"{name}_{size[0]}x{size[1]}.rgb"), "wb") as f:
                f.write(source.resize(size, rule).tobytes())
        for n in (14, 56):
            with open(os.path.join(folder, f"pad_{name}_{n}.rgb"), "wb") as f:
                f.write(square.resize((n, n), rule).tobytes())


def main():
    rng = random.Random(20)
    for folder in ("images", "resize"):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    for colour_type, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            make_png(rng, colour_type, depth)
            make_png(rng, colour_type, depth, interlaced=True)
            if colour_type in (0, 2, 3):
                make_png(rng, colour_type, depth, clear=True)
    make_jpeg("jpeg_grey", "L")
    make_jpeg("jpeg_420", "RGB")
    make_jpeg("jpeg_444", "RGB", subsampling=0)
    make_jpeg("jpeg_progressive", "RGB", progressive=True)
    make_jpeg("jpeg_cmyk", "CMYK")
    make_resizes(rng)


main()
