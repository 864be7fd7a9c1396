# label: full
# audit drift on real features, held against NumPy to 1e-4: MiniLM and its dynamically quantised twin,
# EfficientNet with bicubic and with bilinear resizing, two layers of a ViT. Needs the models of FC_SHARED_DIR
# and Python with numpy, for the twin onnx and onnxruntime, too: FC_PYTHON names the interpreter.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
python=${FC_PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || {
    echo "SKIPPED: $python has no package numpy (pip install numpy; FC_PYTHON names another interpreter)"
    exit 77
}
need_models

# check STORE FROM TO: the report, and what both sides export, against NumPy.
check() {
    "$FEATCACHE" audit drift "$1" --from "$2" --to "$3" --json >report.json 2>err || [ $? -eq 1 ] || fail "audit drift $*"
    rm -rf old new
    want 0 export "$1" --encoder "${2%%:*}" --output "$(json_of from.output)" -o old
    want 0 export "$1" --encoder "${3%%:*}" --output "$(json_of to.output)" -o new
    "$python" "$here/_drift_reference.py" report.json old new || fail "audit drift $* and NumPy do not agree"
}
json_of() { python3 -c 'import json, sys; o = json.load(open("report.json"));
for k in sys.argv[1].split("."): o = o[k]
print(o)' "$1"; }
says() { python3 -c 'import json, sys; o = json.load(open("report.json")); sys.exit(not eval("(" + sys.argv[1] + ")"))' "$1" || fail "not so: $1"; }

# Pictures: of the stamps where they are, else drawn here.
stamps=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/stamps
mkdir pictures
if [ -d "$stamps" ]; then
    i=0
    find "$stamps" -name '*.png' | sort | awk 'NR % 7 == 1' | head -n 110 | while read -r file; do
        i=$((i + 1))
        cp "$file" "pictures/$i-$(basename "$file")"
    done
else
    echo "no stamps (cmake/get-stamps.sh fetches them): pictures are drawn"
    make_source pics 110
    mv pics/*/*.png pictures
fi
settle

sed 's/filter: bicubic/filter: bilinear/' efficientnet-lite0.yaml >bilinear.yaml
only_pooled() { sed -i '/map14\|map7\|logits/d' "$1"; }
only_pooled efficientnet-lite0.yaml
only_pooled bilinear.yaml
want 0 ingest images pictures --dataset pictures --encoder efficientnet-lite0.yaml
want 0 ingest images pictures --dataset pictures --encoder bilinear.yaml
check images '#1' '#2'
says '[c for c in o["changes"] if c["key"] == "params.filter" and c["part"] == "preprocessing"] and o["overall"]["cosine"]["value"] > 0.9'

sed -i '/name: tokens/d' dinov2-s14.yaml
want 0 ingest layers pictures --dataset pictures --encoder dinov2-s14.yaml
check layers '#1:patches10' '#1:patches'
says 'o["overall"]["neighbours"]["value"] > 3 * o["overall"]["neighbours"]["null"] and o["verdict"] != "compatible"'
check layers '#1:cls10' '#1:cls'

"$python" -c 'import onnx, onnxruntime.quantization' 2>/dev/null || {
    echo "SKIPPED: the quantised twin: $python has no packages onnx and onnxruntime"
    exit 0
}
"$python" - text_bert >log 2>&1 <<'END' || { tail -5 log; fail "the twin cannot be made"; }
import json, os, sys
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

# The model as shipped holds its weights as int8 and multiplies them by a scale as it runs: they become constants of
# f32, with which the same is computed, so that the quantiser finds weights.
folder = sys.argv[1]
model = onnx.load(folder + "/minilm_l6.onnx")
graph = model.graph
made = {o: n for n in graph.node for o in n.output}
fixed = {t.name for t in graph.initializer}
def is_constant(name):
    n = made.get(name)
    return name in fixed or n is not None and (n.op_type == "Constant" or len(n.input) > 0 and all(map(is_constant, n.input)))
weights = [n.input[1] for n in graph.node if n.op_type == "MatMul" and is_constant(n.input[1])]
outputs = len(graph.output)
graph.output.extend(onnx.helper.make_empty_tensor_value_info(w) for w in weights)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
one = np.ones((1, 3), np.int64)
values = session.run(weights, {i.name: one for i in session.get_inputs()})
del graph.output[outputs:]
for name in weights:
    graph.node.remove(made[name])
graph.initializer.extend(numpy_helper.from_array(v, name) for v, name in zip(values, weights))
onnx.save(model, "float.onnx")
quantize_dynamic("float.onnx", folder + "/twin.onnx", op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)
assert any(n.op_type == "DynamicQuantizeLinear" for n in onnx.load(folder + "/twin.onnx").graph.node)
os.makedirs("sentences")
with open(folder + "/tokens.jsonl", encoding="utf-8") as f:
    texts = [json.loads(line)["text"] for line in f]
for i, text in enumerate(dict.fromkeys(t for t in texts if t.strip())):
    with open(f"sentences/s{i:03d}.txt", "w", encoding="utf-8") as f:
        f.write(text)
END
settle
sed -i '/name: tokens/d' text_bert/all-minilm-l6-v2.yaml
sed 's/minilm_l6.onnx/twin.onnx/' text_bert/all-minilm-l6-v2.yaml >text_bert/twin.yaml
want_any() { "$FEATCACHE" "$@" >out 2>err || [ $? -eq 1 ] || fail "featcache $*"; }
want_any ingest texts sentences --dataset sentences --encoder text_bert/all-minilm-l6-v2.yaml
want_any ingest texts sentences --dataset sentences --encoder text_bert/twin.yaml
check texts '#1' '#2'
says '[c for c in o["changes"] if c["part"] == "model"] and 0.9 < o["overall"]["cosine"]["value"] < 0.9999'
python3 -c 'import json; o = json.load(open("report.json"))["overall"]; print("MiniLM against its twin: cosine %.4f, CKA %.4f, neighbours %.4f, old index %.4f" % tuple(o[f]["value"] for f in ("cosine", "cka", "neighbours", "old_index")))'
