# label: full
# Models that onnxruntime's own quantiser has quantised dynamically: detected, told, run one at a time without
# padding, whatever the batch. The same model in batches gives other numbers, as Python shows, so this test
# could fail. Needs Python with onnx and onnxruntime: FC_PYTHON names the interpreter.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
python=${FC_PYTHON:-python3}
"$python" -c 'import onnx, onnxruntime, onnxruntime.quantization' 2>/dev/null || {
    echo "SKIPPED: $python has no packages onnx and onnxruntime (pip install onnx onnxruntime; FC_PYTHON names another interpreter)"
    exit 77
}
make_source pics 24

# Two small seeded models: pixels to 16 numbers; rows of an embedding, each by itself, to 12. Quantised.
"$python" - >made 2>made.err <<'END' || { cat made.err; fail "the models cannot be made"; }
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

r = np.random.default_rng(5)
def weights(name, *shape):
    return numpy_helper.from_array(r.normal(size=shape).astype(np.float32), name)
def save(path, nodes, inputs, outputs, initializers):
    graph = helper.make_graph(nodes, "g", inputs, outputs, initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), "float." + path)
    quantize_dynamic("float." + path, path, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)
    assert any(n.op_type == "DynamicQuantizeLinear" for n in onnx.load(path).graph.node), path

value = helper.make_tensor_value_info
save("pixels.onnx",
     [helper.make_node("Flatten", ["image"], ["flat"]), helper.make_node("MatMul", ["flat", "w"], ["h"]),
      helper.make_node("Relu", ["h"], ["hr"]), helper.make_node("MatMul", ["hr", "v"], ["pooled"])],
     [value("image", TensorProto.FLOAT, ["batch", 3, 8, 8])], [value("pooled", TensorProto.FLOAT, ["batch", 16])],
     [weights("w", 192, 32), weights("v", 32, 16)])
save("words.onnx",
     [helper.make_node("Gather", ["table", "input_ids"], ["rows"]), helper.make_node("MatMul", ["rows", "w"], ["hidden"])],
     [value("input_ids", TensorProto.INT64, ["batch", "n"])], [value("hidden", TensorProto.FLOAT, ["batch", "n", 12])],
     [weights("table", 4000, 24), weights("w", 24, 12)])
# Alone and in a batch such a model differs: what featcache must not let happen.
s = onnxruntime.InferenceSession("pixels.onnx", providers=["CPUExecutionProvider"])
x = r.normal(size=(16, 3, 8, 8)).astype(np.float32) * np.arange(1, 17).reshape(16, 1, 1, 1).astype(np.float32)
off = np.abs(s.run(None, {"image": x})[0][:1] - s.run(None, {"image": x[:1]})[0]).max()
assert off > 1e-2, off
print("in a batch of 16 the first is off by %.2g" % off)
END
cat made
printf 'name: pixels\nmodality: image\nmodel: pixels.onnx\nparams: { size: 8 }\noutputs: [{ name: pooled, shape: [16] }]\n' >pixels.yaml
cp "$FC_SOURCE_DIR/tests/golden/tokenizer/bert_cased.json" tokenizer.json
printf 'name: words\nmodality: text\nmodel: words.onnx\ntokenizer: tokenizer.json\noutputs:\n  - { name: mean, tensor: hidden, layout: rows, pool: mean, shape: [12] }\n' >words.yaml

for c in pixels words; do
    want_json 0 'o["dynamic"] and "DynamicQuantizeLinear" in str(o["operators"])' inspect $c.onnx
    want 0 ingest $c.alone pics --encoder $c.yaml --jobs 1 --batch 1
    in_err "$c: the model is quantised dynamically: it is run one at a time"
    for how in "--jobs 1" "--jobs 2 --batch 64"; do
        rm -rf store
        # shellcheck disable=SC2086
        want_json 0 'o["encoded"] == 24 and o["failed"] == 0' ingest store pics --encoder $c.yaml $how
        [ "$(digests store)" = "$(digests $c.alone)" ] || fail "$c: other features with $how"
    done
    want_json 0 'o["version"] in str(o)' devices
    version=$(python3 -c 'import json; print(json.load(open("out"))["version"])')
    want_json 0 "o['encoders'][0]['card']['parts']['model.runtime'] == '$version'" encoders store
done
