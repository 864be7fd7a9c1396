"""The file formats that bench_store's figures are compared with, each behind one interface.

A peer writes an array whole and syncs it, opens it again, reads all of it in order into memory, and
reads one row. All are lossless, one thread each, cut into chunks of the same raw size as our blocks.
A library that cannot be imported costs its own formats only: MISSING says which, and why.
"""
import os
import shutil

import numpy as np

MISSING = {}  # library: why it is not there


def optional(name):
    try:
        return __import__(name, fromlist=["_"])
    except ImportError as e:
        MISSING[name] = str(e)
        return None


h5py = optional("h5py")
hdf5plugin = optional("hdf5plugin")
pyarrow = optional("pyarrow")
parquet = optional("pyarrow.parquet") if pyarrow else None
zarr = optional("zarr")
lmdb = optional("lmdb")


def files_of(path):
    """A file, or all files of a folder."""
    if os.path.isfile(path):
        return [path]
    return [os.path.join(folder, f) for folder, _, names in os.walk(path) for f in names]


def sync(path):
    """What was written is on the disk: each file, and the folders that name them."""
    folders = {os.path.dirname(f) for f in files_of(path)} | {os.path.dirname(path)}
    for p in files_of(path) + sorted(folders):
        fd = os.open(p, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)


class Peer:
    """write(), then open(), then all() and row(); close() and remove() at the end."""

    def __init__(self, path, chunk_bytes):
        self.path, self.chunk_bytes, self.handle = path, chunk_bytes, None

    def chunk_rows(self, a):
        return int(max(1, min(len(a), self.chunk_bytes // a[0].nbytes)))

    def size(self):
        return sum(os.path.getsize(f) for f in files_of(self.path))

    def close(self):
        self.handle = None

    def remove(self):
        self.close()
        if os.path.isdir(self.path):
            shutil.rmtree(self.path)
        elif os.path.exists(self.path):
            os.remove(self.path)


class Npy(Peer):
    def write(self, a):
        np.save(self.path, a)
        sync(self.path)

    def open(self):
        self.handle = np.load(self.path, mmap_mode="r")

    def all(self):
        return np.array(self.handle)

    def row(self, i):
        return np.array(self.handle[i])


class Hdf5(Peer):
    """filters: keyword arguments of h5py's create_dataset."""

    def __init__(self, path, chunk_bytes, filters):
        super().__init__(path, chunk_bytes)
        self.filters = filters

    def write(self, a):
        with h5py.File(self.path, "w") as f:
            f.create_dataset("x", data=a, chunks=(self.chunk_rows(a), *a.shape[1:]), **self.filters)
        sync(self.path)

    def open(self):
        # No chunk stays in memory between two rows: all formats are asked the same.
        self.file = h5py.File(self.path, "r", rdcc_nbytes=0)
        self.handle = self.file["x"]

    def all(self):
        return self.handle[:]

    def row(self, i):
        return self.handle[i]

    def close(self):
        if self.handle is not None:
            self.handle = None
            self.file.close()


class Parquet(Peer):
    """One column of all numbers in order, a row group a chunk; `split`: BYTE_STREAM_SPLIT."""

    def __init__(self, path, chunk_bytes, split):
        super().__init__(path, chunk_bytes)
        self.split = split

    def write(self, a):
        self.shape, self.rows = a.shape, self.chunk_rows(a)
        parquet.write_table(
            pyarrow.table({"x": pyarrow.array(a.reshape(-1))}), self.path,
            row_group_size=self.rows * a[0].size, compression="zstd", use_dictionary=False,
            write_statistics=False, data_page_size=2 * self.chunk_bytes,
            column_encoding={"x": "BYTE_STREAM_SPLIT" if self.split else "PLAIN"})
        sync(self.path)

    def open(self):
        self.handle = parquet.ParquetFile(self.path)

    def all(self):
        column = self.handle.read(use_threads=False).column("x")
        return np.concatenate([c.to_numpy() for c in column.chunks]).reshape(self.shape)

    def row(self, i):
        group, at = divmod(i, self.rows)
        column = self.handle.read_row_group(group, use_threads=False).column("x")
        n = int(np.prod(self.shape[1:]))
        return column.slice(at * n, n).to_numpy().reshape(self.shape[1:])


class Zarr(Peer):
    """zstd after a shuffle of bytes, by the Blosc codec; a file a chunk."""

    def __init__(self, path, chunk_bytes):
        super().__init__(path, chunk_bytes)
        zarr.config.set({"async.concurrency": 1, "threading.max_workers": 1})
        optional("numcodecs.blosc").set_nthreads(1)

    def write(self, a):
        z = zarr.create_array(
            self.path, shape=a.shape, dtype=a.dtype, overwrite=True,
            chunks=(self.chunk_rows(a), *a.shape[1:]),
            compressors=zarr.codecs.BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"))
        z[:] = a
        sync(self.path)

    def open(self):
        self.handle = zarr.open_array(self.path, mode="r")

    def all(self):
        return self.handle[:]

    def row(self, i):
        return self.handle[i]


class Lmdb(Peer):
    """One raw record a key, in one transaction, which syncs."""

    def write(self, a):
        env = lmdb.open(self.path, map_size=4 * a.nbytes + (64 << 20))
        with env.begin(write=True) as t:
            for i, row in enumerate(a):
                t.put(i.to_bytes(8, "big"), row.tobytes(), append=True)
        env.close()
        self.shape, self.dtype = a.shape, a.dtype

    def size(self):
        return os.path.getsize(os.path.join(self.path, "data.mdb"))

    def open(self):
        self.env = lmdb.open(self.path, readonly=True, readahead=False)
        self.handle = self.env.begin(buffers=True)

    def all(self):
        out = np.empty(self.shape, self.dtype)
        for i, (_, value) in enumerate(self.handle.cursor()):
            out[i] = np.frombuffer(value, self.dtype).reshape(self.shape[1:])
        return out

    def row(self, i):
        value = self.handle.get(int(i).to_bytes(8, "big"))
        return np.frombuffer(value, self.dtype).reshape(self.shape[1:]).copy()

    def close(self):
        if self.handle is not None:
            self.handle.abort()
            self.handle = None
            self.env.close()


def peers():
    """Name: a function from (path, chunk bytes) to a peer; what is missing is left out."""
    out = {".npy": Npy}
    if h5py:
        out["HDF5 gzip"] = lambda p, c: Hdf5(p, c, {"compression": "gzip"})
        out["HDF5 shuffle+gzip"] = lambda p, c: Hdf5(p, c, {"compression": "gzip", "shuffle": True})
    if h5py and hdf5plugin:
        for level in (5, 9):  # 9 is the highest level of zstd: the smallest, and slow to write
            out["HDF5 blosc2 %d shuffle" % level] = lambda p, c, level=level: Hdf5(
                p, c, {"compression": hdf5plugin.Blosc2(cname="zstd", clevel=level,
                                                        filters=hdf5plugin.Blosc2.SHUFFLE)})
    if parquet:
        out["Parquet zstd"] = lambda p, c: Parquet(p, c, False)
        out["Parquet zstd split"] = lambda p, c: Parquet(p, c, True)
    if zarr:
        out["Zarr blosc 5 shuffle"] = Zarr
    if lmdb:
        out["LMDB, a row a key"] = Lmdb
    return out
