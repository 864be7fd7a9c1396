#!/usr/bin/env python3
"""Queries to featcache serve beside a new process for each.

    bench_serve.py FEATCACHE [--texts N] [--queries N] [--rounds N] [--card CARD] [--store STORE] [--html]

Makes a store of N short texts (default 20,000) with CARD (default builtin/hashtext), or takes one that is
there, and asks it for texts that are all different, k = 10: by new processes, over a kept connection to a
port and to a Unix socket, by one client and by four. The ways take turns in every round. Wall times say
little on a busy machine: processor time a query (user and system, of the process or of the server) says
more. Standard library only.
"""
import argparse
import os
import random
import resource
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

WORDS = ("red green blue small large old new quiet loud round flat warm cold wild tame bird owl horse train "
         "house tree river stone lamp boat garden cloud child dog wheel runs sings stands burns sleeps").split()


def sentence(rng):
    return "a " + " ".join(rng.choice(WORDS) for _ in range(6))


def make_store(featcache, folder, n, card):
    manifest = os.path.join(folder, "texts.csv")
    rng = random.Random(1)
    with open(manifest, "w") as f:
        f.write("id,text\n")
        f.writelines("t%d,%s number %d\n" % (i, sentence(rng), i) for i in range(n))
    store = os.path.join(folder, "store")
    subprocess.run([featcache, "ingest", store, manifest, "--encoder", card, "--progress=never"], check=True,
                   stdout=subprocess.DEVNULL)
    return store


class Server:
    def __init__(self, featcache, store, *options):
        self.process = subprocess.Popen([featcache, "serve", store, *options], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL)
        self.address = self.process.stdout.readline().strip()

    def cpu(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self):
        if not self.address.startswith("http"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.address)
        else:
            host, port = self.address[7:].rstrip("/").split(":")
            s = socket.create_connection((host, int(port)))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def stop(self):
        self.process.terminate()
        self.process.wait()


def ask(connection, path):
    """One request on a kept connection; as little Python as it takes."""
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
    got = connection.recv(1 << 20)
    while b"\r\n\r\n" not in got:
        got += connection.recv(1 << 20)
    head, body = got.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200"), head
    left = int(head.lower().split(b"content-length:")[1].split()[0]) - len(body)
    while left > 0:
        left -= len(connection.recv(1 << 20))


def by_server(server, path, queries, n_clients):
    times = []

    def client(mine):
        connection = server.connect()
        for q in mine:
            began = time.perf_counter()
            ask(connection, path + urllib.parse.quote(q))
            times.append(time.perf_counter() - began)
        connection.close()

    cpu, began = server.cpu(), time.perf_counter()
    threads = [threading.Thread(target=client, args=(queries[i::n_clients],)) for i in range(n_clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return times, time.perf_counter() - began, server.cpu() - cpu


def by_process(featcache, store, queries):
    def cpu():
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime

    times, used, start = [], cpu(), time.perf_counter()
    for q in queries:
        began = time.perf_counter()
        subprocess.run([featcache, "query", store, "--text", q, "--json"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return times, time.perf_counter() - start, cpu() - used


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("featcache", type=os.path.realpath)
    p.add_argument("--texts", type=int, default=20000)
    p.add_argument("--queries", type=int, default=2000)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--card", default="builtin/hashtext")
    p.add_argument("--store")
    p.add_argument("--html", action="store_true", help="the search page, too")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = a.store or make_store(a.featcache, folder, a.texts, a.card)
        port = Server(a.featcache, store, "--port", "0")
        unix = Server(a.featcache, store, "--socket", os.path.join(folder, "s"))
        query, page = "/query?text=", "/?text="
        ways = {"new process": lambda q: by_process(a.featcache, store, q[:max(10, len(q) // 40)]),
                "port, 1 client": lambda q: by_server(port, query, q, 1),
                "port, 4 clients": lambda q: by_server(port, query, q, 4),
                "socket, 1 client": lambda q: by_server(unix, query, q, 1),
                "socket, 4 clients": lambda q: by_server(unix, query, q, 4)}
        if a.html:
            ways["page, 1 client"] = lambda q: by_server(port, page, q[:len(q) // 10], 1)
        rng = random.Random(2)
        for server in (port, unix):  # every thread of the server has all open
            by_server(server, query, [sentence(rng) for _ in range(200)], 8)
        results = {name: [[], 0.0, 0.0] for name in ways}
        for _ in range(a.rounds):
            for name, way in ways.items():
                times, wall, cpu = way([sentence(rng) for _ in range(a.queries)])
                results[name][0] += times
                results[name][1] += wall
                results[name][2] += cpu
        port.stop()
        unix.stop()
    print("%d texts, %s, %d processors, load %.1f" % (a.texts, a.card, os.cpu_count(), os.getloadavg()[0]))
    print("%-18s %8s %9s %9s %9s %9s" % ("way", "queries", "a second", "p50 ms", "p99 ms", "cpu ms"))
    for name, (times, wall, cpu) in results.items():
        times.sort()
        print("%-18s %8d %9.1f %9.3f %9.3f %9.3f" % (name, len(times), len(times) / wall, times[len(times) // 2] * 1e3,
              times[len(times) * 99 // 100] * 1e3, cpu / len(times) * 1e3))


main()
