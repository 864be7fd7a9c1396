# What cannot be encoded is printed, kept in the ledger with its reason, left alone by the next run
# and taken up by --retry-failed; the rest is sealed. Exit 1 says so.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 4
printf '\x89PNG\r\n\x1a\nbut no more than that' >pics/broken.png
name=$'evil\e]0;title\a\u202Egnp.png'
cp pics/broken.png "pics/$name"
settle

want_json 1 'o["failed"] == 2 and o["encoded"] == 8 and o["sealed"]' ingest store pics
in_err "featcache: broken.png: "
in_err 'evil\x1B]0;title\x07\u{202E}gnp.png'
! grep -q $'\e\|\u202E' err || fail "an escape sequence reached the terminal"

want 0 stat store --failures
[ "$(wc -l <out)" -eq 2 ] && grep -q '^pics/broken.png .*1 try ' out || fail "the ledger"
! grep -q $'\e\|\u202E' out || fail "an escape sequence reached the terminal"
want_json 0 'o["count"] == 2 and o["complete"] and len(o["failures"]) == 2 and
    any(f["id"] == "broken.png" and f["dataset"] == "pics" and f["reason"] and f["tries"] == 1
        for f in o["failures"])' stat store --failures --dataset pics
want 2 stat store --failures --dataset other
in_err "no data set 'other'"
want_json 0 'o["datasets"][0]["failures"] == 2' stat store

# Not tried again by itself; tried again on request, counted; still exit 1.
want_json 1 'o["failed"] == 2 and o["encoded"] == 0 and not o["sealed"]' ingest store pics
want_json 0 'all(f["tries"] == 1 for f in o["failures"])' stat store --failures
want_json 1 'o["failed"] == 2 and o["encoded"] == 0' ingest store pics --retry-failed
want_json 0 'all(f["tries"] == 2 for f in o["failures"])' stat store --failures

# Mended, it is encoded and leaves the ledger.
cp pics/bird/bird0.png pics/broken.png
rm "pics/$name"
want_json 0 'o["failed"] == 0 and o["sealed"]' ingest store pics
want_json 0 'o["count"] == 0 and o["failures"] == []' stat store --failures

# Twenty are printed; where the rest is is said once.
for i in $(seq 30); do printf '\x89PNG\r\n\x1a\nno %d' "$i" >"pics/bad$i.png"; done
want 1 ingest store pics
[ "$(grep -c '^featcache: bad[0-9]*\.png: ' err)" -eq 20 ] || fail "not twenty failures printed"
[ "$(grep -c 'further failures are in the ledger: featcache stat store --failures' err)" -eq 1 ] ||
    fail "nothing says where the others are"
want_json 0 'o["count"] == 30' stat store --failures

# One output that refuses its input does not take the others with it: a silent sound has no direction
# for cosine, but frames; a blank picture has a map.
mkdir quiet
python3 - <<'PY'
import struct, wave
for name, loud in (("silence.wav", 0), ("noise.wav", 9000)):
    with wave.open("quiet/" + name, "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(16000)
        f.writeframes(b"".join(struct.pack("<h", (i * 7919 % 65536 - 32768) * loud // 32768) for i in range(8000)))
PY
cp quiet/silence.wav quiet/twin.wav
settle
want_json 1 'o["failed"] == 2 and o["encoded"] == 1 and o["sealed"]' ingest still quiet --progress=never
in_err "silence.wav: the sound is silent"
in_err "its other outputs are kept"
want_json 0 'sorted((u["name"], u["items"]) for e in o["encoders"] for u in e["outputs"])
    == [("frames", 2), ("mfcc", 2), ("pooled", 1)]' stat still
want_json 0 'sorted((c["output"], c["count"]) for c in o["datasets"][0]["versions"][0]["coverage"])
    == [("frames", 3), ("mfcc", 3), ("pooled", 1)]' stat still
want 0 get still quiet/silence.wav --encoder mfcc --output mfcc -o frames.npy
want 2 get still quiet/silence.wav --encoder mfcc --output pooled -o none.npy
want 0 verify still --full
want_json 1 'o["failed"] == 2 and o["encoded"] == 0 and o["unchanged"] == 3' ingest still quiet --progress=never
want_json 1 'o["failed"] == 2 and o["encoded"] == 0' ingest still quiet --retry-failed --progress=never
want_json 0 'o["datasets"][0]["failures"] == 2' stat still
want_json 0 'sum(u["items"] for e in o["encoders"] for u in e["outputs"]) == 5' stat still
want 0 verify still --full
want_json 1 'o["failed"] == 2 and o["reused"] == 1' ingest still quiet --dataset again --progress=never
want 0 verify still --full

# Failures that stand are told with what would try them again: here after a cap was raised.
make_source capped 2
want 1 ingest scap capped --max-pixels 10
! grep -q retry-failed out || fail "failures of this run are said to be old"
want_json 1 'o["failed"] == 2 and o["not_retried"] == 2' ingest scap capped
want 1 ingest scap capped
in_out "2 of them as before, not tried again without --retry-failed"
want_json 0 'o["failed"] == 0 and o["not_retried"] == 0 and o["encoded"] == 2' ingest scap capped --retry-failed
