# The worked example, whole: a picture to a map of 14 x 14 x 512 by a CNN, a text to a sequence of 768-d
# tokens by BERT, both through attention heads of four queries to 1,024 dimensions, the cosine between
# them, and the probability over the candidates by a temperature. Seeded exports of those shapes
# (tests/golden/neural): what is found means nothing, that the numbers are what they are said to be does.
# Needs ONNX Runtime.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_runtime
goldens="$FC_SOURCE_DIR/tests/golden"

cat >cnn.yaml <<END
name: cnn
modality: image
model: $goldens/neural/cnn512.onnx
params: { fit: short_side, cut: down, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] }
outputs:
  - { name: map, layout: chw, shape: [14, 14, 512], precision: f16 }
END
sed "s|^model: .*|model: $goldens/neural/bert768.onnx|; s|^tokenizer: .*|tokenizer: $goldens/tokenizer/bert_cased.json|
     s/^name: .*/name: bert/" "$FC_SOURCE_DIR/schemas/encoders/models/bert-base-uncased.yaml" >bert.yaml
make_source pairs 30
want 0 ingest store pairs --encoder cnn.yaml --encoder bert.yaml
want_json 0 'o["dim"] == 1024 and o["method"] == "contrastive" and o["groups"] + o["test_groups"] == 30' \
    fit store --space shared --encoder cnn:map=attention:queries=4 --encoder bert:tokens=attention:queries=4 \
    --method contrastive --epochs 2 --test-share 0.1
want_json 0 'sorted((m["modality"], m["output"]) for m in o["spaces"][0]["members"]) == [("image", "map"), ("text", "tokens")]
    and o["spaces"][0]["dim"] == 1024' space store
want 0 index store --space shared

want 0 query store --space shared --text "a red bird" --modality image -k 8 --temperature 0.07 --json
cp out answer
want 0 export store --space shared -o vectors --format jsonl
python3 - answer vectors/shared.jsonl <<'END' || fail "cosines and probabilities are not what they are said to be"
import json, math, sys
answer = json.load(open(sys.argv[1]))
lines = [json.loads(line) for line in open(sys.argv[2])]
assert len(lines) == 60 and all(len(v["vector"] if "vector" in v else v["features"]) == 1024 for v in lines), lines[0].keys()
hits = answer["hits"]
assert len(hits) == 8 and all(-1 <= h["score"] <= 1 for h in hits)
e = [math.exp(h["score"] / 0.07) for h in hits]
for h, x in zip(hits, e):
    assert abs(h["probability"] - x / sum(e)) < 2e-5, (h["probability"], x / sum(e))
assert abs(sum(h["probability"] for h in hits) - 1) < 1e-5
END
# The other way, and one against one: two samples' vectors give the cosine that a query reports.
want_json 0 'o["hits"][0]["modality"] == "text" and sum(h["probability"] for h in o["hits"]) < 1.00001' \
    query store --space shared --file "pairs/$(cd pairs && find . -name '*.png' | sort | sed -n '1s|^\./||p')" --modality text -k 4 --temperature 0.07
want 2 query store --space shared --text a --temperature 1e9
