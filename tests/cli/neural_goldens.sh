# Neural encoders against the reference pipelines (Pillow, NumPy, tokenizers, onnxruntime in Python):
# every golden of the models is reproduced by `featcache encode`, to 1e-4 x max(1, largest golden), by
# the cards in schemas/encoders/models. What texts are fed with is seen through a model that gives back
# its inputs. Needs the models (FC_SHARED_DIR) and ONNX Runtime.
# label: full
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
. "$FC_SOURCE_DIR/tests/cli/_neural.sh"
need_models
python3 "$here/_onnx.py" fed.onnx --texts input_ids,attention_mask,token_type_ids || fail "_onnx.py"
for text in text_bert text_gpt; do
    cat >$text/fed.yaml <<END
name: fed
modality: text
model: ../fed.onnx
tokenizer: tokenizer.json
params: { max_tokens: 128, fixed_length: true }
outputs:
  - { name: real, tensor: fed, shape: [n, 3] }
  - { name: all, tensor: fed, rows: all, shape: [128, 3] }
END
done

python3 - "$FEATCACHE" "$models" <<'END' || fail "not as the references"
import ast, json, os, struct, subprocess, sys

program, models = sys.argv[1:]
goldens = models + "/goldens/"


def load(path):
    """A .npy of float32 in C order: shape and flat values."""
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10 : 10 + n].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    values = struct.unpack("<%df" % ((len(data) - 10 - n) // 4), data[10 + n :])
    return head["shape"], values


def ints(path):
    """A .npy of int64."""
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<H", data[8:10])[0]
    return list(struct.unpack("<%dq" % ((len(data) - 10 - n) // 8), data[10 + n :]))


def encode(card, path, output, kind="--file"):
    subprocess.run([program, "encode", card, kind, path, "--output", output, "-o", "out.npy"],
                   check=True)
    return load("out.npy")


def encode_text(card, text, output):
    return encode(card, text, output, "--text")


def wav(values, path):
    """Mono float at 16 kHz."""
    data = struct.pack("<%df" % len(values), *values)
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 3, 1, 16000, 64000, 4, 32) + b"data" + struct.pack("<I", len(data))
    with open(path, "wb") as f:
        f.write(head + data)
    return path


def pick(shape, values, *slices):
    """Values of a strided selection of an array, in C order."""
    def walk(axis, offset):
        if axis == len(shape):
            yield values[offset]
            return
        size = 1
        for s in shape[axis + 1 :]:
            size *= s
        at = slices[axis] if axis < len(slices) else slice(None)
        for i in range(*at.indices(shape[axis])):
            yield from walk(axis + 1, offset + i * size)
    return list(walk(0, 0))


worst = {}


def compare(what, got, want):
    assert len(got) == len(want) and got, (what, len(got), len(want))
    scale = max(1.0, max(abs(v) for v in want))
    off = max(abs(a - b) for a, b in zip(got, want)) / scale
    worst[what[0]] = max(worst.get(what[0], 0), off)
    assert off <= 1e-4, (what, off)


def planes(values, height, width, channels):
    """H x W x C to C x H x W."""
    return [values[i * channels + c] for c in range(channels) for i in range(height * width)]


every8 = [slice(None, None, 8)]
count = 0
for e in json.load(open(goldens + "index.json"))["entries"]:
    role = e["role"]
    want = {k: load(goldens + v["file"])[1] for k, v in e["arrays"].items()
            if v["dtype"] == "float32"}
    source = goldens + e["input"]
    if role == "image_cnn":
        card = "efficientnet-lite0.yaml"
        compare((role, source, "pooled"), encode(card, source, "pooled")[1], want["pooled"])
        compare((role, source, "logits"), encode(card, source, "logits")[1], want["logits"])
        shape, m = encode(card, source, "map14")
        assert shape == (14, 14, 112), shape
        compare((role, source, "map14"),
                pick((112, 14, 14), planes(m, 14, 14, 112), slice(None, None, 8),
                     slice(None, None, 2), slice(None, None, 2)), want["map14_s"])
        shape, m = encode(card, source, "map7")
        assert shape == (7, 7, 1280), shape
        compare((role, source, "map7"),
                pick((1280, 7, 7), planes(m, 7, 7, 1280), slice(None, None, 32)), want["map7_s"])
    elif role == "image_vit":
        card = "dinov2-s14.yaml"
        for output, golden in (("cls", "cls"), ("patches", "meanpatch"), ("cls10", "b10_cls"),
                               ("patches10", "b10_meanpatch")):
            compare((role, source, output), encode(card, source, output)[1], want[golden])
        shape, t = encode(card, source, "tokens")
        assert shape == (257, 384), shape
        compare((role, source, "tokens"), pick(shape, t, slice(None, None, 32)), want["tokens_s"])
        shape, t = encode(card, source, "tokens10")
        compare((role, source, "tokens10"), pick(shape, t, slice(None, None, 32)), want["b10_s"])
    elif role in ("audio_transformer", "audio_events"):
        # The references resample with SciPy's polyphase filter, featcache with libsoxr: what is
        # compared begins at the wave that they made.
        stem = os.path.basename(source)[:-4]
        source = wav(load(goldens + "audio_events/" + stem + ".wave16k.npy")[1], stem + ".wav")
        if role == "audio_transformer":
            card = "whisper-tiny-en.yaml"
            compare((role, source, "mean"), encode(card, source, "mean")[1], want["mean"])
            shape, h = encode(card, source, "hidden_all")
            assert shape == (1500, 384), shape
            compare((role, source, "hidden"), pick(shape, h, slice(None, None, 50)),
                    want["hidden_s"])
            shape, real = encode(card, source, "hidden")
            assert shape == (e["frames"], 384) and real == h[: len(real)], (shape, e["frames"])
        else:
            card = "yamnet.yaml"
            shape, m = encode(card, source, "embedding")
            assert list(shape) == e["arrays"]["embedding"]["shape"], shape
            compare((role, source, "embedding"), m, want["embedding"])
            compare((role, source, "mean"), encode(card, source, "mean")[1], want["mean"])
            compare((role, source, "scores"), encode(card, source, "scores")[1],
                    want["scores_mean"])
            shape, m = encode(card, source, "log_mel")
            # The first window's frames, those behind a short sound's end left out.
            rows = min(96, shape[0])
            head = pick((rows, 64), m[: rows * 64], slice(None, None, 4))
            compare((role, source, "log_mel"), head, want["logmel0_s"][: len(head)])
    elif role == "points":
        # The references feed the corners of the OBJ and leave its faces out.
        card = "corners.yaml"
        compare((role, source, "global"), encode(card, source, "global_feature")[1],
                want["global_feature"])
        compare((role, source, "logits"), encode(card, source, "logits")[1], want["logits"])
        shape, p = encode(card, source, "point_features")
        compare((role, source, "points"), pick(shape, p, slice(None, None, 64),
                                               slice(None, None, 8)), want["point_features_s"])
    elif role in ("text_bert", "text_gpt"):
        with open(goldens + "text/sentences.json", encoding="utf-8") as f:
            text = json.load(f)[int(source.rsplit("[", 1)[1][:-1])]
        bert = role == "text_bert"
        card = role + ("/all-minilm-l6-v2.yaml" if bert else "/smollm2-135m.yaml")
        pairs = ({"mean": "mean_l2", "cls": "cls"} if bert else
                 {"mean": "mean_skip1", "directions": "meanunit_skip1", "last": "last"})
        for output, golden in pairs.items():
            compare((role, source, output), encode_text(card, text, output)[1], want[golden])
        shape, t = encode_text(card, text, "tokens")
        assert shape == (e["arrays"]["ids"]["shape"][1], 384 if bert else 576), shape
        compare((role, source, "tokens"), pick(shape, t, slice(0 if bert else 1, None, 4)),
                want["tokens_s"])
        assert list(encode_text(role + "/fed.yaml", text, "real")[1])[::3] == ints(
            goldens + e["arrays"]["ids"]["file"]), source
    else:
        raise AssertionError(role)
    count += 1
assert count == 36, count

# Tokens, cut and padded, which the card says and not the tokenizer's file.
for e in json.load(open(goldens + "text/bert_trunc128_pad128.json", encoding="utf-8")):
    shape, t = encode_text("text_bert/fed.yaml", e["text"], "all")
    assert shape == (128, 3) and list(t[::3]) == e["ids"], e["text"][:40]
    assert list(t[1::3]) == e["attention_mask"] and not any(t[2::3])
for role in ("text_bert", "text_gpt"):
    with open(models + "/" + role + "/tokens.jsonl", encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    # A full list would take a minute; tests/tokenizer has it.
    for e in [e for e in lines if 0 < len(e["ids"]) <= 128 and e["text"]][::7]:
        assert list(encode_text(role + "/fed.yaml", e["text"], "real")[1])[::3] == e["ids"], e
for role, off in sorted(worst.items()):
    print("%-18s worst %.1e" % (role, off))
END
