#!/usr/bin/env python3
"""Write fc_token_class_table.h beside this script: what the Python package `tokenizers` takes each
code point for, found by asking it about every one.

    make_token_class_table.py

Its parts stand on Unicode tables of different ages (8 for BERT's marks and punctuation, 16 for
letters), so no one version of the Unicode Character Database gives the same answers.
"""
import os

import tokenizers
from tokenizers import normalizers, pre_tokenizers

END = 0x110000
HEAD = """/*
 * What each code point is to the parts of a tokenizer: made by make_token_class_table.py from the
 * answers of the Python package tokenizers %s.
 */
#ifndef FC_TOKEN_CLASS_TABLE_H
#define FC_TOKEN_CLASS_TABLE_H

#include <stdint.h>

/* clang-format off */
"""


def classes():
    cut = lambda part: lambda c: len(part.pre_tokenize_str("a" + c + "b"))
    bert = lambda **on: normalizers.BertNormalizer(**dict(dict(
        clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False), **on))
    clean, accents, strip = bert(clean_text=True), bert(strip_accents=True), normalizers.StripAccents()
    punctuation, digits, words = cut(pre_tokenizers.BertPreTokenizer()), cut(pre_tokenizers.Digits()), \
        cut(pre_tokenizers.Whitespace())
    gpt = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bits = bytearray(END)
    for cp in range(END):
        if 0xD800 <= cp < 0xE000:
            continue
        c = chr(cp)
        found = [cp not in (0, 0xFFFD) and clean.normalize_str("a" + c + "b") == "ab",
                 accents.normalize_str(c) == "", punctuation(c) == 3, strip.normalize_str(c) == "",
                 len(gpt.pre_tokenize_str("a" + c)) == 1, len(gpt.pre_tokenize_str("1" + c)) == 1,
                 digits(c) == 3, words(c) == 1]
        bits[cp] = sum(1 << k for k, yes in enumerate(found) if yes)
    return bits


def main():
    bits = classes()
    rows = []
    start = 0
    for cp in range(1, END + 1):
        if cp == END or bits[cp] != bits[start]:
            if bits[start]:
                rows.append("{0x%x, 0x%x, 0x%02x}," % (start, cp - 1, bits[start]))
            start = cp
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fc_token_class_table.h")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD % tokenizers.__version__)
        f.write("/* Ranges in ascending order; what is in none has no class. The bits: FC_CLASS_*. */\n")
        f.write("static const struct {\n    uint32_t first, last;\n    uint8_t classes;\n} token_classes[] = {\n")
        for i in range(0, len(rows), 4):
            f.write("    " + " ".join(rows[i:i + 4]) + "\n")
        f.write("};\n/* clang-format on */\n\n#endif /* FC_TOKEN_CLASS_TABLE_H */\n")


if __name__ == "__main__":
    main()
