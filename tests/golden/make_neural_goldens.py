"""Makes tests/golden/neural/: small ONNX exports of the neural encoders of which no weights are here, and
what the reference pipelines make of real inputs with them.

Each model is the published implementation (Hugging Face transformers) with the published architecture -
strides, kernels, norms, patch grids, poolings - and narrow layers, with weights from a seed, exported by
the exporter that the public exports come from (torch.onnx). Tensor names are those of the public exports.
A golden is what PyTorch computes of what the family's own processor (Pillow, NumPy) makes of the input:
neither ONNX Runtime nor anything of featcache has a part in it.

Point-BERT is in neural_point_bert.py, which says where it comes from.

usage: make_neural_goldens.py [FOLDER]     needs torch, transformers, onnx, pillow before 13
"""

import os
import struct
import sys
import zlib

import numpy as np
import onnx
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import (BitImageProcessor, CLIPImageProcessor, CLIPTextConfig,
                          CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModelWithProjection,
                          Dinov2Config, Dinov2Model, HubertConfig, HubertModel, SiglipImageProcessor,
                          SiglipTextConfig, SiglipTextModel, SiglipVisionConfig, SiglipVisionModel,
                          Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model)

import neural_point_bert

here = os.path.dirname(os.path.abspath(__file__))
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "neural")
written = {}


def seed_weights(model, seed):
    """Weights that let signals through: the usual initial ones leave all features nearly equal."""
    rng = np.random.Generator(np.random.PCG64(seed))
    for name, p in sorted(model.named_parameters()):
        x = rng.standard_normal(tuple(p.shape))
        if name.endswith("bias") or "bias_" in name:
            x *= 0.1
        elif "original0" in name or (p.ndim == 1 and name.endswith("weight")):
            x = 1 + 0.1 * x  # a norm's gain
        elif "embedding" in name or "token" in name or "probe" in name:
            x *= 0.5
        elif p.ndim > 1:
            x /= np.sqrt(np.prod(p.shape[1:]))
        p.data = torch.from_numpy(x.astype(np.float32)).reshape(p.shape)
    return model.eval()


def save(name, array):
    array = np.ascontiguousarray(array, dtype="<f4")
    with open(os.path.join(folder, name + ".npy"), "wb") as f:
        np.lib.format.write_array(f, array, version=(1, 0))
    written[name] = array.shape


class Chosen(torch.nn.Module):
    """The outputs of a public export, in its order."""

    def __init__(self, model, outputs):
        super().__init__()
        self.model, self.outputs = model, outputs

    def forward(self, x):
        got = self.model(x)
        return tuple(getattr(got, name) for name in self.outputs)


def export(name, model, example, inputs, outputs, axes):
    path = os.path.join(folder, name + ".onnx")
    model.eval()  # a wrapper is in training, and the exporter would put it back
    torch.onnx.export(model, (example,), path, input_names=inputs, output_names=outputs,
                      dynamic_axes=axes, opset_version=17, do_constant_folding=True)
    shorten(path)


def shorten(path):
    """Names of nodes and of tensors in between take half the file and mean nothing."""
    model = onnx.load(path)
    kept = {v.name for v in list(model.graph.input) + list(model.graph.output)}
    names = {}

    def short(name):
        return name if name == "" or name in kept else names.setdefault(name, "t%d" % len(names))

    def walk(graph):
        for v in list(graph.initializer) + list(graph.value_info):
            v.name = short(v.name)
        if graph is not model.graph:
            for v in list(graph.input) + list(graph.output):
                v.name = short(v.name)
        for node in graph.node:
            node.name, node.doc_string = "", ""
            node.input[:] = [short(n) for n in node.input]
            node.output[:] = [short(n) for n in node.output]
            for a in node.attribute:
                if a.type == onnx.AttributeProto.GRAPH:
                    walk(a.g)

    walk(model.graph)
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)
    print("%-22s %7d bytes" % (os.path.basename(path), os.path.getsize(path)))


def run(model, x):
    with torch.no_grad():
        return [t.numpy() for t in model(x)]


# --- sounds

def wav(name, samples):
    """16-bit mono at 16 kHz; returns the values as they are read."""
    pcm = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    with open(os.path.join(folder, name), "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 36 + 2 * len(pcm)) + b"WAVEfmt " +
                struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16) + b"data" +
                struct.pack("<I", 2 * len(pcm)) + pcm.tobytes())
    return pcm.astype(np.float32) / 32768


def make_sounds():
    """Vowels of a kind: a gliding pulse train through three resonances, with noise and an offset."""
    rng = np.random.Generator(np.random.PCG64(7))
    out = {}
    for name, n in (("long.wav", 16717), ("short.wav", 7993)):
        t = np.arange(n) / 16000
        phase = np.cumsum(110 + 40 * np.sin(2 * np.pi * 1.3 * t)) / 16000
        x = sum(np.sin(2 * np.pi * k * phase) * np.exp(-((k * 120 - f) / 300) ** 2)
                for k in range(1, 30) for f in (600, 1200, 2500))
        x = 0.05 * x * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * t)) + 0.01 * rng.standard_normal(n) + 0.02
        out[name] = wav(name, x)
    return out


def sound_models(sounds):
    # Base models normalise the first convolution's channels over time, large ones each step over
    # its channels, with biases, and their transformer before each block.
    small = dict(conv_dim=(8,) * 7, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                 intermediate_size=24, vocab_size=32, attn_implementation="eager")
    large = dict(feat_extract_norm="layer", conv_bias=True, do_stable_layer_norm=True)
    models = {
        "hubert": HubertModel(HubertConfig(**small)),
        "wav2vec2_large": Wav2Vec2Model(Wav2Vec2Config(**small, **large)),
    }
    feed = Wav2Vec2FeatureExtractor(do_normalize=True)  # as the published preprocessor_config.json
    for i, (name, model) in enumerate(models.items()):
        model = Chosen(seed_weights(model, 100 + i), ["last_hidden_state"])
        export(name, model, torch.zeros(1, 8000), ["input_values"], ["last_hidden_state"],
               {"input_values": {0: "batch_size", 1: "sequence_length"},
                "last_hidden_state": {0: "batch_size", 1: "frames"}})
        for file, x in sounds.items():
            values = feed(x, sampling_rate=16000, return_tensors="np")["input_values"]
            save("%s.%s" % (name, file[:-4]), run(model, torch.from_numpy(values))[0][0])


# --- images

def png(name, pixels):
    """Without a library's choices: one row filter, one zlib level."""
    h, w, _ = pixels.shape
    rows = b"".join(b"\0" + pixels[y].tobytes() for y in range(h))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(os.path.join(folder, name), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def make_images():
    """Wide, tall and square, larger and smaller than the models' squares. The sides are such that the
    middle, of 224 and of 256 alike, begins at half a pixel, which processors round in different ways."""
    for name, (w, h) in (("wide.png", (101, 90)), ("tall.png", (262, 290)), ("square.png", (64, 64))):
        y, x = np.mgrid[0:h, 0:w].astype(np.float64)
        r = 128 + 100 * np.sin(x / 40 + y / 90) + 20 * ((x // 24 + y // 24) % 2)
        g = 255 * np.exp(-(((x - w * 0.4) / (w * 0.2)) ** 2 + ((y - h * 0.6) / (h * 0.25)) ** 2))
        b = 255 * (y / h) * ((x // 32) % 2)
        png(name, np.clip(np.round(np.stack([r, g, b], -1) / 32) * 32, 0, 255).astype(np.uint8))
    return {name: Image.open(os.path.join(folder, name)).convert("RGB")
            for name in ("wide.png", "tall.png", "square.png")}


# The scripted attention of transformers is not what the exporter of this version takes.
tiny = dict(hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
            attn_implementation="eager")


def image_models(images):
    clip = CLIPVisionConfig(**tiny, projection_dim=16, patch_size=32, image_size=224)
    siglip = SiglipVisionConfig(**tiny, patch_size=16, image_size=224)
    models = {
        "clip_image": (CLIPVisionModelWithProjection(clip), 201, CLIPImageProcessor(),
                       ["image_embeds", "last_hidden_state"]),
        "siglip_image": (SiglipVisionModel(siglip), 202, SiglipImageProcessor(),
                         ["last_hidden_state", "pooler_output"]),
        # The published position table is of 518 pixels and is interpolated in the graph.
        "dinov2": (Dinov2Model(Dinov2Config(**tiny, mlp_ratio=2, patch_size=14, image_size=518)), 203,
                   BitImageProcessor(size={"shortest_edge": 256}, crop_size=224,
                                     image_mean=[0.485, 0.456, 0.406],
                                     image_std=[0.229, 0.224, 0.225]),
                   ["last_hidden_state", "pooler_output"]),
    }
    for name, (model, seed, processor, outputs) in models.items():
        model = Chosen(seed_weights(model, seed), outputs)
        axes = {"pixel_values": {0: "batch_size"}}
        axes.update({o: {0: "batch_size"} for o in outputs})
        export(name, model, torch.zeros(1, 3, 224, 224), ["pixel_values"], outputs, axes)
        for file, image in images.items():
            values = processor(image, return_tensors="np")["pixel_values"]
            assert values.shape == (1, 3, 224, 224), values.shape
            for o, x in zip(outputs, run(model, torch.from_numpy(values))):
                if o != "last_hidden_state" or file == "wide.png":
                    save("%s.%s.%s" % (name, file[:-4], o), x[0])
                if o == "last_hidden_state" and name == "dinov2":
                    save("%s.%s.cls" % (name, file[:-4]), x[0, 0])


def shapes_of_the_seed(images):
    """Not a public model: what a CNN that gives 14 x 14 x 512 maps looks like from outside."""
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 7, 4, 3), torch.nn.ReLU(),
                              torch.nn.Conv2d(4, 8, 3, 4, 1), torch.nn.ReLU(),
                              torch.nn.Conv2d(8, 512, 1), torch.nn.ReLU())

    class Cnn(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            m = self.net(x)
            return m, m.mean((2, 3))

    model = seed_weights(Cnn(), 300)
    export("cnn512", model, torch.zeros(1, 3, 224, 224), ["image"], ["map", "pooled"],
           {"image": {0: "batch"}, "map": {0: "batch"}, "pooled": {0: "batch"}})
    processor = CLIPImageProcessor(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    for file, image in images.items():
        values = processor(image, return_tensors="np")["pixel_values"]
        m, pooled = run(model, torch.from_numpy(values))
        assert m.shape == (1, 512, 14, 14), m.shape
        save("cnn512.%s.pooled" % file[:-4], pooled[0])
        if file == "tall.png":
            save("cnn512.tall.map_every_16th", m[0].transpose(1, 2, 0)[:, :, ::16])


# --- texts

TEXTS = ["a red bird", "Two owls, and a swan: it is late!", "caf\u00e9 \u4e2d\u6587"]


def text_models():
    """Over the small tokenizers of ../tokenizer. CLIP takes the place of the largest id, which ends a
    text; SigLIP the last of 64 places, filled up with the id 1."""
    clip = CLIPTextConfig(**tiny, projection_dim=16, vocab_size=2136, max_position_embeddings=77,
                          eos_token_id=2)  # as published: the place of the largest id
    siglip = SiglipTextConfig(**tiny, vocab_size=2246, max_position_embeddings=64)
    for name, model, seed, outputs in (
            ("clip_text", CLIPTextModelWithProjection(clip), 211, ["text_embeds", "last_hidden_state"]),
            ("siglip_text", SiglipTextModel(siglip), 212, ["last_hidden_state", "pooler_output"])):
        model = Chosen(seed_weights(model, seed), outputs)
        axes = {n: {0: "batch_size", 1: "sequence_length"} for n in ("input_ids", "last_hidden_state")}
        axes.update({n: {0: "batch_size"} for n in outputs if n != "last_hidden_state"})
        export(name, model, torch.ones(1, 64, dtype=torch.int64), ["input_ids"], outputs, axes)
        tokenizer = Tokenizer.from_file(os.path.join(here, "tokenizer", name[:-5] + ".json"))
        for i, text in enumerate(TEXTS):
            ids = tokenizer.encode(text).ids
            if name == "siglip_text":
                ids += [1] * (64 - len(ids))
            got = dict(zip(outputs, run(model, torch.tensor([ids]))))
            vector = "text_embeds" if name == "clip_text" else "pooler_output"
            save("%s.%d.%s" % (name, i, vector), got[vector][0])


class Bert768(torch.nn.Module):
    """Not a public model: what BERT looks like from outside, T x 768, with narrow insides."""

    def __init__(self):
        super().__init__()
        self.token_embedding = torch.nn.Embedding(2000, 8)
        self.position_embedding = torch.nn.Embedding(512, 8)
        self.qkv, self.out = torch.nn.Linear(8, 24), torch.nn.Linear(8, 768)
        self.norm = torch.nn.LayerNorm(768)

    def forward(self, input_ids, attention_mask, token_type_ids):
        at = torch.arange(input_ids.shape[1])
        x = self.token_embedding(input_ids) + self.position_embedding(at)
        x = x + token_type_ids.unsqueeze(-1)
        q, k, v = self.qkv(x).chunk(3, -1)
        s = q @ k.transpose(1, 2) + (1 - attention_mask.unsqueeze(1).to(torch.float32)) * -1e9
        return self.norm(self.out(x + s.softmax(-1) @ v))


def tokens_of_the_seed():
    model = seed_weights(Bert768(), 301)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    one = torch.ones(1, 9, dtype=torch.int64)
    path = os.path.join(folder, "bert768.onnx")
    torch.onnx.export(model, (one, one, 0 * one), path, input_names=names,
                      output_names=["last_hidden_state"], opset_version=17,
                      dynamic_axes={n: {0: "batch_size", 1: "sequence_length"}
                                    for n in names + ["last_hidden_state"]})
    shorten(path)
    tokenizer = Tokenizer.from_file(os.path.join(here, "tokenizer", "bert_cased.json"))
    for i, text in enumerate(TEXTS[:2]):
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            x = model(ids, torch.ones_like(ids), torch.zeros_like(ids))[0].numpy()
        save("bert768.%d.every_16th" % i, x[:, ::16])


def main():
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    sound_models(make_sounds())
    images = make_images()
    image_models(images)
    shapes_of_the_seed(images)
    text_models()
    tokens_of_the_seed()
    neural_point_bert.make(folder, seed_weights, export, save, run)
    total = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print("%d goldens, %d bytes in all" % (len(written), total))


main()
