"""Writes .npy files without NumPy, for tests that make their arrays on the spot (NumPy format 1.0, C order)."""
import struct


def write(path, descr, shape, data):
    """data: the elements as bytes, of type `descr` such as "<f4"."""
    axes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def write_vector(path, values):
    """Floats as f32, along one axis."""
    write(path, "<f4", [len(values)], struct.pack(f"<{len(values)}f", *values))


def write_rows(path, rows):
    """Lists of floats, all of one length, as f32: a row each."""
    write(path, "<f4", [len(rows), len(rows[0])], b"".join(struct.pack(f"<{len(r)}f", *r) for r in rows))
