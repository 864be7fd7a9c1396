# Adapters between versions of real models: EfficientNet-Lite0 with another filter of its resize, on
# pictures made on the spot. Skipped, loudly, without the models or ONNX Runtime.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$here/_neural.sh"
need_models
python3 "$here/_source.py" pics 120
rm pics/*/*.txt
sed -n '/^ *- { name: \(logits\|map14\|map7\)/!p' efficientnet-lite0.yaml >bicubic.yaml
sed 's/filter: bicubic/filter: bilinear/' bicubic.yaml >bilinear.yaml
want 0 ingest store pics --encoder bicubic.yaml --encoder bilinear.yaml
# Unadapted queries are near already; the adapter is never worse, by more than chance.
want_json 0 'o["fit"]["recall"]["unadapted"]["10"][0] > 0.5 and o["fit"]["recall"]["gain"]["10"][2] >= 0
    and o["fit"]["recall"]["adapted"]["10"][1] > 3 * o["fit"]["recall"]["chance"]["10"]' \
    adapt store --from '#1' --to '#2' --method procrustes
want_json 0 'o["adapter"]["stage"] == "adapter" and o["hits"][0]["id"] == "bird/bird0.png" and o["hits"][0]["score"] > 0.95' \
    query store --file pics/bird/bird0.png --adapter efficientnet-lite0-adapter --include-self
