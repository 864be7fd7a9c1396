# Sounds and points through models: a waveform whole, in windows, and too long. The
# model is made on the spot (_onnx.py --wave): means of 400 samples every 320, 50 rows a second.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
python3 "$here/_onnx.py" wave.onnx --wave || fail "_onnx.py"

# 1.001 s at 16 kHz: a ramp, so that the mean of every frame is known.
python3 - <<'END'
import struct, wave
def write(path, samples, rate=16000):
    with wave.open(path, "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(struct.pack("<%dh" % len(samples), *samples))
write("ramp.wav", list(range(16016)))
write("short.wav", list(range(200)))
write("long.wav", list(range(100)) * 160 * 61)
END

# card FILE PARAMS OUTPUT...
card() {
    local file=$1 params=$2
    shift 2
    printf 'name: %s\nmodality: audio\nmodel: wave.onnx\nparams: { %s }\noutputs:\n' "${file%.yaml}" "$params" >"$file"
    printf '  - { %s }\n' "$@" >>"$file"
}
frames='name: frames, shape: [n, 2]'

# No padding: one frame fewer than a 50th of a second goes into it.
card whole.yaml 'row_hop: 320, row_length: 400' "$frames" 'name: mean, tensor: frames, layout: rows, pool: mean, shape: [2]'
want 0 encode whole.yaml --file ramp.wav --output frames
python3 - <<'END' || fail "frames of a ramp"
rows = [[float(v) for v in line.split()] for line in open("out") if line.strip()]
assert len(rows) == 49, len(rows)
for i, (a, b) in enumerate(rows):
    want = (320 * i + 199.5) / 32768
    assert abs(a - want) < 1e-6 and abs(b + want) < 1e-6, (i, a, b, want)
END

# Windows of half a second, padded at the end: rows that only stand for the padding are left out.
card windows.yaml 'window: 8000, row_hop: 320, row_length: 400' "$frames" \
    'name: every, tensor: frames, layout: rows, rows: all, shape: [n, 2]'
want 0 encode windows.yaml --file ramp.wav --output frames
[ "$(wc -l <out)" -eq 49 ] || fail "24 + 24 + 1 frames, not $(wc -l <out)"
want 0 encode windows.yaml --file ramp.wav --output every
[ "$(wc -l <out)" -eq 72 ] || fail "3 x 24 frames, not $(wc -l <out)"
card dropped.yaml 'window: 8000, tail: drop' "$frames"
want 0 encode dropped.yaml --file ramp.wav
[ "$(wc -l <out)" -eq 48 ] || fail "2 x 24 frames, not $(wc -l <out)"

# wav2vec2's normalisation: mean 0, variance 1 of the whole.
card normal.yaml 'normalise: true' "$frames"
want 0 encode normal.yaml --file ramp.wav
python3 - <<'END' || fail "the normalised wave"
rows = [[float(v) for v in line.split()] for line in open("out") if line.strip()]
n = 16016
mean, deviation = (n - 1) / 2, ((n * n - 1) / 12) ** 0.5
for i, (a, b) in enumerate(rows):
    assert abs(a - (320 * i + 199.5 - mean) / deviation) < 1e-4, (i, a)
END

# Too short for one frame, too long for the card: failures of the sample, in plain words.
want 4 encode whole.yaml --file short.wav
want 0 encode windows.yaml --file short.wav
card minute.yaml 'max_seconds: 60' "$frames"
want 3 encode minute.yaml --file long.wav
in_err "a sound of 61 s; this card takes 60 (max_seconds): take spans of it"
printf 'id,path,start_s,end_s\na,long.wav,0,30\nb,ramp.wav,0,\nc,short.wav,0,\n' >spans.csv
want_json 1 'o["encoded"] == 2 and o["failed"] == 1' ingest store spans.csv --encoder whole.yaml
want 0 stat store --failures

# What a card of a sound must not say.
card hop.yaml 'hop: 10' "$frames"
want 4 encode hop.yaml --file ramp.wav
in_err "hop is 10 without a window"
card mel.yaml 'feed: whisper' "$frames"
want 4 encode mel.yaml --file ramp.wav
in_err "feed is whisper: that takes rate: 16000 and window: 480000"
