#!/usr/bin/env python3
"""Train small tokenizers in the forms of public encoders and write them, with the ids that the Python
package `tokenizers` gives for lines of many kinds, into tests/golden/tokenizer.

    make_token_goldens.py LINES.txt OUT      LINES.txt: text to train on, one a line

Packages: tokenizers, sentencepiece, protobuf. The forms are those of the public files of BERT (cased),
CLIP, RoBERTa, Whisper, Llama, XLM-R, T5 and SigLIP: their normalizers, pre-tokenizers, post-processors
and settings, with vocabularies of 2,000 entries or fewer.
"""
import base64
import io
import json
import os
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

PIECES = 2000

# What a tokenizer may trip over; the texts are the project's own.
LINES = [
    "", " ", "  ", "a", " a", "a ", "\t", "\r\n", "a\r\nb", "  two  blanks   here ", "A white owl of the Arctic.",
    "Hello, world!", "don't can't we'll they've I'm you're he'd it's", "DON'T CAN'T WE'LL", "' 's 't 'x ''s", "x's's",
    "The quick brown fox jumps over the lazy dog.", "In 2024, 1,234.56 of 99%...", "３ full-width ＡＢＣ", "m² x³ ½ ⅷ Ⅻ ①",
    "ﬁ ﬂ ﬀ ligatures", "naïve café résumé Ünïcödé", "nai\u0308ve cafe\u0301 A\u030a", "İstanbul ıspanak İ",
    "ΑΒΓ αβγ ΣΊΣΥΦΟΣ", "Привет, мир! Ёлка ё", "שלום עולם שָׁלוֹם", "مرحبا بالعالم", "नमस्ते दुनिया क्षत्रिय",
    "สวัสดีชาวโลก", "你好，世界。", "日本語のテキスト ガギグ ｶﾞｷﾞｸﾞ", "한국어 텍스트 각", "ខ្មែរ", "👍🏽 👨‍👩‍👧‍👦 🇩🇪 ❤️",
    "zero\u200bwidth\u200djoiner", "soft\u00adhyphen", "bom\ufeffhere", "nbsp\u00a0here", "em\u2003space ideo\u3000space",
    "line\u2028sep\u2029para", "nel\u0085x", "nul\0byte", "bell\a esc\x1b[31m", "\ufffd replacement", "private \ue000 use",
    "tags <s> </s> <pad> <unk> <mask> here", "  <mask>  ", "a<mask>b", "[CLS] [SEP] [MASK] [PAD] [UNK]", "x[MASK]y",
    "<|endoftext|><|startoftext|>", "end<|endoftext|>of <|startoftranscript|>", "<extra_id_0> and <extra_id_1>",
    "under_score snake_case CamelCase", "C++ & C# / F* ~ `code` $HOME ^_^ |pipe| <b>", "https://example.org/a?b=c&d=%20",
    "e-mail: someone@example.org", "tabs\tand\nnew\n\nlines\n", "trailing newline\n", "\n\n\nleading", "....!!!???---",
    "▁ mark ▁▁ two", "a▁b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ab" * 60, "x" * 101,
    "Zalgo: Z̸̢͚a̵l̶g̷o̸", "한글", "\u1100\u1161\u11a8", "각\u0301", "q\u0323\u0307 q\u0307\u0323", "ſs long s ß ẞ",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛", "㍿ ㌔ ㋿ ℃ № ™", "…‥ “curly” ‘quotes’ «guillemets» — –", "−1 ± 2 × 3 ÷ 4 ≤ 5", "①②③ Ⓐⓑ",
    "ᏣᎳᎩ ᚠᚢᚦ ꙮ", "𐍈𐌰 𒀀 🀄", "\U0001e95e\u09fe\u1ab0", "\u0301leading mark", "a\u0300\u0301\u0302\u0303\u0304b",
    "'", "\"", "\\", "/", "0", "007", "3.14159", "1e-9", "ALL CAPS TEXT", "MiXeD cAsE", "word,word;word:word",
    "「日本」（東京）", "¿Qué? ¡Sí!", "l'été d'août", "rock'n'roll", "O’Neill’s", "a  b\u3000c\td", "end of the lines",
]


def byte_level(prefix=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": True}


def around(cls, sep, **more):
    return dict({"type": "RobertaProcessing", "sep": list(sep), "cls": list(cls)}, **more)


def template(single, specials):
    def piece(token):
        return ({"Sequence": {"id": "A", "type_id": 0}} if token == "$A"
                else {"SpecialToken": {"id": token, "type_id": 0}})
    single = [piece(t) for t in single]
    pair = single + [{"Sequence": {"id": "B", "type_id": 1}}]
    return {"type": "TemplateProcessing", "single": single, "pair": pair,
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in specials.items()}}


def added(content, vocab_id, lstrip=False, normalized=False, special=True):
    return {"id": vocab_id, "content": content, "single_word": False, "lstrip": lstrip, "rstrip": False,
            "normalized": normalized, "special": special}


def whole(model, normalizer, pre_tokenizer, post_processor, tokens):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": None, "model": model}


def train_bpe(lines, specials, pre_tokenizer, **settings):
    """A trained byte-pair model as the JSON of its file."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizer
    alphabet = pre_tokenizers.ByteLevel.alphabet() if settings.pop("bytes", True) else []
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=PIECES, special_tokens=specials, show_progress=False,
                                                     initial_alphabet=alphabet, **settings))
    return json.loads(t.to_str())["model"]


CLIP_WORDS = (r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def clip(lines):
    start, end = "<|startoftext|>", "<|endoftext|>"
    words = {"type": "Split", "pattern": {"Regex": CLIP_WORDS}, "behavior": "Removed", "invert": True}
    split = pre_tokenizers.Sequence([pre_tokenizers.Split(__import__("tokenizers").Regex(CLIP_WORDS), "removed", True),
                                     pre_tokenizers.ByteLevel(add_prefix_space=False)])
    model = train_bpe([l.lower() for l in lines], [], split, end_of_word_suffix="</w>")
    for c in sorted(pre_tokenizers.ByteLevel.alphabet()):
        for token in (c, c + "</w>"):
            model["vocab"].setdefault(token, len(model["vocab"]))
    n = len(model["vocab"])
    model["vocab"].update({start: n, end: n + 1})
    model.update(unk_token=end, continuing_subword_prefix="", end_of_word_suffix="</w>")
    normal = {"type": "Sequence", "normalizers": [
        {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]}
    return whole(model, normal, {"type": "Sequence", "pretokenizers": [words, byte_level()]},
                 around((start, n), (end, n + 1), trim_offsets=False, add_prefix_space=False),
                 [added(start, n, normalized=True), added(end, n + 1)])


def roberta(lines):
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    model = train_bpe(lines, names, pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokens = [added(t, i, lstrip=t == "<mask>", normalized=t != "<mask>") for i, t in enumerate(names)]
    return whole(model, None, byte_level(), around(("<s>", 0), ("</s>", 2), trim_offsets=True, add_prefix_space=False),
                 tokens)


def whisper(lines):
    model = train_bpe(lines, [], pre_tokenizers.ByteLevel(add_prefix_space=True))
    n = len(model["vocab"])
    names = ["<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>"]
    ids = {t: n + i for i, t in enumerate(names)}
    return whole(model, None, byte_level(True), template([names[1], names[2], "$A", names[0]], ids),
                 [added(t, i) for t, i in ids.items()])


def llama(lines):
    """Bytes where a character has no token; blanks as marks by the normalizer; merges as pairs."""
    names = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)]
    model = train_bpe([l[:2000] for l in lines], names, pre_tokenizers.Metaspace(), bytes=False, limit_alphabet=300)
    model.update(unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    normal = {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    return whole(model, normal, None, template(["<s>", "$A"], {"<s>": 1}), [added(t, i) for i, t in enumerate(names[:3])])


def bert_cased(lines):
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=PIECES, special_tokens=names, limit_alphabet=300,
                                                           show_progress=False))
    normal = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
              "lowercase": False}
    return whole(json.loads(t.to_str())["model"], normal, {"type": "BertPreTokenizer"},
                 {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                 [added(t, i) for i, t in enumerate(names)])


def train_unigram(lines):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, vocab_size=PIECES - 10, model_type="unigram",
        normalization_rule_name="nmt_nfkc", character_coverage=0.98, num_threads=1, minloglevel=2)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(out.getvalue())
    return [(p.piece, p.score) for p in proto.pieces][3:], proto.normalizer_spec.precompiled_charsmap


def unigrams(lines):
    pieces, charsmap = train_unigram(lines)
    table = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()}
    meta = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}

    def model(first, last=(), **more):
        vocab = [[t, 0.0] for t in first] + [[t, s] for t, s in pieces] + [[t, 0.0] for t in last]
        return dict({"type": "Unigram", "unk_id": first.index("<unk>"), "vocab": vocab}, **more)

    names = ["<s>", "<pad>", "</s>", "<unk>"]
    xlmr = model(names, ["<mask>"])
    mask = len(xlmr["vocab"]) - 1
    yield "xlmr", whole(
        xlmr, {"type": "Sequence", "normalizers": [table, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, meta]},
        template(["<s>", "$A", "</s>"], {"<s>": 0, "</s>": 2}),
        [added(t, i) for i, t in enumerate(names)] + [added("<mask>", mask, lstrip=True)])
    names = ["<pad>", "</s>", "<unk>"]
    t5 = model(names)
    extra = [added("<extra_id_%d>" % i, len(t5["vocab"]) + i) for i in range(2)]
    yield "t5", whole(t5, table, meta, template(["$A", "</s>"], {"</s>": 1}), [added(t, i) for i, t in enumerate(names)] + extra)
    siglip = model(["<pad>", "</s>", "<unk>"], ["<0x%02X>" % b for b in range(256)], byte_fallback=True)
    normal = {"type": "Sequence", "normalizers": [
        {"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"}, "content": ""},
        {"type": "Nmt"}, {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
        {"type": "Strip", "strip_left": True, "strip_right": True}]}
    yield "siglip", whole(siglip, normal, dict(meta, prepend_scheme="first", split=False),
                          {"type": "Sequence", "processors": [byte_level(), template(["$A", "</s>"], {"</s>": 1})]},
                          [added(t, i) for i, t in enumerate(names)])


def write(out, name, tokenizer):
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    t = Tokenizer.from_str(text)
    with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as f:
        f.write(text + "\n")
    with open(os.path.join(out, name + ".jsonl"), "w", encoding="utf-8") as f:
        for line in LINES:
            ids = t.encode(line).ids
            f.write(json.dumps({"text": line, "ids": ids}, ensure_ascii=False, separators=(",", ":")) + "\n")


def main(path, out):
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f]
    os.makedirs(out, exist_ok=True)
    for make in (bert_cased, clip, roberta, whisper, llama):
        write(out, make.__name__, make(lines))
    for name, tokenizer in unigrams(lines):
        write(out, name, tokenizer)


if __name__ == "__main__":
    main(*sys.argv[1:])
