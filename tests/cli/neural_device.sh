# `auto` without a GPU that can be used: the models run on the CPU, and one line says so, whether the runtime
# knows of no GPU or lists one (_mock_providers.c) that then fails; `featcache devices` tells what is listed.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
library=$(python3 -c 'import json; print(json.load(open("out")).get("library") or "")')
[ -n "$library" ] || library=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/onnxruntime/lib/libonnxruntime.so
include=$(dirname "$(dirname "$library")")/include
make_source pics 4
python3 "$here/_onnx.py" tiny.onnx || fail "_onnx.py"
for c in one two; do
    printf 'name: %s\nmodality: image\nmodel: tiny.onnx\nparams: { size: 8 }\noutputs: [{ name: pooled, shape: [3] }]\n' \
        $c >$c.yaml
done

# told STORE ARGUMENT...: both models run, on the CPU, and one line says so.
told() {
    local store=$1
    shift
    want_json 0 'o["encoded"] == 8 and o["failed"] == 0' ingest "$store" pics --encoder one.yaml --encoder two.yaml "$@"
    [ "$(grep -c 'no GPU can be used here' err)" -eq 1 ] || fail "not told once"
    want_json 0 'all("device=cpu" in p for e in o["encoders"] for p in [str(e)])' encoders "$store"
}
want_json 0 'o["version"] and "cpu" in o["devices"]' devices
grep -q CUDAExecutionProvider out || told none.store --device auto
want 0 ingest cpu.store pics --encoder one.yaml --device cpu
not_in_err "no GPU"

[ -f "$include/onnxruntime_c_api.h" ] && [ -f "$library" ] || {
    echo "SKIPPED: no onnxruntime_c_api.h beside $library to make a runtime with"
    exit 77
}
${CC:-cc} -shared -fPIC -I"$include" -o mock.so "$here/_mock_providers.c" -ldl || fail "_mock_providers.c does not compile"
export FC_REAL_ONNXRUNTIME=$library
mock=(--onnxruntime ./mock.so)
want_json 0 '"CUDAExecutionProvider" in o["providers"] and o["devices"] == ["cpu", "cuda"]' devices "${mock[@]}"
told mock.store --device auto "${mock[@]}"
[ "$(digests mock.store)" = "$(digests none.store)" ] || fail "other features"
want 0 ingest cpu2.store pics --encoder one.yaml --device cpu "${mock[@]}"
not_in_err "no GPU"
# A question and a single file say so as well.
picture=$(find pics -name '*.png' | LC_ALL=C sort | sed -n 1p)
want 0 query mock.store --file "$picture" --encoder one --device auto "${mock[@]}"
in_err "no GPU can be used here"
want 0 encode one.yaml --file "$picture" --device auto "${mock[@]}"
in_err "no GPU can be used here"
# By encoder: only the one that is named wants a GPU; a name that no encoder has is a mistake.
told by.store --device cpu,two=auto "${mock[@]}"
"$FEATCACHE" ingest by2.store pics --encoder one.yaml --encoder two.yaml --device two=cuda:0 "${mock[@]}" >out 2>err &&
    fail "a GPU that is not there"
in_err "ONNX Runtime says"
want 2 ingest by3.store pics --encoder one.yaml --device cpu,three=auto "${mock[@]}"
in_err "'three'"
want 2 ingest by3.store pics --encoder one.yaml --device cpu,auto "${mock[@]}"
in_err "two devices"
# A GPU that is named is no wish.
"$FEATCACHE" ingest cuda.store pics --encoder one.yaml --device cuda:0 "${mock[@]}" >out 2>err && fail "a GPU that is not there"
in_err "ONNX Runtime says"
