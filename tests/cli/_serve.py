"""What serve.sh asks a server: python3 _serve.py CHECK ADDRESS [ARGUMENT...]

ADDRESS is http://127.0.0.1:PORT/ or the path of a Unix socket. Standard library only.
"""
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import zlib

import _npy


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def connect(address, timeout=60):
    if address.startswith("http://"):
        return http.client.HTTPConnection(address[7:].rstrip("/"), timeout=timeout)
    return UnixConnection(address, timeout)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.json = None
        if self.headers["Content-Type"] == "application/json" and self.body:
            assert self.body.endswith(b"\n") and self.body.count(b"\n") == 1
            self.json = json.loads(self.body)


def ask(address, path="/query", body=None, method=None, headers={}, timeout=60, **parameters):
    connection = connect(address, timeout)
    if parameters:
        path += "?" + urllib.parse.urlencode(parameters)
    headers = dict(headers)
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection.request(method or ("GET" if body is None else "POST"), path, body, headers)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def form(fields, files=()):
    """A multipart body and its headers; files are (field, name, bytes)."""
    out = []
    for name, value in fields.items():
        out.append(b'--xboundary\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode()))
    for field, name, data in files:
        out.append(b'--xboundary\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
                   b"Content-Type: application/octet-stream\r\n\r\n%s\r\n" % (field.encode(), name.encode(), data))
    out.append(b"--xboundary--\r\n")
    return {"body": b"".join(out), "headers": {"Content-Type": "multipart/form-data; boundary=xboundary"}}


def wrong(answer, status, part):
    assert answer.status == status, (answer.status, answer.body)
    assert set(answer.json) == {"schema", "status", "error"}, answer.json
    assert answer.json["schema"] == "featcache.error/1" and answer.json["status"] == status
    assert part in answer.json["error"], answer.json["error"]


def raw(address, data, timeout=10, end=False):
    """Bytes as they are, and no more if `end`; what comes back until the end of the connection."""
    if address.startswith("http://"):
        host, port = address[7:].rstrip("/").split(":")
        s = socket.create_connection((host, int(port)), timeout=timeout)
    else:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(address)
    got = b""
    try:
        s.sendall(data)
        if end:
            s.shutdown(socket.SHUT_WR)
        while piece := s.recv(65536):
            got += piece
    except OSError:  # the other side has had enough, or says no more
        pass
    s.close()
    return got


def big_picture(side=6000):
    """A PNG of many pixels in few bytes: what takes a while to answer."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress((b"\0" + bytes(x % 251 for x in range(side))) * side, 1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", rows) + chunk(b"IEND", b""))


# ---- checks ----

def same(address, featcache):
    """Answers are those of the command line, whichever way the question comes."""
    def cli(*options):
        out = subprocess.run([featcache, "query", "store", "--json", *options], capture_output=True, check=True)
        return strip(json.loads(out.stdout))

    def strip(answer):
        del answer["timing_ms"]
        return answer

    want = cli("--text", "a fish", "-k", "3", "--dataset", "pics")
    asked = {"text": "a fish", "k": 3, "dataset": "pics"}
    assert strip(ask(address, **asked).json) == want
    assert strip(ask(address, body=asked).json) == want
    assert strip(ask(address, **form({k: str(v) for k, v in asked.items()})).json) == want
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    assert strip(ask(address, body=b"text=a+fish&k=3&dataset=pics", headers=urlencoded).json) == want

    want = cli("--id", "pics/tree/tree2.png", "-k", "4", "--include-self", "--where", 'group != "x"')
    asked = {"id": "pics/tree/tree2.png", "k": 4, "include_self": "true", "where": 'group != "x"'}
    assert strip(ask(address, **asked).json) == want
    assert strip(ask(address, body={**asked, "include_self": True}).json) == want

    picture = open("pics/tree/tree2.png", "rb").read()
    want = cli("--file", "pics/tree/tree2.png", "-k", "3", "--modality", "text")
    want["query"]["file"] = "tree2.png"
    assert strip(ask(address, **form({"k": "3", "modality": "text"}, [("file", "tree2.png", picture)])).json) == want
    # Some clients send a path: its last part is the name.
    sent = form({"k": "3", "modality": "text"}, [("file", "a/b\\\\tree2.png", picture)])
    assert strip(ask(address, **sent).json) == want

    # A vector by its numbers.
    out = subprocess.run([featcache, "get", "store", "pics/tree/tree2.png", "--encoder", "hog", "--output", "pooled",
                          "--json"], capture_output=True, check=True)
    vector = json.loads(out.stdout)["values"]
    got = ask(address, body={"vector": vector, "encoder": "hog", "include_self": True, "k": 1}).json
    assert got["hits"][0]["id"] == "tree/tree2.png" and got["hits"][0]["score"] > 0.999
    assert got["query"]["vector"] == "inline" and got["encoder"] == "hog"
    assert got["query"]["vector"] == "inline"
    # Several inputs, one of them a vector.
    terms = [{"id": "pics/fish/fish1.png"}, {"vector": vector, "weight": -0.5}]
    got = strip(ask(address, body={"terms": terms, "encoder": "hog", "k": 3}).json)
    _npy.write_vector("v.npy", vector)
    want = cli("--id", "pics/fish/fish1.png", "--vector", "v.npy", "--weight=-0.5", "--encoder", "hog", "-k", "3")
    assert want["query"]["terms"][1].pop("vector") == "v.npy"
    assert got["query"]["terms"][1].pop("vector") == "inline"
    assert got == want
    # Another encoder's output, and a space, named in the question.
    assert ask(address, id="pics/tree/tree2.png", encoder="hog", output="grid").json["output"] == "grid"
    got = ask(address, text="a fish", space="pair").json
    assert got["space"] == "pair" and got["hits"]
    # A space that was learnt, across modalities, with scores that compare.
    want = cli("--text", "a fish", "-k", "5", "--space", "learnt", "--modality", "image", "--calibrate", "fair",
               "--temperature", "0.5", "--dataset", "pics")
    asked = {"text": "a fish", "k": 5, "space": "learnt", "modality": "image", "calibrate": "fair", "temperature": 0.5,
             "dataset": "pics"}
    assert want["calibration"]["method"] == "fair" and want["hits"][0]["probability"] > 0
    assert strip(ask(address, **asked).json) == want and strip(ask(address, body=asked).json) == want
    # Many requests on one connection.
    connection = connect(address)
    for i in range(20):
        connection.request("GET", "/query?text=a+fish&dataset=pics&k=%d" % (i + 1))
        hits = json.loads(connection.getresponse().read())["hits"]
        assert len(hits) == i + 1, (i, len(hits), [h["id"] for h in hits])
    connection.close()


def others(address, featcache):
    out = subprocess.run([featcache, "stat", "store", "--json"], capture_output=True, check=True)
    assert ask(address, "/stat").json == json.loads(out.stdout)
    health = ask(address, "/health")
    assert health.status == 200 and health.json["schema"] == "featcache.health/1" and health.json["status"] == "ok"
    assert health.json["answered"] > 0 and health.json["waiting"] == 0
    for name, part in (("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"),
                       ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")):
        assert part in health.headers[name], name
    assert "Access-Control-Allow-Origin" not in health.headers


def errors(address):
    wrong(ask(address), 400, "exactly one of")
    wrong(ask(address, text="a", id="b"), 400, "exactly one of")
    wrong(ask(address, text=""), 400, "not empty")
    wrong(ask(address, text="a", k="0"), 400, "whole number")
    wrong(ask(address, text="a", k="x"), 400, "whole number")
    wrong(ask(address, text="a", wher="x = 1"), 400, 'did you mean "where"')
    wrong(ask(address, text="a", where="x ="), 400, "column")
    wrong(ask(address, text="a", modality="smell"), 400, "smell")
    wrong(ask(address, text="a", include_self="1"), 400, "true or false")
    wrong(ask(address, text="a", encoder="none"), 404, "hashtext")
    wrong(ask(address, text="a", space="none"), 404, "none")
    wrong(ask(address, text="a", dataset="none"), 404, "none")
    wrong(ask(address, id="pics/none"), 404, "none")
    wrong(ask(address, text="a", space="pair", output="pooled"), 400, "one of space and output")
    wrong(ask(address, "/query?text=a&text=b"), 400, "twice")
    wrong(ask(address, "/query?text=a%00b"), 400, "NUL")
    wrong(ask(address, "/query?text=%ff"), 400, "UTF-8")
    wrong(ask(address, "/query?" + "&".join("a%d=" % i for i in range(40))), 400, "more than")
    wrong(ask(address, "/stat", x="1"), 400, "no parameter")
    wrong(ask(address, "/nothing"), 404, "no '/nothing'")
    wrong(ask(address, "/../store/data.mdb"), 404, "no '")
    # Paths of the machine are not opened, whichever way they come.
    for name in ("/etc/passwd", "pics/tree/tree2.png"):
        wrong(ask(address, file=name), 400, "a path")
        wrong(ask(address, body={"file": name}), 400, "a path")
        wrong(ask(address, **form({"file": name})), 400, "a path")
        wrong(ask(address, body={"vector": name, "encoder": "hog"}), 400, "a path")
        wrong(ask(address, body={"terms": [{"text": "a fish"}, {"file": name}]}), 400, "a path")
        wrong(ask(address, body={"terms": [{"vector": name}], "encoder": "hog"}), 400, "a path")
        wrong(ask(address, **form({"file": name}, [("file", "a.txt", b"a fish")])), 400, "twice")
    # Bodies.
    json_type = {"Content-Type": "application/json"}
    wrong(ask(address, body=b"{", headers=json_type), 400, "not JSON")
    wrong(ask(address, body=b"", method="POST", headers=json_type), 400, "not JSON")
    wrong(ask(address, body=b"[" * 100000, headers=json_type), 400, "not JSON")
    wrong(ask(address, body=[1]), 400, "not a JSON object")
    wrong(ask(address, body={"text": 3}), 400, "text")
    wrong(ask(address, body={"vector": []}), 400, "empty")
    wrong(ask(address, body={"vector": [1, "x"]}), 400, "numbers")
    wrong(ask(address, body={"vector": [1, 2], "encoder": "hog"}), 400, "2 elements")
    wrong(ask(address, body=b"text=a", headers={"Content-Type": "text/plain"}), 415, "application/json")
    wrong(ask(address, "/", body=b"{}", headers=json_type), 415, "multipart")
    wrong(ask(address, body=b"--b", headers={"Content-Type": "multipart/form-data"}), 400, "boundary")
    wrong(ask(address, "/query?k=3", body={"text": "a"}), 400, "go with GET")
    wrong(ask(address, **form({"k": "1"}, [("picture", "a.png", b"x")])), 400, "not \"file\"")
    wrong(ask(address, **form({}, [("file", "a", b"x"), ("file", "b", b"y")])), 400, "more than one file")
    wrong(ask(address, **form({}, [("file", "a.png", b"\x89PNG\r\n\x1a\nbroken")])), 422, "a.png")
    wrong(ask(address, **form({}, [("file", "a.bin", b"\0\1\2\3" * 99)])), 422, "a.bin")
    whole = form({"text": "a fish"})
    for cut in range(0, len(whole["body"]) - 6, 7):
        assert ask(address, body=whole["body"][:cut], method="POST", headers=whole["headers"]).status == 400
    # Methods.
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"):
        answer = ask(address, method=method)
        assert answer.status == 405 and answer.headers["Allow"] == "GET, POST", method
    assert ask(address, "/stat", body={"a": 1}).status == 405
    assert ask(address, method="HEAD").status == 405


def hostile(address, limit):
    """Bytes that no client sends: an answer or the end of the connection, and the server lives."""
    limit = int(limit)
    wrong(ask(address, body={"text": "x" * limit}), 413, "--max-body-bytes")
    head = (b"POST /query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\n")
    # Announced too large by a client that asks first: refused before it comes.
    assert b" 413 " in raw(address, head + b"Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n")
    # Not announced: in chunks.
    chunk = b"%x\r\n%s\r\n" % (65536, b"x" * 65536)
    got = raw(address, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (2 + limit // 65536) + b"0\r\n\r\n")
    assert b" 413 " in got, got[:100]
    # A form over the limit.
    wrong(ask(address, **form({}, [("file", "a.txt", b"x" * limit)])), 413, "--max-body-bytes")
    for data in (b"\0" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                 b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: " + b"b" * 100000 + b"\r\n\r\n",
                 b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n",
                 head + b"Content-Length: -1\r\n\r\n", head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                 head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=\r\n"
                 b"Content-Length: 4\r\n\r\n----"):
        got = raw(address, data, timeout=3, end=True)
        assert not got.startswith(b"HTTP/1.1 2"), (data[:60], got[:200])
    assert ask(address, "/health").status == 200


def origins(address):
    """Other sites' pages get nothing: neither by a name that means this machine nor by a form."""
    port = address.rstrip("/").rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost", "LOCALHOST", "localhost:" + port, "127.0.0.1:" + port):
        assert ask(address, "/health", headers={"Host": host}).status == 200, host
    for host in ("evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example",
                 "localhost:1", "[::1]:" + port, "", "127.0.0.1:" + port + "0"):
        wrong(ask(address, "/health", headers={"Host": host}), 403, "localhost")
    got = raw(address, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert b" 400 " in got or b" 403 " in got, got
    own = {"Origin": "http://127.0.0.1:" + port, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    assert ask(address, "/health", headers=own).status == 200
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Origin": "https://127.0.0.1:" + port}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}):
        wrong(ask(address, "/health", headers=headers), 403, "their own pages")
    sent = form({"text": "a fish"})
    for headers, status in (({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
                            ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200)):
        assert ask(address, body=sent["body"], headers={**sent["headers"], **headers}).status == status
    # A link to here is followed from everywhere.
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert ask(address, "/", text="a fish", headers=link).status == 200


def pages(address):
    page = ask(address, "/")
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<form" in page.body and b"<script" not in page.body and b"<figure" not in page.body
    page = ask(address, "/", text="a <b>fish</b>", k=3)
    assert page.body.count(b"more like this") == 3 and b"<b>fish" not in page.body
    assert b'value="a &lt;b&gt;fish&lt;/b&gt;"' in page.body
    assert b"/?k=3&amp;id=pics%2Ffish%2Ffish" in page.body
    # A form without a file becomes an address; empty fields are none.
    sent = form({"text": "a fish & 'more'", "k": "2", "where": "", "modality": ""})
    page = ask(address, "/", **sent)
    assert page.status == 303 and page.headers["Location"] == "/?text=a%20fish%20%26%20%27more%27&k=2"
    page = ask(address, page.headers["Location"])
    assert page.status == 200 and page.body.count(b"<figure") == 3
    # One with a file is answered.
    picture = open("pics/tree/tree2.png", "rb").read()
    page = ask(address, "/", **form({"k": "4", "text": ""}, [("file", "tree2.png", picture)]))
    assert page.status == 200 and page.body.count(b"more like this") == 4 and page.body.count(b"<img") == 5
    # What is wrong stands on the page, with the form as it was sent.
    for asked, status, part in (({"text": "a", "where": "x ="}, 400, b"column"), ({"id": "pics/none"}, 404, b"none"),
                                ({"text": "a", "k": "201"}, 400, b"200 hits at most"), ({"k": "3"}, 400, b"exactly one")):
        page = ask(address, "/", **asked)
        assert page.status == status and b"<form" in page.body and part in page.body, (asked, page.status)
    page = ask(address, "/", **form({}, [("file", "<img src=x>.png", b"no picture")]))
    assert page.status == 200 or b"<img src=x" not in page.body
    assert b"<img src=x" not in page.body


def slow(address, seconds):
    """Clients that trickle are cut off, in the headers and in the body; others are served meanwhile."""
    head = b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    taken = {}

    def trickle(name, first, byte):
        s = socket.create_connection(tuple(address[7:].rstrip("/").split(":")), timeout=30)
        s.sendall(first)
        began = time.monotonic()
        s.settimeout(0.1)
        while time.monotonic() - began < 20:
            try:
                s.sendall(byte)
                if s.recv(100) == b"":
                    break
            except socket.timeout:
                continue
            except OSError:
                break
        taken[name] = time.monotonic() - began
        s.close()

    threads = [threading.Thread(target=trickle, args=a)
               for a in (("header", b"GET /health HTTP/1.1\r\nX: ", b"a"), ("body", head, b"{"), ("silent", head, b""))]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        assert ask(address, text="a fish", k=1).status == 200
        time.sleep(0.1)
    for name, t in taken.items():
        assert t < float(seconds) + 4, (name, t)


def full(address):
    """One at a time and one waiting: more are told to come again, at once."""
    sent = form({"k": "1"}, [("file", "big.png", big_picture())])
    answers = []

    def one():
        began = time.monotonic()
        answers.append((ask(address, **sent, timeout=600), time.monotonic() - began))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    refused = [a for a, _ in answers if a.status == 503]
    assert sum(a.status == 200 for a, _ in answers) >= 2 and refused, [a.status for a, _ in answers]
    for a in refused:
        wrong(a, 503, "--queue")
        assert a.headers["Retry-After"] == "1"
    # Health is answered even then, and afterwards all is as before.
    assert ask(address, "/health").json["waiting"] == 0
    assert ask(address, text="a fish").status == 200


def crowd(address, limit):
    """Connections over the limit wait until one ends, and are answered then."""
    place = tuple(address[7:].rstrip("/").split(":"))
    idle = [socket.create_connection(place) for _ in range(int(limit))]
    for s in idle:  # each has been taken: its answer has come
        s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert s.recv(1000).startswith(b"HTTP/1.1 200")
    late = socket.create_connection(place)
    late.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    late.settimeout(0.5)
    try:
        raise AssertionError("more than the limit: %r" % late.recv(1000))
    except socket.timeout:
        pass
    idle.pop().close()
    late.settimeout(30)
    assert late.recv(1000).startswith(b"HTTP/1.1 200")
    for s in [*idle, late]:
        s.close()


def beside(address, featcache):
    """Queries while data is added: each is answered, and later ones see no less."""
    stop, problems, seen = threading.Event(), [], []

    def query(where):
        connection, last, n = connect(address), 0, 0
        while not stop.is_set():
            connection.request("GET", "/query?text=number+7&k=3" + where)
            answer = Answer(connection.getresponse())
            if answer.status != 200 or not answer.json or answer.json["index"]["generation"] < last or not answer.json["hits"]:
                problems.append(answer.body)
            last = answer.json["index"]["generation"]
            n += 1
        seen.append((n, last))

    threads = [threading.Thread(target=query, args=(where,))
               for where in ("", "&modality=image", "&space=learnt", "&space=learnt&calibrate=csls")]
    for t in threads:
        t.start()
    for i in range(4):
        os.makedirs("more", exist_ok=True)
        with open("more/note%d.txt" % i, "w") as f:
            f.write("a note that says number %d of them\n" % i)
        time.sleep(0.1)
        subprocess.run([featcache, "ingest", "store", "more", "--progress=never"], check=True, capture_output=True)
        got = ask(address, text="a note that says number %d of them" % i, dataset="more").json
        assert got["hits"][0]["id"] == "note%d.txt" % i, "what has been sealed is not found"
    stop.set()
    for t in threads:
        t.join()
    assert not problems, problems[:2]
    assert all(n > 5 for n, _ in seen) and len(seen) == 4, seen


def stop(address, pid):
    """SIGTERM while queries run and wait: they are answered, new ones are not, and the port is free."""
    sent = form({"k": "1"}, [("file", "big.png", big_picture())])
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(address, **sent, timeout=600).status))
               for _ in range(3)]
    for t in threads:
        t.start()
    for _ in range(500):
        state = ask(address, "/health").json
        if state["running"] + state["waiting"] == 3:
            break
        time.sleep(0.01)
    assert state["running"] >= 1 and state["running"] + state["waiting"] == 3, state
    # One that has not said all is not waited for.
    half = socket.create_connection(tuple(address[7:].rstrip("/").split(":")))
    half.sendall(b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 b"Content-Length: 100\r\n\r\n{")
    time.sleep(0.2)
    os.kill(int(pid), 15)
    for t in threads:
        t.join()
    assert answers == [200, 200, 200], answers
    try:
        ask(address, "/health", timeout=5)
        raise AssertionError("it goes on answering")
    except (OSError, http.client.HTTPException):
        half.close()


globals()[sys.argv[1]](*sys.argv[2:])
