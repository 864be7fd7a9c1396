# Long sounds through a model of windows are decoded while they run: the same features as by hand, and of ten
# hours no more in memory than a few windows. The model is made on the spot (_onnx.py --wave): means of 400
# samples every 320.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
python3 "$here/_onnx.py" wave.onnx --wave || fail "_onnx.py"

# card FILE PARAMS OUTPUT...
card() {
    local file=$1 params=$2
    shift 2
    printf 'name: %s\nmodality: audio\nmodel: wave.onnx\nparams: { %s }\noutputs:\n' "${file%.yaml}" "$params" >"$file"
    printf '  - { %s }\n' "$@" >>"$file"
}

# --- 263 s at 16 kHz, which is more than is read at once: windows that overlap, the tail filled up or
# dropped, and normalised
python3 - <<'END'
import wave
from array import array
n = 263 * 16000 + 1234
with wave.open("long.wav", "wb") as f:
    f.setnchannels(1)
    f.setsampwidth(2)
    f.setframerate(16000)
    f.writeframes(array("h", ((i * i // 7919 + i // 50) % 20001 - 9000 for i in range(n))).tobytes())
END
common="window: 8000, hop: 6000, row_hop: 320, row_length: 400"
outputs=('name: frames, shape: [n, 2], precision: f32'
    'name: mean, tensor: frames, layout: rows, pool: mean, shape: [2]'
    'name: max, tensor: frames, layout: rows, pool: max, skip: 3, shape: [2]'
    'name: first, tensor: frames, layout: rows, pool: first, shape: [2]'
    'name: last, tensor: frames, layout: rows, pool: last, shape: [2]')
card pad.yaml "$common" "${outputs[@]}"
card drop.yaml "$common, tail: drop" "${outputs[@]}"
card normal.yaml "$common, normalise: true" "${outputs[@]}"
for c in pad drop normal; do
    for o in frames mean max first last; do
        want 0 encode $c.yaml --file long.wav --output $o
        cp out $c.$o
    done
done
python3 - <<'END' || fail "windows of a long sound"
import wave
from array import array
from itertools import accumulate
with wave.open("long.wav") as f:
    x = array("h", f.readframes(f.getnframes()))
n, window, hop = len(x), 8000, 6000
assert n > 4 << 20

def reference(drop, mean, deviation):
    sums = [0] + list(accumulate(x))
    rows = []
    full = (n - window) // hop + 1
    for k in range(full + (not drop and (full - 1) * hop + window < n)):
        at, end = k * hop, min(k * hop + window, n)
        for j in range(min(24, -(-(end - at) // 320))):
            a, b = min(at + 320 * j, end), min(at + 320 * j + 400, end)
            rows.append(((sums[b] - sums[a]) / 32768 - mean * (b - a)) / deviation / 400)
    return rows

def rows(name):
    return [[float(v) for v in line.split()] for line in open(name) if line.strip()]

def check(card, want):
    got = rows(card + ".frames")
    assert len(got) == len(want), (card, len(got), len(want))
    for i, (row, w) in enumerate(zip(got, want)):
        assert abs(row[0] - w) < 2e-5 and abs(row[1] + w) < 2e-5, (card, i, row, w)
    pools = {"mean": sum(want) / len(want), "max": max(want[3:]), "first": want[0], "last": want[-1]}
    for pool, w in pools.items():
        got = rows(card + "." + pool)[0]
        assert abs(got[0] - w) < 2e-5, (card, pool, got, w)

mean = sum(x) / n / 32768
deviation = (sum(v * v for v in x) / n / 32768 ** 2 - mean * mean + 1e-7) ** 0.5
check("pad", reference(False, 0, 1))
check("drop", reference(True, 0, 1))
check("normal", reference(False, mean, deviation))
END
# A neighbour in the same batch is as it is alone.
mkdir pair
cp long.wav pair/b.wav
head -c 100000 long.wav >pair/torn.wav
python3 -c '
import wave
with wave.open("long.wav") as f, wave.open("pair/a.wav", "wb") as g:
    g.setparams(f.getparams())
    g.writeframes(f.readframes(20000))'
cp pair/a.wav pair/c.wav
printf x >>pair/c.wav
want 1 ingest pair.store pair --encoder pad.yaml --jobs 1 --memory 64M
want 0 get pair.store pair/b.wav --encoder pad --output mean
cmp -s out pad.mean || fail "a long sound in a run has another mean"

# --- ten hours: with a cap where a cap is, else in little memory
python3 - <<'END'
import struct
n = 36000 * 4000
with open("hours.wav", "wb") as f:
    f.write(b"RIFF" + struct.pack("<I", 36 + n) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 4000, 4000, 1, 8))
    f.write(b"data" + struct.pack("<I", n))
    part = bytes(i * 13 % 251 for i in range(4000))
    f.write(part * 100)
    f.truncate(44 + n)
END
mkdir hours
ln hours.wav hours/
card hours.yaml "rate: 4000, window: 4000, row_hop: 320, row_length: 400, max_seconds: 36000" "${outputs[1]}"
card short.yaml "rate: 4000, window: 4000, row_hop: 320, row_length: 400" "${outputs[1]}"
want_json 1 'o["failed"] == 1' ingest short.store hours --encoder short.yaml --max-samples 200000000
in_err "a sound of 36000 s; this card takes 1800 (max_seconds)"
want 1 ingest capped.store hours --encoder hours.yaml
in_err "samples"
# Peak memory of the run: the file (144 MB) and little else; held whole, the samples alone are 576 MB.
python3 - "$FEATCACHE" <<'END' || fail "ten hours"
import resource, subprocess, sys
done = subprocess.run([sys.argv[1], "ingest", "hours.store", "hours", "--encoder", "hours.yaml", "--max-samples",
                       "200000000", "--memory", "512M", "--jobs", "1", "--progress=never"])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
print("ten hours: %d MB at most" % peak)
program = open(sys.argv[1], "rb").read()
sanitized = b"__asan_init" in program or b"__tsan_init" in program  # they take memory of their own
sys.exit(done.returncode or (peak > 400 and not sanitized))
END
want 0 get hours.store hours/hours.wav --encoder hours --output mean
