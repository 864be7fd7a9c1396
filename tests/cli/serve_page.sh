# The search page of featcache serve in a headless Chromium: asked by the keyboard, with a file, on a
# phone and in the dark; pictures and sounds load, links lead on, no script runs. Skipped without one.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 48
python3 "$here/_page.py" "$FC_SOURCE_DIR/tests/golden" "$work" || fail "the files could not be made"
mkdir sounds && cp media/tone.wav media/vorbis.ogg sounds
want 0 ingest store pics --progress=never
want 0 ingest store sounds --progress=never
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 space store pair.yaml
want 0 fit store --space seen --dataset pics --encoder hog:map=mean --encoder hashtext:tokens=mean --dim 4 --method cca

"$FEATCACHE" serve store >address 2>err &
pid=$!
trap 'kill "$pid"; wait "$pid"; rm -rf "$work"' EXIT
for _ in $(seq 200); do [ -s address ] && break; sleep 0.05; done
pictures=${FC_PICTURES:-$work} # where to look at them
timeout 100 python3 "$here/_serve_page.py" "$(cat address)" pics/tree/tree2.png "$pictures" >out
rc=$?
cat out
case $rc in
0) ;;
77) exit 77 ;;
*) fail "the page in a browser" ;;
esac
