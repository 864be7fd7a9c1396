#!/usr/bin/env python3
"""Write fc_word_break_table.h beside this script from files of the Unicode Character Database.

    make_word_break_table.py FOLDER    (Debian: /usr/share/unicode, package unicode-data)

Read are auxiliary/WordBreakProperty.txt, emoji/emoji-data.txt (Extended_Pictographic) and
LineBreak.txt (SA: scripts without spaces that are no ideographs, such as Thai).
"""
import os
import re
import sys

VALUES = ["Other", "CR", "LF", "Newline", "Extend", "ZWJ", "Format", "Regional_Indicator", "Katakana",
          "Hebrew_Letter", "ALetter", "Single_Quote", "Double_Quote", "MidNumLet", "MidLetter", "MidNum",
          "Numeric", "ExtendNumLet", "WSegSpace"]
PICTOGRAPHIC, COMPLEX = 0x20, 0x40
END = 0x110000

HEAD = """/*
 * Word_Break (Unicode, annex 29), Extended_Pictographic and Line_Break=SA of every code point:
 * made by make_word_break_table.py from the Unicode Character Database, version %s.
 * Copyright (c) 1991-2022 Unicode, Inc.; the licence is in THIRD-PARTY.md.
 */
#ifndef FC_WORD_BREAK_TABLE_H
#define FC_WORD_BREAK_TABLE_H

#include <stdint.h>

#define FC_WORD_BREAK_UNICODE "%s"

/* The low five bits of a class; the names are those of the annex. */
enum {
%s};

#define WB_VALUE        0x1Fu
#define WB_PICTOGRAPHIC 0x%02xu /* Extended_Pictographic */
#define WB_COMPLEX      0x%02xu /* Line_Break=SA: Thai, Lao, Khmer, Myanmar and their kind */

/* clang-format off */
"""


def fields(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line:
                codes, value = [x.strip() for x in line.split(";")][:2]
                first, last = (codes.split("..") * 2)[:2]
                yield range(int(first, 16), int(last, 16) + 1), value


def main(folder):
    classes = bytearray(END)
    words = os.path.join(folder, "auxiliary", "WordBreakProperty.txt")
    with open(words, encoding="utf-8") as f:
        version = re.search(r"WordBreakProperty-([0-9.]+)\.txt", f.readline()).group(1)
    for codes, value in fields(words):
        for c in codes:
            classes[c] |= VALUES.index(value)
    for codes, value in fields(os.path.join(folder, "emoji", "emoji-data.txt")):
        for c in codes if value == "Extended_Pictographic" else ():
            classes[c] |= PICTOGRAPHIC
    for codes, value in fields(os.path.join(folder, "LineBreak.txt")):
        for c in codes if value == "SA" else ():
            classes[c] |= COMPLEX

    spans = [c for c in range(END) if c == 0 or classes[c] != classes[c - 1]]
    names = "".join("    WB_%s,\n" % v.upper() for v in VALUES)
    out = HEAD % (version, version, names, PICTOGRAPHIC, COMPLEX)
    out += "/* The class of each ASCII character. */\nstatic const uint8_t word_break_ascii[128] = {\n"
    for i in range(0, 128, 16):
        out += "    " + " ".join("%2d," % classes[c] for c in range(i, i + 16)) + "\n"
    out += "};\n\n/* Where the class changes, sorted: first code point << 8 | class from there on. */\n"
    out += "static const uint32_t word_break_spans[%d] = {\n" % len(spans)
    for i in range(0, len(spans), 8):
        out += "    " + " ".join("0x%x," % (c << 8 | classes[c]) for c in spans[i:i + 8]) + "\n"
    out += "};\n/* clang-format on */\n\n#endif /* FC_WORD_BREAK_TABLE_H */\n"
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fc_word_break_table.h"), "w",
              encoding="ascii") as f:
        f.write(out)


main(sys.argv[1])
