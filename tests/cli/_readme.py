"""Run the commands of README.md and compare what they print with what it says they print.

    _readme.py README.MD START [--update]

A session is every ```console block in turn, in one bash whose first folder is START: `$ ` begins a
command, `> ` goes on with it, all else is its output. It runs on a terminal, as a reader would
see it. A block after `<!-- file: NAME -->` is written to NAME before the next command. A command
must exit 0. Outputs are compared after VARYING is replaced on both sides and nothing else; with
--update the README gets the outputs of this run instead.
"""
import os
import pty
import re
import subprocess
import sys
import termios
import time

# What differs from run to run or from machine to machine: times and rates, sizes and ratios (they
# depend on the version of zstd), the id of a store, temporary folders, instruction set, libraries.
VARYING = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\d+ a second", "N a second"),
    (r"\d[\d.]* (s|ms)\b", r"N \1"),
    (r"\d[\d.]* (B|KiB|MiB)\b", r"N \1"),
    (r"\d[\d.]* times smaller", "N times smaller"),
    (r"rms error \S+", "rms error N"),
    (r"\bid [0-9a-f]{12}\b", "id ID"),
    (r"/\S*tmp\.\w+", "/tmp/tmp.X"),
    (r"simd=\w+", "simd=X"),
    (r'libraries="[^"]*"', "libraries=X"),
]
END = "end-of-command"


def plain(lines):
    text = "\n".join(lines)
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text.split("\n") if text else []


def parse(lines):
    """Steps in order: ("run", command, first line of output, line after it) and ("file", name, text)."""
    steps, fence, name, i = [], None, None, 0
    while i < len(lines):
        line = lines[i]
        comment = re.fullmatch(r"<!-- file: (\S+) -->", line)
        if comment:
            name = comment.group(1)
        elif fence is None and line.startswith("```"):
            fence, start = line[3:], i + 1
        elif line == "```":
            if name is not None:
                steps.append(("file", name, "\n".join(lines[start:i]) + "\n"))
                name = None
            fence = None
        elif fence == "console" and line.startswith("$ "):
            command, j = line[2:], i + 1
            while lines[j].startswith("> "):
                command, j = command + "\n" + lines[j][2:], j + 1
            first = j
            while lines[j] != "```" and not lines[j].startswith("$ "):
                j += 1
            steps.append(("run", command, first, j))
            i = j - 1
        i += 1
    return steps


class Shell:
    def __init__(self, folder):
        self.main, side = pty.openpty()
        mode = termios.tcgetattr(side)
        mode[1] &= ~termios.OPOST  # lines end in \n
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(side, termios.TCSANOW, mode)
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], cwd=folder, stdin=subprocess.PIPE,
                                        stdout=side, stderr=side)
        os.close(side)

    def run(self, command):
        self.process.stdin.write(f"{command}\nprintf '\\n{END} %d\\n' $?\n".encode())
        self.process.stdin.flush()
        seen = b""
        while not re.search(rf"\n{END} \d+\n$".encode(), seen):
            seen += os.read(self.main, 65536)  # fails when the shell is gone
        text, code = seen.decode().rsplit(f"\n{END} ", 1)
        text = re.sub(r"[^\n]*\r\x1b\[K", "", text)  # a progress bar that came and went
        return text.rstrip("\n").split("\n") if text.rstrip("\n") else [], int(code)

    def folder(self):
        return os.readlink(f"/proc/{self.process.pid}/cwd")


def main():
    readme, start, update = sys.argv[1], sys.argv[2], sys.argv[3:] == ["--update"]
    with open(readme, encoding="utf-8") as f:
        lines = f.read().split("\n")
    shell, failures, runs, outputs = Shell(start), 0, 0, []
    for kind, what, *rest in parse(lines):
        if kind == "file":
            with open(os.path.join(shell.folder(), what), "w", encoding="utf-8") as f:
                f.write(rest[0])
            continue
        # A file as new as the last scan is read again, since its times cannot tell; readers type slower.
        time.sleep(0.1)
        got, code = shell.run(what)
        wanted = lines[rest[0]:rest[1]]
        runs += 1
        outputs.append((rest, got))
        if code != 0 or (plain(got) != plain(wanted) and not update):
            failures += 1
            print(f"{readme}:{rest[0]}: $ {what}\nexit {code}, wanted 0; it printed\n", "\n".join(got),
                  "\nand should have printed\n", "\n".join(wanted), sep="")
    if update:
        for (first, last), got in reversed(outputs):
            lines[first:last] = got
        with open(readme, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
    print(f"{runs} commands, {failures} not as the README says")
    sys.exit(1 if failures or runs < 10 else 0)


main()
