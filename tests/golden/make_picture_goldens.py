#!/usr/bin/env python3
"""Make tests/golden/pictures and tests/golden/fits; needs Pillow and numpy (made with 13.0.0, 2.4.6).

pictures/NAME.webp|jpg|png|npy with NAME.rgb: the 8-bit RGB pixels that decoding has to give, upright
(ImageOps.exif_transpose) and over white; NAME.black.rgb the same over black, where there is alpha.
Names tell what is special: exifN (orientation N), icc (with a profile).

fits/NAME.u8: the source of resize/ made to fit by each mode and filter, as Pillow does it, and
fits/NAME.chw.f32, NAME.hwc.f32: the same with mean and deviation by numpy.
"""
import os
import random

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


def picture(w, h, mode):
    """Gradients with an edge and one odd corner, so that every orientation differs."""
    im = Image.new("RGBA", (w, h))
    im.putdata([(x * 255 // w, y * 255 // h, 200 if x + y < w else 40, 255 * (x + 2 * y) // (w + 2 * h))
                for y in range(h) for x in range(w)])
    im.paste((255, 0, 0, 255), (0, 0, w // 4, h // 3))
    return im.convert(mode)


def over(im, ground):
    rgba = im.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, ground), rgba).convert("RGB")


def write(folder, name, data):
    with open(os.path.join(HERE, folder, name), "wb") as f:
        f.write(data)


def save(name, im, **options):
    path = os.path.join(HERE, "pictures", name)
    im.save(path, **options)
    back = ImageOps.exif_transpose(Image.open(path))
    stem = os.path.splitext(name)[0]
    write("pictures", stem + ".rgb", over(back, "white").tobytes())
    if "A" in im.mode:
        write("pictures", stem + ".black.rgb", over(back, "black").tobytes())


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def make_pictures():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for n in range(1, 9):
        save(f"jpeg_exif{n}.jpg", picture(24, 17, "RGB"), quality=90, exif=exif_of(n))
    save("png_exif6.png", picture(24, 17, "RGB"), exif=exif_of(6))
    save("webp_exif8.webp", picture(24, 17, "RGB"), quality=80, exif=exif_of(8))
    save("webp_lossy.webp", picture(33, 21, "RGB"), quality=80)
    save("webp_lossless.webp", picture(33, 21, "RGB"), lossless=True)
    save("webp_lossy_alpha.webp", picture(33, 21, "RGBA"), quality=80)
    save("webp_lossless_alpha.webp", picture(33, 21, "RGBA"), lossless=True, exact=True)
    save("png_alpha.png", picture(33, 21, "RGBA"))
    save("jpeg_icc.jpg", picture(24, 17, "RGB"), quality=90, icc_profile=profile)
    save("png_icc.png", picture(24, 17, "RGB"), icc_profile=profile)
    save("webp_icc.webp", picture(24, 17, "RGB"), lossless=True, icc_profile=profile)
    print("profile:", len(profile), "bytes")
    for name, mode in (("npy_grey", "L"), ("npy_rgb", "RGB"), ("npy_rgba", "RGBA")):
        im = picture(13, 9, mode)
        np.save(os.path.join(HERE, "pictures", name + ".npy"), np.asarray(im))
        write("pictures", name + ".rgb", over(im, "white").tobytes())
    im = picture(13, 9, "L")
    np.save(os.path.join(HERE, "pictures", "npy_grey1.npy"), np.asarray(im)[:, :, None])
    write("pictures", "npy_grey1.rgb", over(im, "white").tobytes())


def fit(im, mode, size, filter_, ground):
    """What fc_fit says, in Pillow's own calls."""
    w, h = im.size
    if mode == "stretch":
        return im.resize((size, size), filter_)
    if mode == "pad":
        side = max(w, h)
        square = Image.new("RGB", (side, side), ground)
        square.paste(im, ((side - w) // 2, (side - h) // 2))
        return square.resize((size, size), filter_)
    if mode == "short":  # torchvision's Resize(size), CenterCrop(size)
        long = int(size * max(w, h) / min(w, h))
        new = (size, long) if w <= h else (long, size)
        im = im.resize(new, filter_)
        left, top = int(round((new[0] - size) / 2.0)), int(round((new[1] - size) / 2.0))
        return im.crop((left, top, left + size, top + size))
    long, short = max(w, h), min(w, h)  # "long": then on the ground, in the middle
    other = max(1, int(size * short / long))
    im = im.resize((size, other) if w >= h else (other, size), filter_)
    square = Image.new("RGB", (size, size), ground)
    square.paste(im, ((size - im.size[0]) // 2, (size - im.size[1]) // 2))
    return square


def make_fits():
    with open(os.path.join(HERE, "resize", "source.rgb"), "rb") as f:
        source = Image.frombytes("RGB", (37, 23), f.read())
    for mode in ("stretch", "pad", "short", "long"):
        for name in ("nearest", "box", "bilinear", "bicubic", "lanczos"):
            for size in (10, 16, 41):
                for tall in (False, True):
                    im = source.transpose(Image.Transpose.ROTATE_90) if tall else source
                    got = fit(im, mode, size, getattr(Image.Resampling, name.upper()), "black")
                    write("fits", f"{mode}_{name}_{size}_{'tall' if tall else 'wide'}.u8", got.tobytes())
    x = np.asarray(fit(source, "short", 16, Image.Resampling.BICUBIC, "black")).astype(np.float32)
    y = (x - MEAN) / DEVIATION
    write("fits", "values.hwc.f32", y.astype("<f4").tobytes())
    write("fits", "values.chw.f32", np.ascontiguousarray(y.transpose(2, 0, 1)).astype("<f4").tobytes())


def main():
    random.seed(4)
    for folder in ("pictures", "fits"):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    make_pictures()
    make_fits()


main()
