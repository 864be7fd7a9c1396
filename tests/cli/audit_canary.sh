# audit canary: an ingest keeps inputs and asks them. A model whose numbers are off at random, another time at
# each run, is what no fingerprint can see: each level is found, from resampling on an ingest stops before it
# encodes, and the ways out lead out. Without ONNX Runtime the first half runs.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
make_source pics 12

# The built-ins compute what they did, on every machine.
want 0 ingest store pics --dataset pics
[ "$(json 'len(o["encoders"])' audit canary store)" = 2 ] || fail "not two encoders"
want_json 0 'o["good"] and o["level"] == "same" and all(e["inputs"] == 8 and e["changes"] == [] and
    all(x["same"] == x["inputs"] == 8 for x in e["outputs"]) for e in o["encoders"])' audit canary store
want 0 audit canary store --encoder hog
in_out "8 of 8 bit for bit"
want_json 0 'o["encoders"][0]["added"] == 4 and o["encoders"][0]["inputs"] == 12' audit canary store --encoder hog --add 9
want 0 verify store --full
want 2 audit canary store --encoder nobody
in_err "nobody"
want 2 audit canary store --accept --add 2
want 2 audit canary store --tolerate much
want 3 audit canary nowhere

# A store goes on without the inputs of what was removed.
want 0 rm store pics
want 0 gc store
want_json 0 'all(e["state"] == "none" for e in o["encoders"])' audit canary store
want 0 verify store --full

# Nothing is kept, nothing is asked.
want 0 ingest bare pics --no-canary
want 0 audit canary bare
in_out "has no canary"
want 0 ingest bare pics
want_json 0 'all(e["inputs"] == 8 for e in o["encoders"])' audit canary bare

need_runtime
card() {
    python3 "$here/_onnx.py" "$1.onnx" --noise "$2"
    printf 'name: %s\nmodality: image\nmodel: %s.onnx\nparams: { size: 8, deviation: [1, 1, 1] }\noutputs:\n  - { name: map, tensor: map, layout: chw, shape: [8, 8, 3] }\n  - { name: pooled, tensor: pooled, shape: [3] }\n' "$1" "$1" >"$1.yaml"
}
mkdir more
cp pics/*.png more 2>/dev/null || cp pics/*/*.png more
for pair in rounding:1e-6 batching:0.002 resampling:0.02 broken:3; do
    level=${pair%:*}
    card "$level" "${pair#*:}"
    want 0 ingest $level.store pics --encoder $level.yaml --dataset pics
    rc=1
    [ $level != rounding ] || rc=0
    want_json $rc "o['level'] == '$level' and o['encoders'][0]['outputs'][0]['same'] < 8" audit canary $level.store
    want 0 audit canary $level.store --tolerate $level
    in_out "$level"
    [ $level = rounding ] || want 1 audit canary $level.store
    cp more/"$(ls more | grep png | head -1)" more/$level.png
    case $level in
    rounding | batching)
        want 0 ingest $level.store pics --encoder $level.yaml --dataset pics
        in_err "differs a little from what the store holds ($level"
        ;;
    *)
        before=$(digests $level.store)
        want 1 ingest $level.store more --encoder $level.yaml --dataset more
        in_err "Nothing was encoded"
        in_err "--no-canary"
        [ "$before" = "$(digests $level.store)" ] || fail "$level: something was stored"
        want 0 ingest $level.store more --encoder $level.yaml --dataset more --no-canary
        sed "s/^name:.*/&\nvariant: again/" $level.yaml >again.yaml
        want 0 ingest $level.store more --encoder again.yaml --dataset again
        want_json 0 'o["encoders"][0]["accepted"]' audit canary $level.store --encoder "#1" --accept
        ;;
    esac
done
