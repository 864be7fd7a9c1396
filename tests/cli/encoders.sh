# encoders: the built-ins, what a store holds and what computed it, and what differs in a card.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 4

want 0 encoders
[ "$(cat out)" = "$(printf 'builtin/hog\nbuiltin/hashtext\nbuiltin/mfcc\nbuiltin/fpfh\nbuiltin/precomputed\nbuiltin/lab-hog-lbp')" ] || fail "the built-ins"
want_json 0 'o["builtins"] == ["builtin/hog", "builtin/hashtext", "builtin/mfcc", "builtin/fpfh", "builtin/precomputed", "builtin/lab-hog-lbp"]' encoders

"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest
want 0 encoders store
grep -qE '^#[0-9]+  hog@[0-9a-f]{12}  image' out || fail "the encoder version"
in_out pooled
in_out "computed by "
want_json 0 '{e["name"] for e in o["encoders"]} == {"hog", "hashtext"}
    and all(len(e["fingerprint"]) == 64 and e["outputs"] and e["card"]["name"] == e["name"]
            and e["provenances"] and e["created"].endswith("Z") for e in o["encoders"])
    and any(p["name"] == "pooled" and p["searchable"] for e in o["encoders"] for p in e["outputs"])' \
    encoders store

# The same card is the same version; another parameter is named.
want_json 0 'o["same"]' encoders --explain builtin/hog store
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams:\n  bins: 12\noutputs:\n  - { name: pooled }\n' >hog.yaml
want_json 0 'not o["same"] and "bins" in o["text"]' encoders --explain hog.yaml store
want 0 encoders store --explain hog.yaml
in_out bins

# It is another version of the name, beside the first; both are found by their fingerprints.
"$FEATCACHE" ingest store pics --encoder hog.yaml >/dev/null 2>&1 || fail "a second version"
want_json 0 'sum(e["name"] == "hog" for e in o["encoders"]) == 2' encoders store
fingerprints=$(json '" ".join(e["fingerprint"] for e in o["encoders"] if e["name"] == "hog")' encoders store)
for f in $fingerprints; do
    want_json 0 "o['fingerprint'] == '$f'" query store --file pics/bird/bird0.png --encoder "hog@${f:0:12}"
done
want 2 query store --file pics/bird/bird0.png --encoder hog@0000
want 2 encoders store --explain nothere.yaml
echo "name: [" >bad.yaml
want 4 encoders store --explain bad.yaml
want 3 encoders nowhere
[ ! -e nowhere ] || fail "encoders made a store"
