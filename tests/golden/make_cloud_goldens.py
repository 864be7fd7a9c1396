#!/usr/bin/env python3
"""Make tests/golden/clouds; needs numpy, scipy, trimesh and open3d (versions in README.md).

formats/NAME with formats/NAME.cloud: what trimesh reads out of the file (process=False; where
trimesh lacks something, such as normals of a PLY with lists, what it was written from). A .cloud is
four little-endian u32 (points, 1 with normals, 1 with colours, triangles), then float32 points,
normals, colours and u32 triangles.

prep/: a bumpy closed surface of 400 points and what scipy, numpy and Open3D compute of it; a mesh
with its areas by trimesh.
"""
import os
import struct
import sys

import numpy as np
import trimesh

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clouds")
FORMATS = os.path.join(HERE, "formats")
PREP = os.path.join(HERE, "prep")


def write_cloud(name, points, triangles=None, normals=None, colours=None):
    triangles = np.zeros((0, 3)) if triangles is None else triangles
    with open(os.path.join(FORMATS, name + ".cloud"), "wb") as f:
        f.write(struct.pack("<4I", len(points), normals is not None, colours is not None, len(triangles)))
        f.write(np.asarray(points, "<f4").tobytes())
        for extra in (normals, colours):
            if extra is not None:
                f.write(np.asarray(extra, "<f4").tobytes())
        f.write(np.asarray(triangles, "<u4").tobytes())


def put(name, data):
    with open(os.path.join(FORMATS, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def bumpy(n_lat=10, n_lon=16):
    """A closed surface with no symmetry, as a mesh."""
    m = trimesh.creation.uv_sphere(count=[n_lat, n_lon])
    v = np.array(m.vertices)
    r = 1 + 0.3 * np.sin(3 * v[:, 0] + 1) * np.cos(2 * v[:, 1]) + 0.2 * v[:, 2] * v[:, 0]
    v = v * r[:, None] * [1.0, 0.7, 1.6] + [5, -3, 20]
    return trimesh.Trimesh(v.astype(np.float32), m.faces, process=False)


def by_trimesh(name):
    """What trimesh reads; a triangle soup stays one."""
    m = trimesh.load(os.path.join(FORMATS, name), process=False)
    return np.asarray(m.vertices), np.asarray(getattr(m, "faces", np.zeros((0, 3))))


def weld(points, faces):
    """Equal points become one, in the order of their first corner, as the reader of STL does."""
    seen, out, renamed = {}, [], []
    for p in np.asarray(points, np.float32):
        key = tuple(p + np.float32(0))
        if key not in seen:
            seen[key] = len(out)
            out.append(key)
        renamed.append(seen[key])
    return np.array(out), np.array(renamed)[np.asarray(faces)]


def ply(form, points, faces, count_type, index_type, extra):
    """A PLY by hand: doubles, an element before and one behind, lists in the vertex if extra."""
    order = {"ascii": None, "binary_little_endian": "<", "binary_big_endian": ">"}[form]
    rng = np.random.default_rng(5)
    normals = rng.normal(size=(len(points), 3)).astype(np.float32)
    colours = rng.integers(0, 256, size=(len(points), 3))
    codes = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I",
             "float": "f", "double": "d"}
    head = f"ply\nformat {form} 1.0\ncomment made for a test\nelement camera 2\nproperty float view\n"
    head += f"property list uchar short tags\nelement vertex {len(points)}\nproperty double x\n"
    head += "property double y\nproperty double z\n"
    head += "property list uint8 float32 weights\n" if extra else ""
    head += "property float nx\nproperty float ny\nproperty float nz\nproperty uchar quality\n"
    head += "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\n"
    head += f"element face {len(faces)}\nproperty uchar flags\n"
    head += f"property list {count_type} {index_type} vertex_indices\n"
    head += "element edge 1\nproperty int a\nproperty int b\nend_header\n"
    out = bytearray(head.encode())

    def value(code, v):
        if order is None:
            out.extend((repr(float(v)) if code in "fd" else str(int(v))).encode() + b" ")
        else:
            out.extend(struct.pack(order + code, v))

    def end():
        if order is None:
            out.extend(b"\n")

    for i in range(2):
        value("f", 0.5)
        value("B", i + 1)
        for _ in range(i + 1):
            value("h", -7)
        end()
    for p, n, c in zip(points, normals, colours):
        for x in p:
            value("d", float(x))
        if extra:
            value("B", 2)
            value("f", 0.25)
            value("f", 0.75)
        for x in n:
            value("f", float(x))
        value("B", 9)
        for x in c:
            value("B", int(x))
        value("B", 255)
        end()
    triangles = []
    for f in faces:
        value("B", 1)
        value(codes[count_type], len(f))
        for x in f:
            value(codes[index_type], int(x))
        end()
        triangles += [(f[0], f[k], f[k + 1]) for k in range(1, len(f) - 1)]
    value("i", 0)
    value("i", 1)
    end()
    return bytes(out), np.array(triangles), normals, colours.astype(np.float32) / np.float32(255)


def make_formats():
    m = bumpy()
    for name, kind, options in [("bumpy_ascii.ply", "ply", {"encoding": "ascii"}),
                                ("bumpy_little.ply", "ply", {"encoding": "binary"}),
                                ("bumpy.obj", "obj", {}), ("bumpy.off", "off", {"digits": 9}),
                                ("bumpy_binary.stl", "stl", {}), ("bumpy_ascii.stl", "stl_ascii", {})]:
        data = m.export(file_type=kind, **options)
        put(name, data)
        points, faces = by_trimesh(name)
        if name.endswith("stl"):
            points, faces = weld(points, faces)
        write_cloud(name, points, faces)
    # A binary file whose header begins with "solid", as CAD programs write.
    data = m.export(file_type="stl")
    put("solid_word.stl", b"solid by a CAD program".ljust(80) + data[80:])
    write_cloud("solid_word.stl", *weld(*by_trimesh("bumpy_binary.stl")))

    rng = np.random.default_rng(3)
    points = rng.normal(size=(12, 3))
    faces = [(0, 1, 2), (3, 4, 5, 6), (7, 8, 9, 10, 11), (1, 2), (5, 4, 3)]
    for i, form in enumerate(("ascii", "binary_little_endian", "binary_big_endian")):
        for k, (count_type, index_type) in enumerate([("uchar", "int"), ("char", "uchar"), ("ushort", "short"),
                                                      ("short", "ushort"), ("int", "uint"), ("uint", "char")]):
            name = f"lists_{form}_{count_type}_{index_type}.ply"
            data, triangles, normals, colours = ply(form, points, faces, count_type, index_type, k % 2 == 0)
            put(name, data)
            write_cloud(name, points, triangles, normals, colours)

    put("hand.obj", """# corners from the end, polygons, a line that goes on, what is ignored
mtllib a.mtl
o thing
v 0 0 0 1 0 0
v 1 0 0 0 1 0
v 1 1 0 0 0 1
v 0 1 0 .5 .25 1
v 0.5 0.5 1e0 0 0 0
vt 0.5 0.5
vn 0 0 1
vn 0 .6 .8
vn 1 0 0
s off
usemtl red
f -5//1 -4//1 -3//1 -2//1
f 1/1/2 2/1/2 \\
  5/1/3
f 2/1 3/1 5
l 1 2
curv 0 1 1 2
f 3 4 5 # behind
""")
    write_cloud("hand.obj", [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [.5, .5, 1]],
                [[0, 1, 2], [0, 2, 3], [0, 1, 4], [1, 2, 4], [2, 3, 4]],
                [[0, 0, 1]] * 4 + [[1, 0, 0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [.5, .25, 1], [0, 0, 0]])
    put("colours.off", "# with colours of 255\nCOFF\n3 1 3\n0 0 0 255 0 0 255\n1 0 0 0 255 0 255 # green\n"
                       "0 1 0 0 0 51 255\n3 0 1 2 1 0 0\n")
    write_cloud("colours.off", [[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], None,
                [[1, 0, 0], [0, 1, 0], [0, 0, .2]])
    put("normals.off", "NOFF 4 1\n0 0 0 0 0 1\n1 0 0 0 0 1\n1 1 0 0 1 0\n0 1 0 0 0 -1\n\n4 0 1 2 3")
    write_cloud("normals.off", [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]],
                [[0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, -1]])
    put("glued.off", "OFF3 1 0\r\n0 0 0\r\n1 0 0\r\n0 1 0\r\n3 0 1 2\r\n")
    write_cloud("glued.off", [[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])

    xyz = rng.normal(size=(6, 3)).astype(np.float32)
    unit = rng.normal(size=(6, 3))
    unit = np.round(unit / np.linalg.norm(unit, axis=1)[:, None], 5)
    rgb = rng.integers(0, 256, size=(6, 3))
    rgb[0] = 255
    lines = lambda rows, sep: "".join(sep.join(repr(float(x)) for x in r) + "\n" for r in rows)
    put("three.xyz", "# a comment\n" + lines(xyz, " ") + "\n// another\n")
    write_cloud("three.xyz", xyz)
    put("normals.xyz", lines(np.hstack([xyz, unit]), ","))
    write_cloud("normals.xyz", xyz, None, unit)
    put("colours.xyz", "x;y;z;r;g;b\n" + lines(np.hstack([xyz, rgb]), " ; "))
    write_cloud("colours.xyz", xyz, None, None, rgb / 255)
    put("nine.xyz", lines(np.hstack([xyz, rgb, unit]), "\t"))
    write_cloud("nine.xyz", xyz, None, unit, rgb / 255)
    put("count.pts", "6\n" + lines(np.hstack([xyz, np.full((6, 1), -7), rgb]), " "))
    write_cloud("count.pts", xyz, None, None, rgb / 255)

    for dtype in ("<f4", "<f8"):
        for columns, rows in (("3", xyz), ("6n", np.hstack([xyz, unit])), ("6c", np.hstack([xyz, rgb]))):
            name = f"rows_{dtype[1:]}_{columns}.npy"
            np.save(os.path.join(FORMATS, name), rows.astype(dtype))
            write_cloud(name, xyz, None, unit if "n" in columns else None, rgb / 255 if "c" in columns else None)


def make_prep():
    import open3d as o3d
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(11)
    m = bumpy(24, 40)
    points, _ = trimesh.sample.sample_surface(m, 400, seed=1)
    points = (points - points.mean(0) + rng.normal(size=points.shape) * 0.01).astype(np.float32)
    put_prep = lambda name, a, t: np.asarray(a, t).tofile(os.path.join(PREP, name))
    put_prep("points.f32", points, "<f4")
    p = points.astype(np.float64)

    distance, index = cKDTree(p).query(p, k=12)
    put_prep("knn12.u32", index, "<u4")

    # Farthest-point sampling, from point 0.
    order, nearest = [0], np.full(len(p), np.inf)
    for _ in range(63):
        d = p - p[order[-1]]
        nearest = np.minimum(nearest, (d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1]) + d[:, 2] * d[:, 2])
        order.append(int(np.argmax(nearest)))
    put_prep("fps64.u32", order, "<u4")

    # Normals: the eigenvector of the smallest eigenvalue, and all eigenvalues in descending order.
    normals, values = [], []
    for row in index:
        q = p[row] - p[row].mean(0)
        w, v = np.linalg.eigh(q.T @ q / len(row))
        n = v[:, 0]
        normals.append(n if n @ p[row[0]] >= 0 else -n)
        values.append(w[::-1])
    put_prep("normals12.f64", normals, "<f8")
    put_prep("eigenvalues12.f64", values, "<f8")

    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(p))
    cloud.normals = o3d.utility.Vector3dVector(np.array(normals).astype(np.float32).astype(np.float64))
    f = o3d.pipelines.registration.compute_fpfh_feature(cloud, o3d.geometry.KDTreeSearchParamKNN(12))
    put_prep("fpfh12.f32", np.asarray(f.data).T, "<f4")
    estimated = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(p))
    estimated.estimate_normals(o3d.geometry.KDTreeSearchParamKNN(12))
    agree = np.abs((np.asarray(estimated.normals) * np.array(normals)).sum(1)).min()
    assert agree > 0.999999, agree  # numpy and Open3D say the same

    # PointNet's preparation, in double.
    centred = p - p.mean(0)
    put_prep("unit.f32", centred / np.sqrt((centred ** 2).sum(1)).max(), "<f4")

    small = bumpy(5, 6)
    put_prep("mesh_points.f32", small.vertices, "<f4")
    put_prep("mesh_triangles.u32", small.faces, "<u4")
    put_prep("mesh_areas.f64", small.area_faces, "<f8")
    print(f"numpy {np.__version__}, trimesh {trimesh.__version__}, open3d {o3d.__version__}", file=sys.stderr)


if __name__ == "__main__":
    os.makedirs(FORMATS, exist_ok=True)
    os.makedirs(PREP, exist_ok=True)
    make_formats()
    make_prep()
