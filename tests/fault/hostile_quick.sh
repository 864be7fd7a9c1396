#!/usr/bin/env bash
# The files of hostile.sh among good ones in one run: it goes on, encodes what is good, and the ledger
# has every other with its reason, told once.
. "$(dirname "$0")/_lib.sh"
command -v python3 >/dev/null || skip "python3 makes the files, and it is not installed"
export PYTHONDONTWRITEBYTECODE=1
here=$FC_SOURCE_DIR/tests/fault
cd "$work" || exit 3
python3 "$here/_hostile_files.py" made "$FC_SOURCE_DIR/tests/golden" || fail "cannot make the files"

mkdir good
cp "$FC_SOURCE_DIR"/tests/birds/photos/* "$FC_SOURCE_DIR"/tests/golden/audio/*.{wav,flac,ogg,mp3} good/
printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n' >good/shape.obj
mapfile -t sources < <(python3 - <<'END'
import json
print("\n".join("made/sources/" + e["name"] for e in json.load(open("made/index.json"))
                if e["kind"] == "sources" and not isinstance(e["words"], str)))
END
)
"${fc[@]}" ingest st good made/files "${sources[@]}" --dataset d --max-draw-ms 500 --json >out 2>err
[ $? -eq 1 ] || { cat err; fail "the run with all of them: not exit 1"; }
"${fc[@]}" stat st --failures --json >failures || fail "stat --failures"
python3 - "$(ls good | wc -l)" <<'END' || fail "the run with all of them"
import json, os, sys
n_good = int(sys.argv[1])
run, ledger = json.load(open("out")), json.load(open("failures"))["failures"]
failed = {f["id"].rsplit("/", 1)[-1]: f["reason"] for f in ledger}
index = json.load(open("made/index.json"))
for e in index:
    if e["kind"] == "files" and isinstance(e["words"], list):
        assert e["name"] in failed, e["name"] + " is not in the ledger"
for f in ledger:
    assert f["reason"] and "\n" not in f["reason"], f
    assert not f["reason"].startswith(f["id"] + ": "), "told twice: " + f["reason"]
for name in os.listdir("good"):
    assert name not in failed, name + ": " + failed[name]
assert run["encoded"] >= n_good, run
print(f"{len(index)} files and sources, {len(ledger)} failures in the ledger, {run['encoded']} encoded, "
      f"{run['seconds']:.1f} s")
END
"${fc[@]}" verify st --full >/dev/null || fail "the store is not sound"
