"""Writes a small ONNX model for tests, with the standard library alone: the wire format of
onnx.proto3 by hand. Input `image` [batch, 3, size, size]; the graph doubles it (`twice`, a tensor in
between), `map` is that with negatives at 0 (--sqrt: its root, NaN of a negative; --noise X: each
number first off by a share of about X, at random, another one at each run), `pooled` its mean over
rows and columns. With --wave it takes `wave` [batch, samples] and gives `frames` [batch, frames, 2], as
wav2vec2 and HuBERT do: means of 400 samples every 320 without padding, and that times -1. With --texts NAME,... it takes token inputs of
these names [batch, n] and gives `fed` [batch, n, names], what they were fed with, and `first`, its first
row; --length N fixes n, --type 6 makes the inputs i32. --beside adds inputs that nothing reads: `input_ids`,
or `xyz` and `features`.

usage: _onnx.py FILE [--size N] [--factor X] [--domain D] [--external] [--dynamic] [--channels N]
                [--batch N] [--type T] [--wave] [--sqrt] [--noise X] [--beside ids|cloud]
                [--texts NAME,... [--length N]]
"""

import argparse
import struct


def varint(v):
    out = b""
    while v >= 0x80:
        out += bytes([v & 0x7F | 0x80])
        v >>= 7
    return out + bytes([v])


def number(field, v):
    return varint(field << 3) + varint(v)


def data(field, payload):
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def node(op, inputs, outputs, attributes=b"", domain=""):
    return data(1, b"".join(data(1, i) for i in inputs) + b"".join(data(2, o) for o in outputs) +
                data(4, op) + attributes + (data(7, domain) if domain else b""))


def value(field, name, shape, kind=1):
    dims = b"".join(data(1, number(1, a) if isinstance(a, int) else data(2, a)) for a in shape)
    return data(field, data(1, name) + data(2, data(1, number(1, kind) + data(2, dims))))


def scalar(name, x, external):
    tensor = number(2, 1) + data(8, name)
    if external:
        tensor += data(13, data(1, "location") + data(2, "weights.bin")) + number(14, 1)
    else:
        tensor += data(9, struct.pack("<f", x))
    return data(5, tensor)


def ints(name, values):
    return data(5, data(1, name) + b"".join(number(8, v) for v in values) + number(20, 7))


def wave():
    kernel = struct.pack("<800f", *([1 / 400] * 400 + [-1 / 400] * 400))
    graph = node("Unsqueeze", ["wave"], ["channel"], ints("axes", [1]))
    graph += node("Conv", ["channel", "kernel"], ["steps"], ints("strides", [320]))
    graph += node("Transpose", ["steps"], ["frames"], ints("perm", [0, 2, 1]))
    graph += data(2, "wave") + data(5, number(1, 2) + number(1, 1) + number(1, 400) +
                                    number(2, 1) + data(8, "kernel") + data(9, kernel))
    return graph + value(11, "wave", ["batch", "samples"]) + value(12, "frames", ["batch", "t", 2])


def texts(names, kind, batch, length, dynamic):
    graph = b"".join(node("Cast", [n], [n + "_f"], data(5, data(1, "to") + number(3, 1) + number(20, 2))) +
                     node("Unsqueeze", [n + "_f"], [n + "_c"], ints("axes", [2])) for n in names)
    graph += node("Concat", [n + "_c" for n in names], ["all" if dynamic else "fed"],
                  data(5, data(1, "axis") + number(3, 2) + number(20, 2)))
    if dynamic:
        graph += node("DynamicQuantizeLinear", ["all"], ["q", "scale", "shift"])
        graph += node("DequantizeLinear", ["q", "scale", "shift"], ["fed"])
    graph += node("Slice", ["fed", "zero", "one", "one"], ["head"])
    graph += node("Squeeze", ["head"], ["first"], ints("axes", [1]))
    graph += data(2, "texts")
    for name, v in (("zero", 0), ("one", 1)):
        graph += data(5, number(1, 1) + number(2, 7) + data(8, name) + data(9, struct.pack("<q", v)))
    graph += b"".join(value(11, n, [batch, length], kind) for n in names)
    return (graph + value(12, "fed", [batch, length, len(names)]) +
            value(12, "first", [batch, len(names)]))


def write(path, graph, opsets=data(8, data(1, "") + number(2, 11))):
    with open(path, "wb") as f:
        f.write(number(1, 7) + data(2, "tests") + data(7, graph) + opsets)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--size", type=int, default=8)
    p.add_argument("--channels", type=int, default=3)
    p.add_argument("--factor", type=float, default=2.0)
    p.add_argument("--domain", default="")
    p.add_argument("--type", type=int, default=1)
    p.add_argument("--batch", type=int, default=0)
    p.add_argument("--texts")
    p.add_argument("--length", type=int, default=0)
    p.add_argument("--wave", action="store_true")
    p.add_argument("--external", action="store_true")
    p.add_argument("--dynamic", action="store_true")
    p.add_argument("--sqrt", action="store_true")
    p.add_argument("--noise", type=float, default=0.0)
    p.add_argument("--beside", choices=("ids", "cloud"))
    a = p.parse_args()
    if a.wave:
        write(a.file, wave())
        return
    batch = a.batch if a.batch else "batch"
    if a.texts:
        write(a.file, texts(a.texts.split(","), 7 if a.type == 1 else a.type, batch,
                            a.length if a.length else "n", a.dynamic))
        return
    graph = node("Mul", ["image", "factor"], ["twice"], domain=a.domain)
    if a.noise:
        graph += node("RandomNormalLike", ["twice"], ["normal"])
        graph += node("Mul", ["normal", "share"], ["off"]) + node("Mul", ["twice", "off"], ["much"])
        graph += node("Add", ["twice", "much"], ["noisy"]) + scalar("share", a.noise, False)
    made = "noisy" if a.noise else "twice"
    if a.dynamic:
        graph += node("DynamicQuantizeLinear", [made], ["q", "scale", "zero"])
        graph += node("DequantizeLinear", ["q", "scale", "zero"], ["back"])
    else:
        graph += node("Identity", [made], ["back"])
    graph += node("Sqrt" if a.sqrt else "Relu", ["back"], ["map"])
    graph += node("GlobalAveragePool", ["map"], ["mean"]) + node("Flatten", ["mean"], ["pooled"])
    graph += data(2, "tiny") + scalar("factor", a.factor, a.external)
    graph += value(11, "image", [batch, a.channels, a.size, a.size], a.type)
    if a.beside == "ids":
        graph += value(11, "input_ids", [batch, "n"], 7)
    if a.beside == "cloud":
        graph += value(11, "xyz", [batch, "n", 3]) + value(11, "features", [batch, "n", 6])
    graph += value(12, "pooled", [batch, a.channels])
    graph += value(12, "map", [batch, a.channels, a.size, a.size])
    opsets = data(8, data(1, "") + number(2, 13))
    if a.domain:
        opsets += data(8, data(1, a.domain) + number(2, 1))
    write(a.file, graph, opsets)


main()
