#!/usr/bin/env python3
"""Ingest each file that _hostile_files.py made by itself: how long it took, how much memory beyond that
of a small text, and what the ledger says. Prints a line a file; what is wrong stands behind it, and
exit 1 says so.

usage: _hostile_alone.py FEATCACHE MADE SECONDS MEBIBYTES [NAME...]
"""
import json
import os
import shutil
import subprocess
import sys
import time

DRAW_MS = 500


def measured(arguments):
    """Exit code, seconds of processor time, KiB at the peak (of the program or of one that it starts)."""
    with open("stderr", "wb") as err, open("stdout", "wb") as out:
        child = subprocess.Popen(arguments, stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss


def reasons(featcache):
    run = subprocess.run([featcache, "stat", "st", "--failures", "--json"], capture_output=True)
    if run.returncode != 0:
        with open("stderr", errors="replace") as f:
            return f.read().strip()
    return " | ".join(f["reason"] for f in json.loads(run.stdout)["failures"])


def ingest(featcache, kind, path):
    shutil.rmtree("st", ignore_errors=True)
    source = path
    if kind == "files":
        shutil.rmtree("in", ignore_errors=True)
        os.mkdir("in")
        os.link(path, "in/" + os.path.basename(path))
        source = "in"
    return measured([featcache, "ingest", "st", source, "--dataset", "d", "--jobs", "1",
                     "--max-draw-ms", str(DRAW_MS)])


def main():
    featcache, made, most_seconds, most_mib = sys.argv[1:5]
    most_seconds, most_mib = float(most_seconds), int(most_mib)
    with open(made + "/index.json") as f:
        index = json.load(f)
    with open("small.txt", "w") as f:
        f.write("a small text")
    _, base_cpu, base = ingest(featcache, "files", "small.txt")
    n_wrong = 0
    for entry in index:
        kind, name, words = entry["kind"], entry["name"], entry["words"]
        if sys.argv[5:] and name not in sys.argv[5:]:
            continue
        start = time.monotonic()
        code, cpu, peak = ingest(featcache, kind, f"{made}/{kind}/{name}")
        wall = time.monotonic() - start
        why = reasons(featcache)
        mib = (peak - base) >> 10
        wanted = (0, 1) if words is None else (1,)
        if isinstance(words, str):  # "4: ...": what is named as a source and is none ends the run
            wanted, words = (int(words[0]),), [words[3:]]
        wrong = [f"the reason lacks '{w}'" for w in words or [] if w not in why]
        if code not in wanted:
            wrong.append(f"exit {code}")
        if cpu - base_cpu > most_seconds:
            wrong.append("too slow")
        if mib > most_mib:
            wrong.append("too much memory")
        n_wrong += len(wrong) > 0
        print(f"{name:24} exit {code} {wall:6.2f} s, {cpu:6.2f} s of processor time, {mib:4} MiB: "
              f"{why[:200]}{'  WRONG: ' + ', '.join(wrong) if wrong else ''}", flush=True)
    sys.exit(1 if n_wrong else 0)


main()
