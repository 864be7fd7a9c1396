#!/usr/bin/env python3
"""Make files that were made to break their reader: OUT/files/*, archives and manifests in
OUT/sources/*, and OUT/index.json with what the reason in the ledger must say of each.

usage: _hostile_files.py OUT GOLDEN_FOLDER

files() and sources() yield (name, bytes, words): the words, in any order, that the reasons hold; None
where the file is valid and merely costly, so that it may be encoded; "4: words" where the run itself
ends with exit 4 and these words, because what was named as its source is none.
"""
import base64
import json
import os
import struct
import sys
import zlib

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">'


def chunk(kind, data, crc=None):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc))


def png(width, height, data, depth=8, colour=2, before=b"", interlace=0):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", data) +
            chunk(b"IEND", b""))


def raw_zeros(n):
    """n zero bytes, deflated without a frame: one mebibyte's deflate as often as it takes."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = c.compress(bytes(1 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return first * (n >> 20) + c.compress(bytes(n & 0xfffff)) + c.flush()


def adler_zeros(n):
    return struct.pack(">HH", n % 65521, 1)


def zeros(n):
    """n zero bytes as zlib has them."""
    return b"\x78\xda" + raw_zeros(n) + adler_zeros(n)


def crc_zeros(n, crc=0):
    for at in range(0, n, 1 << 24):
        crc = zlib.crc32(bytes(min(1 << 24, n - at)), crc)
    return crc


def pngs(golden):
    good = zlib.compress(b"\0\x10\x20\x30")
    rgb = golden("images/png_type6_8.png")
    yield "header_65535.png", png(65535, 65535, good), ["65535 x 65535", "64000000", "--max-pixels"]
    yield "header_2g.png", png(0x7fffffff, 0x7fffffff, good), ["PNG"]
    yield "empty_side.png", png(0, 5, good), ["PNG"]
    yield "lying_height.png", png(100, 60000, zlib.compress(b"\0" * 301 * 5)), ["PNG"]
    yield "ztxt_bomb.png", png(1, 1, good, before=chunk(b"zTXt", b"a\0\0" + zeros(300 << 20))), None
    yield "itxt_bomb.png", png(1, 1, good, before=chunk(b"iTXt", b"a\0\1\0\0\0" + zeros(300 << 20))), None
    yield "iccp_bomb.png", png(1, 1, good, before=chunk(b"iCCP", b"a\0\0" + zeros(300 << 20))), None
    yield "many_chunks.png", png(1, 1, good, before=chunk(b"tEXt", b"a\0b") * 200000), None
    yield "idat_bomb.png", png(10, 10, zeros(3 << 30)), ["PNG", "more than its picture holds"]
    yield "idat_bomb_small.png", png(10, 10, zeros(50 << 20)), ["PNG", "more than its picture holds"]
    yield "idat_bomb_interlaced.png", png(10, 10, zeros(3 << 30), interlace=1), ["PNG", "more than its picture holds"]
    yield "idat_bomb_large.png", png(3000, 2999, zeros(3 << 30), interlace=1), ["PNG", "more than its picture holds"]
    yield "largest.png", png(8000, 8000, zeros(8000 * 24001)), None
    yield "largest_interlaced.png", png(4000, 4000, zeros(4000 * 24001 + 70000), interlace=1), None
    yield "cut.png", rgb[:len(rgb) * 2 // 3], ["PNG"]
    yield "bad_crc.png", png(1, 1, good).replace(struct.pack(">I", zlib.crc32(b"IEND")), b"abcd"), ["PNG"]


def huffman(kind, number, lengths, symbols):
    counts = [0] * 16
    for n in lengths:
        counts[n - 1] += 1
    data = bytes([kind << 4 | number]) + bytes(counts) + bytes(symbols)
    return b"\xff\xc4" + struct.pack(">H", len(data) + 2) + data


def scan(components, first, last, high, low, bits):
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    body = bytes([len(components)]) + b"".join(bytes([c, 0]) for c in components)
    body += bytes([first, last, high << 4 | low])
    return b"\xff\xda" + struct.pack(">H", len(body) + 2) + body + data


def progressive(side, scans, n_components=1):
    """Valid: an even grey picture, each scan over all of it again by runs of 32767 empty blocks."""
    blocks = (side // 8) ** 2
    frame = struct.pack(">BHHB", 8, side, side, n_components)
    frame += b"".join(bytes([i + 1, 0x11, 0]) for i in range(n_components))
    run = "10" + "1" * 14
    left = blocks % 32767
    empty = run * (blocks // 32767)
    if left:
        size = left.bit_length() - 1
        empty += {14: "10"}.get(size, "0") + format(left - (1 << size), f"0{size}b") if size == 14 else \
            "0" * left
    out = b"\xff\xd8\xff\xdb" + struct.pack(">HB", 67, 0) + b"\1" * 64
    out += b"\xff\xc2" + struct.pack(">H", len(frame) + 2) + frame
    out += huffman(0, 0, [1], [0]) + huffman(1, 0, [1, 2], [0, 0xe0])
    dc = scan(range(1, n_components + 1), 0, 0, 0, 0, "0" * (blocks * n_components))
    return out + dc + b"".join(scan([c], *s, empty) for c, *s in scans) + b"\xff\xd9"


def jpegs(golden):
    grey = golden("images/jpeg_progressive.jpg")
    at = next(i for i in range(len(grey)) if grey[i:i + 3] in (b"\xff\xc0\0", b"\xff\xc2\0")) + 5
    yield "header_65500.jpg", grey[:at] + b"\xff\xdc\xff\xdc" + grey[at + 4:], ["65500 x 65500", "--max-pixels"]
    yield "lying_size.jpg", grey[:at] + b"\x10\0\x10\0" + grey[at + 4:], ["JPEG"]
    yield "cut.jpg", grey[:len(grey) // 2], ["JPEG"]
    yield "soi_only.jpg", b"\xff\xd8\xff" + b"\xff" * 1000, ["JPEG"]
    yield "scans_190.jpg", golden("hostile/scans_190.jpg"), ["100 scans"]
    each = [(1, k, k, 0 if low == 13 else low + 1, low) for low in range(13, -1, -1) for k in range(1, 64)]
    bands = [(1, 1, 63, 0 if low == 13 else low + 1, low) for low in range(13, -1, -1)]
    yield "scans_800.jpg", progressive(5000, each), ["scans"]
    yield "scans_of_all.jpg", progressive(5000, bands), None
    yield "scans_large.jpg", progressive(8000, each[:90]), None
    yield "segments.jpg", b"\xff\xd8" + b"\xff\xe1\xff\xff" + (b"Exif\0\0" + b"A" * 65527 + b"\xff\xe1\xff\xff") * 200, ["JPEG"]


class Bits:
    def __init__(self):
        self.value, self.n = 0, 0

    def put(self, value, n):
        self.value |= value << self.n
        self.n += n

    def bytes(self):
        return self.value.to_bytes((self.n + 7) // 8, "little")


def webp(kind, data):
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossless(width, height):
    """A whole picture of one colour without a bit for its pixels: every code has one symbol."""
    b = Bits()
    b.put(0x2f, 8), b.put(width - 1, 14), b.put(height - 1, 14), b.put(0, 1), b.put(0, 3)
    b.put(0, 1), b.put(0, 1), b.put(0, 1)  # no transform, no cache, one set of codes
    for _ in range(5):
        b.put(1, 1), b.put(0, 1), b.put(0, 1), b.put(0, 1)  # simple, one symbol, of one bit: 0
    b.put(0, 32)
    return webp(b"VP8L", b.bytes())


def webps(golden):
    lossy = golden("pictures/webp_lossy.webp")
    yield "header_16383.webp", lossless(16383, 16383), ["16383 x 16383", "--max-pixels"]
    yield "no_bits.webp", lossless(8000, 8000), None
    yield "cut.webp", lossy[:len(lossy) // 2], ["WebP"]
    yield "chunk_4g.webp", webp(b"VP8X", b"\x10" + b"\0" * 9).replace(b"VP8X\x0a\0\0\0", b"VP8X\xff\xff\xff\xff"), ["WebP"]
    yield "animation.webp", webp(b"VP8X", b"\x02" + b"\0" * 9 + b"ANIM\6\0\0\0" + b"\0" * 6), ["WebP"]


def svgs():
    path = "".join(f"L{i % 100} {i * 37 % 101}" for i in range(30000)).encode()
    yield "text.svg", SVG + b'<text y="50" font-size="1">' + b"x" * 10000 + b"</text></svg>", ["ms of processor time", "--max-draw-ms"]
    yield "path.svg", SVG + b'<path d="M0 0' + path + b'"/></svg>', ["ms of processor time", "--max-draw-ms"]
    nested = b"".join(b'<g id="g%d">' % i + b'<use xlink:href="#g%d"/>' % (i + 1) * 10 + b"</g>" for i in range(9))
    yield "laughs_use.svg", SVG + b"<defs>" + nested + b'<g id="g9"><rect width="9" height="9"/></g></defs><use xlink:href="#g0"/></svg>', ["SVG"]
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 10))
    yield "laughs_entity.svg", b'<!DOCTYPE svg [<!ENTITY e0 "ha">' + entities + b"]>" + SVG + b"<text>&e9;</text></svg>", ["entity"]
    yield "external.svg", b'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + SVG + b"<text>&e;</text></svg>", ["external"]
    yield "deep.svg", SVG + b"<g>" * 100000 + b"</g>" * 100000 + b"</svg>", ["nests", "64", "--max-nesting"]
    blur = b'<filter id="f">' + b'<feGaussianBlur stdDeviation="300"/>' * 500 + b"</filter>"
    yield "blur.svg", SVG + blur + b'<rect width="99" height="99" filter="url(#f)"/></svg>', ["SVG"]
    yield "morphology.svg", SVG + b'<filter id="f"><feMorphology radius="60"/></filter><rect width="99" height="99" filter="url(#f)"/></svg>', None
    yield "pattern.svg", SVG + b'<pattern id="p" width="1e-9" height="1e-9" patternUnits="userSpaceOnUse"><rect width="1" height="1"/></pattern><rect width="99" height="99" fill="url(#p)"/></svg>', None
    bomb = base64.b64encode(png(60000, 60000, zlib.compress(b"")))
    yield "embedded.svg", SVG + b'<image xlink:href="data:image/png;base64,' + bomb + b'"/></svg>', ["60000 x 60000"]
    yield "huge.svg", SVG + b" " * (9 << 20) + b"</svg>", ["8388608"]
    yield "cut.svg", SVG + b"<g><rect", ["SVG"]
    yield "elements.svg", SVG + b"<circle r='60'/>" * 200000 + b"</svg>", None


def pictures_in_npy():
    yield "lying_shape.npy", npy("|u1", (65000, 900, 3), b"\0" * 64), ["cut off"]
    yield "overflow_shape.npy", npy("|u1", (1 << 32, 1 << 32), b"\0" * 64), ["broken header"]


def npy(descr, shape, data, pad=64):
    axes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}".encode()
    head += b" " * (-(10 + len(head) + 1) % pad) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def wav(rate, channels, bits, data_bytes, data, tag=1):
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8 & 0xffffffff, channels * bits // 8, bits)
    return b"RIFF" + struct.pack("<I", min(36 + data_bytes, 0xffffffff)) + b"WAVEfmt " + \
        struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", data_bytes) + data


class Sparse(bytes):
    """Bytes with so many zeros behind them."""

    def __new__(cls, head, zeros_behind):
        self = super().__new__(cls, head)
        self.zeros_behind = zeros_behind
        return self


def sounds(golden):
    flac, vorbis = golden("audio/stereo.flac"), golden("audio/vorbis.ogg")
    opus, mp3 = golden("audio/opus.ogg"), golden("audio/lame.mp3")
    yield "claims_4g.wav", wav(8000, 1, 16, 0x60000000, b"\0" * 4000), ["WAV"]
    yield "silence_10h.wav", Sparse(wav(8000, 1, 16, 36000 * 16000, b""), 36000 * 16000), ["MiB", "--memory"]
    yield "channels.wav", wav(8000, 30000, 16, 120000, b"\0" * 120000), ["30000"]
    yield "rate_0.wav", wav(0, 1, 16, 400, b"\0" * 400), ["WAV: 0 samples a second"]
    yield "rate_4g.wav", wav(0xffffffff, 1, 16, 400, b"\0" * 400), ["4294967295"]
    yield "nan.wav", wav(8000, 1, 32, 4000, struct.pack("<f", float("nan")) * 1000, 3), ["sample 0", "NaN"]
    yield "cut.wav", wav(8000, 1, 16, 40000, b"\0" * 4000), ["WAV"]
    yield "no_data.wav", wav(8000, 1, 16, 0, b"")[:36], ["WAV"]
    yield "cut.flac", flac[:len(flac) // 2], ["FLAC"]
    info = bytearray(flac)
    info[21] |= 0x0f
    info[22:26] = b"\xff" * 4
    yield "claims_2_36.flac", bytes(info), ["68719476735"]
    yield "cut.ogg", vorbis[:len(vorbis) // 2], ["Ogg"]
    yield "cut_opus.ogg", opus[:len(opus) // 2], ["Ogg"]
    yield "granule.ogg", ogg_granule(vorbis), None
    yield "cut.mp3", mp3[:len(mp3) // 2 + 1], ["MP3"]
    yield "id3_256m.mp3", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + mp3, ["MP3"]
    frame = b"\xff\xf3\x14\xc4" + b"\0" * 20  # MPEG 2 layer III, 8 kbit/s, 24 kHz: 24 ms in 24 bytes
    yield "silence_10h.mp3", frame * (36000 * 24000 // 576), ["--max-samples"]


def ogg_granule(data):
    """The last page of an Ogg file says 2^62 samples; its checksum fits."""
    at = data.rindex(b"OggS")
    page = bytearray(data[at:])
    page[6:14] = struct.pack("<Q", 1 << 62)
    page[22:26] = b"\0" * 4
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04c11db7 if crc & 0x80000000 else 0)) & 0xffffffff
    page[22:26] = struct.pack("<I", crc)
    return data[:at] + bytes(page)


def clouds():
    xyz = "property float x\nproperty float y\nproperty float z\n"
    head = "ply\nformat %s 1.0\nelement vertex %d\n" + xyz
    nan = struct.pack("<3f", 1, float("nan"), 2)

    def ply(form, n, body):
        return (head % (form, n) + "end_header\n").encode() + body

    yield "nan.ply", ply("ascii", 2, b"1 2 3\n4 nan 6\n"), ["vertex 1", "y", "nan"]
    yield "nan_binary.ply", ply("binary_little_endian", 1, nan), ["vertex 0", "nan"]
    yield "count_2_32.ply", ply("ascii", 1 << 32, b"0 0 0\n"), ["4294967296"]
    yield "count_2_32_binary.ply", ply("binary_little_endian", 1 << 32, b"\0" * 1200), ["4294967296"]
    yield "count_20_digits.ply", b"ply\nformat ascii 1.0\nelement vertex 99999999999999999999\n", ["count"]
    faces = "element face 1\nproperty list uint int vertex_index\nend_header\n"
    yield "list_2_32.ply", (head % ("binary_little_endian", 1) + faces).encode() + b"\0" * 12 + b"\xff" * 4, ["list"]
    empty = "element none %d\nelement vertex 1\n" % ((1 << 64) - 1) + xyz + "end_header\n1 2 3\n"
    yield "empty_elements.ply", ("ply\nformat ascii 1.0\n" + empty).encode(), None
    zero = "element none 4294967295\nproperty list uchar uchar a\nelement vertex 1\n" + xyz
    yield "empty_lists.ply", ("ply\nformat binary_little_endian 1.0\n" + zero + "end_header\n").encode() + b"\0" * 4000, ["4294967295"]
    yield "long_line.ply", b"ply\ncomment " + b"a" * (20 << 20), ["PLY"]
    yield "nan.obj", b"v 1 2 3\nv 1 nan 3\n", ["line 2", "nan"]
    yield "index.obj", b"v 1 2 3\nf 1 1 4294967297\n", ["4294967297"]
    yield "long_line.obj", b"v 1 2 3\nf" + b" 1" * (8 << 20) + b"\n", None
    yield "one_long_token.obj", b"v 1 2 " + b"3" * (20 << 20) + b"\n", ["line 1"]
    yield "many_faces.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" + b"f 1 2 3\n" * 2000000, None
    yield "slash.obj", b"v 1 2 3\nf " + b"/" * (8 << 20) + b"\n", ["line 2"]
    yield "counts.off", b"OFF\n4294967296 4294967296 0\n0 0 0\n", ["4294967296"]
    yield "face_size.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n4294967295 0 1 2\n", ["4294967295"]
    yield "nan.off", b"OFF\n3 1 0\n0 0 nan\n1 0 0\n0 1 0\n3 0 1 2\n", ["nan"]
    yield "count_2_32.stl", b"\0" * 80 + struct.pack("<I", 0xffffffff) + b"\0" * 50, ["4294967295"]
    yield "nan.stl", b"\0" * 80 + struct.pack("<I", 1) + struct.pack("<12f", *[float("nan")] * 12) + b"\0\0", ["nan"]
    yield "cut.stl", b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0", ["STL"]
    yield "nan.xyz", b"1 2 3\n1 nan 3\n", ["line 2", "nan"]
    yield "huge_number.xyz", b"1 2 3\n1 2 1e400\n", ["line 2"]
    yield "long_line.xyz", b"1 2 3\n1 2 " + b"9" * (20 << 20), ["line 2"]
    yield "columns.xyz", b"1 2 3\n" + b"1 " * (5 << 20), ["line 2"]


def texts():
    yield "garbage.txt", b"a text\n" + bytes(range(128, 256)) * 4000, ["byte 7", "0x80"]
    yield "nul.txt", b"a text" + b"\0" * 100, ["format"]
    yield "surrogate.txt", b"a text \xed\xa0\x80", ["byte 7", "0xed"]
    yield "overlong.txt", b"a text \xc0\xaf", ["byte 7", "0xc0"]
    yield "long_17m.txt", b"word " * (17 << 18), ["--max-text-bytes", "16777216"]
    yield "one_word_8m.txt", b"a" * (8 << 20), None
    yield "accents_4m.txt", b"a" + "\u0301".encode() * (2 << 20), None
    yield "random.bin", b"\x00\x01\x02\x03" * 4000, ["format"]


def packed(name, n):
    """A member of n zero bytes: name, CRC, size, deflate."""
    return name, crc_zeros(n), n, raw_zeros(n)


def text(name, data):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return name, zlib.crc32(data), len(data), c.compress(data) + c.flush()


def zipped(members, names=()):
    """A zip; each of `names` more in its directory stands for the last member over again."""
    body, central = b"", b""
    for name, crc, size, data in members:
        at = len(body)
        fields = struct.pack("<HHHIII", 8, 0, 0, crc, len(data), size)
        body += b"PK\3\4" + struct.pack("<HH", 20, 0) + fields + struct.pack("<HH", len(name), 0) + name + data
        for one in (name,) + (tuple(names) if (name, crc, size, data) == members[-1] else ()):
            central += b"PK\1\2" + struct.pack("<HHH", 20, 20, 0) + fields + struct.pack("<HHHHHII", len(one), 0, 0, 0, 0, 0, at) + one
    n = len(members) + len(names)
    return body + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(central), len(body), 0)


def tar_member(name, size, data, kind=b"0"):
    head = bytearray(512)
    head[0:len(name)] = name
    head[100:108] = b"0000644\0"
    head[124:136] = b"%011o\0" % size if size < 8 ** 11 else b"\x80" + b"\0" * 3 + struct.pack(">Q", size)
    head[257:265] = b"ustar\00000"
    head[156:157] = kind
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data + b"\0" * (-len(data) % 512)


def gz(data, zeros_behind=0):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = c.compress(data) + c.flush(zlib.Z_FULL_FLUSH) + raw_zeros(zeros_behind)
    size = (len(data) + zeros_behind) & 0xffffffff
    return b"\x1f\x8b\x08" + b"\0" * 7 + body + struct.pack("<II", crc_zeros(zeros_behind, zlib.crc32(data)), size)


def sources():
    fine = b"a text that is fine"
    ok = text(b"fine.txt", fine)
    yield "bomb.zip", zipped([ok, packed(b"bomb.txt", 300 << 20)]), ["314572800", "--max-file-bytes", "268435456"]
    yield "bomb_many.zip", zipped([ok] + [packed(b"b%d.txt" % i, 20 << 20) for i in range(15)]), ["200 times"]
    yield "nested.zip", zipped([ok, text(b"inner.zip", zipped([text(b"a.txt", b"a" * 1000)]))]), ["an archive inside the archive"]
    yield "overlap.zip", zipped([packed(b"a.txt", 10 << 20)], [b"%05d.txt" % i for i in range(3000)]), ["format"]
    yield "cut.zip", zipped([ok, text(b"b.txt", b"abc" * 1000)])[:-30], ["zip"]
    yield "names.zip", zipped([ok, text(b"../up.txt", b"a"), text(b"/root.txt", b"a"), text(b"a\x1b[2Jb.txt", b"fine too")]), ["'..'", "absolute"]
    yield "count_lie.zip", zipped([ok])[:-12] + b"\xff\xff" + zipped([ok])[-10:], None
    yield "size_lie.tar", tar_member(b"fine.txt", 19, fine) + tar_member(b"b.txt", 8 ** 11 - 1, b"abc"), ["8589934591", "--max-file-bytes"]
    yield "size_2_63.tar", tar_member(b"fine.txt", 19, fine) + tar_member(b"b.txt", (1 << 63) - 1, b"abc"), ["overflow"]
    yield "long_name.tar", tar_member(b"././@LongLink", 100 << 20, bytes(1000), b"L"), ["broken after 0 members"]
    bomb = tar_member(b"fine.txt", 19, fine) + tar_member(b"b.txt", 290 << 20, b"")
    yield "bomb_packed.tar.gz", gz(bomb, 290 << 20), ["304087040", "--max-file-bytes"]
    yield "cut_packed.tar.gz", gz(tar_member(b"fine.txt", 19, fine) * 30 + bytes(1024))[:-40], ["truncated"]
    yield "twice.tar.gz", gz(gz(tar_member(b"fine.txt", 19, fine) + bytes(1024))), ["more than once"]
    yield "rows_lie.npy", npy("<f4", (1 << 40, 16), b"\0" * 640), "4: the shape cannot be read"
    yield "rows_cut.npy", npy("<f4", (1 << 31, 16), b"\0" * 640), "4: cut off"
    yield "rows_nan.npy", npy("<f4", (2, 4), struct.pack("<8f", *[1.0] * 7, float("nan"))), ["number 3"]
    yield "header_64k.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xffffffff) + b" " * 70000, "4: 4294967295 bytes"
    yield "line_20m.csv", b"id,text\na,fine\nb," + b"x" * (20 << 20) + b"\nc,fine too\n", [":3: "]
    yield "quote_20m.csv", b'id,text\na,fine\nb,"' + (b"x" * 9999 + b"\n") * 2000, [":3: "]
    yield "commas_20m.csv", b"id,text\na,fine\nb" + b"," * (20 << 20) + b"\nc,fine too\n", [":3: "]
    yield "utf8.csv", b"id,text\na,fine\nb,\xff\xfe\xfd\nc,fine too\n", [":3: "]
    line = b'{"id":"b","text":"%s"}\n'
    yield "long_line.jsonl", b'{"id":"a","text":"fine"}\n' + line % (b"x" * (20 << 20)) + b'{"id":"c","text":"fine"}\n', [":2: ", "16 MiB"]
    yield "deep.jsonl", b'{"id":"a","text":"fine"}\n{"id":"b","x":' + b"[" * 200000 + b"\n" + b'{"id":"c","text":"fine"}\n', [":2: "]
    yield "keys.jsonl", b'{"id":"a","text":"fine"}\n{"id":"b","text":"t",' + b",".join(b'"k%d":1' % i for i in range(200000)) + b"}\n", [":2: "]
    yield "number.jsonl", b'{"id":"a","text":"fine"}\n{"id":"b","text":"t","x":' + b"9" * (1 << 20) + b"}\n", [":2: "]
    yield "bad_bytes.jsonl", b'{"id":"a","text":"fine"}\n{"id":"b","text":"\xff"}\n', [":2: "]


def files(golden_folder):
    def golden(name):
        with open(f"{golden_folder}/{name}", "rb") as f:
            return f.read()

    for made in (pngs(golden), jpegs(golden), webps(golden), svgs(), pictures_in_npy(),
                 sounds(golden), clouds(), texts()):
        yield from made


def write(folder, made, kind, index):
    os.makedirs(folder)
    for name, data, words in made:
        with open(f"{folder}/{name}", "wb") as f:
            f.write(data)
            f.truncate(len(data) + getattr(data, "zeros_behind", 0))
        index.append({"kind": kind, "name": name, "words": words})


def main():
    out, golden = sys.argv[1:]
    index = []
    write(out + "/files", files(golden), "files", index)
    write(out + "/sources", sources(), "sources", index)
    with open(out + "/index.json", "w") as f:
        json.dump(index, f)


main()
