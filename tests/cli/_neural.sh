# Sourced by tests of neural encoders: the models of FC_SHARED_DIR beside the cards that name them,
# in the current folder. Skips, loudly, what cannot be tested here.

need_models() {
    models="${FC_SHARED_DIR:-}/models"
    [ -s "$models/goldens/index.json" ] || {
        echo "SKIPPED: no models: FC_SHARED_DIR has no models/goldens/index.json"
        exit 77
    }
    cp "$FC_SOURCE_DIR"/schemas/encoders/models/*.yaml .
    local model
    for model in image_cnn/efficientnet_lite0 image_vit/dinov2s14 points/pointnet_modelnet40 \
        audio_transformer/whisper_tiny_en_encoder audio_events/yamnet; do
        ln -sf "$models/$model.onnx" .
    done
    sed 's/surface: true/surface: false/; s/^name: .*/name: corners/' pointnet-modelnet40.yaml >corners.yaml
    local text
    for text in text_bert text_gpt; do
        mkdir -p $text
        ln -sf "$models/$text"/* $text
    done
    cp all-minilm-l6-v2.yaml text_bert
    cp smollm2-135m.yaml text_gpt
    need_runtime
}

# ONNX Runtime as a user of this build has it.
need_runtime() {
    want 0 devices --json
    grep -q '"version": *"' out || {
        echo "SKIPPED: no ONNX Runtime: $(sed 's/.*"problem": *"\([^"]*\)".*/\1/' out)"
        exit 77
    }
}
