#!/usr/bin/env python3
"""Make tests/golden/text; needs Python 3.11 (Unicode 14), snowballstemmer 2.2.0, regex 2026.11.19,
uniseg 0.10.1, scikit-learn 1.9.1, and Unicode's WordBreakTest.txt of 15.0.0 (Debian: unicode-data), whose path is the
only argument.

Each line of a .tsv has fields apart by a tab, texts as UTF-8 in hexadecimal:
repair.tsv      bytes; the same by bytes.decode('utf-8', errors='replace')
fold.tsv        form (nfc, nfkc); 1 when case is folded; text; the result by unicodedata
stems.tsv       language; word; stem by snowballstemmer
idf.tsv         "text"; a text of one corpus, or "idf"; a word; its idf by scikit-learn's TfidfVectorizer
words.tsv       text; its words apart by blanks, by uniseg: segments with a letter, digit or symbol
pairs.tsv       text; its words apart by blanks, scripts without spaces in pairs, by regex
word_break.txt  a test of Unicode's file a line: code points in hexadecimal, "/" at each boundary
"""
import os
import random
import sys
import unicodedata

import regex
import snowballstemmer
import uniseg.wordbreak
from sklearn.feature_extraction.text import TfidfVectorizer

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text")

ROOTS = {
    "russian": "книг дом красн писа нов говор стран зна работ вод быстр учител".split(),
    "default": "nation hous relat brav comput happ organ vid cant nov form general kind pleas "
               "trad universit vol mang prefer libr".split(),
}


def repairs():
    rng = random.Random(4)
    cases = [b"abc\xff", b"ab\xc3", b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", b"\xed\xa0\x80\xed\xbf\xbf\xed\xafA",
             b"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82A", b"\xf4\x91\x92\x93\xffA\x80\xbfB", b"\xf5\x80\x80\x80",
             b"\xf0\x9f\x90", b"\xe4\xb8", b"\xef\xbb\xbfx\xff", b"\xf0\x9f\x90\xa6 gr\xfc\xdf", b"\x80"]
    # Lead and trail bytes near the borders of the table, and whole characters between them.
    parts = [bytes([b]) for b in (0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
                                  0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff)]
    parts += ["\u00e9".encode(), "\u7ea2".encode(), "\U0001f426".encode()]
    for _ in range(600):
        cases.append(b"".join(rng.choice(parts) for _ in range(rng.randint(1, 12))))
    for c in cases:
        if c[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            yield c.hex(), c.decode("utf-8", errors="replace").encode().hex()


# Default-ignorable characters and U+2019 are the project's own rules: not in these texts.
FOLD_BLOCKS = [(0x41, 0x5a), (0xc0, 0x24f), (0x300, 0x314), (0x370, 0x3ff), (0x400, 0x4ff), (0x531, 0x587),
               (0x10a0, 0x10ff), (0x1e00, 0x1fff), (0x2100, 0x218b), (0x2460, 0x24ff), (0x3041, 0x30ff),
               (0x3300, 0x33ff), (0xac00, 0xad00), (0xf900, 0xfa6d), (0xfb00, 0xfb06), (0xff01, 0xff9f),
               (0x1d400, 0x1d4ff)]


def folds():
    rng = random.Random(5)
    texts = ["Gr\u00fc\u00dfe", "CAFE\u0301", "\ufb01ne \uff21\uff22\uff23 \u2460\u00b2", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
             "\uff76\uff9e\u30ac", "I\u0307stanbul", "\u212bngstr\u00f6m", "\u1e9e", "\u0390\u03b0"]
    for _ in range(160):
        t = ""
        while len(t) < 8:
            c = chr(rng.randint(*rng.choice(FOLD_BLOCKS)))
            if unicodedata.category(c) not in ("Cn", "Cc", "Cf", "Zs"):
                t += c
        texts.append(t)
    for t in texts:
        for form in ("NFC", "NFKC"):
            for fold in (0, 1):
                out = unicodedata.normalize(form, t)
                while fold:  # to the fixed point, as toNFKC_Casefold of the standard asks
                    again = unicodedata.normalize(form, unicodedata.normalize("NFD", out).casefold())
                    if again == out:
                        break
                    out = again
                yield form.lower(), str(fold), t.encode().hex(), out.encode().hex()


def stems():
    """Roots with endings that the stemmer itself looks for: words that reach its rules."""
    rng = random.Random(6)
    for language in snowballstemmer.algorithms():
        stemmer = snowballstemmer.stemmer(language)
        tables = [v for k, v in vars(type(stemmer)).items() if k.startswith("a_")]
        endings = sorted({a.s for table in tables for a in table if a.s})
        letters = sorted({c for e in endings for c in e if c.isalpha()})
        roots = ROOTS.get(language, ROOTS["default"] if "a" in letters and "e" in letters else [])
        words = set()
        while len(words) < 130:
            root = rng.choice(roots) if roots and rng.random() < 0.6 else \
                "".join(rng.choice(letters) for _ in range(rng.randint(2, 5)))
            words.add(root + "".join(rng.choice(endings) for _ in range(rng.choice((1, 1, 1, 2)))))
        for w in sorted(words):
            yield language, w.encode().hex(), stemmer.stemWord(w).encode().hex()


SPACELESS = ["\u7ea2", "\u9e1f", "\u6771", "\u4eac", "\u3042", "\u304b", "\u304b\u3099", "\u30ab", "\u30fc", "\u30cd", "\u3005"]
COMPLEX = ["\u0e01", "\u0e19\u0e35\u0e49", "\u0e40", "\u0e33", "\u0e81", "\u0eab\u0ebc", "\u1780\u17d2", "\u179f", "\u1000\u103c", "\u1019"]
OTHERS = ["ab", "x", "7", "\u043a\u043e\u0442", "\ud55c\uad6d", " ", ". ", "\u3002", "-", "\u20ac", "e\u0301"]


def pairs():
    rng = random.Random(7)
    cjk = r"(?:[\p{Han}\p{Hiragana}\p{Katakana}\u30fc]\p{M}*)"
    sa = r"(?:(?:(?=\p{lb=SA})\p{L})\p{M}*)"
    unit = regex.compile(cjk + "|" + sa)
    token = regex.compile("%s+|%s+|(?:(?!%s|%s)[\\p{L}\\p{N}]\\p{M}*)+|\\p{Sc}" % (cjk, sa, cjk, sa))
    for _ in range(300):
        text = "".join(rng.choice(rng.choice((SPACELESS, SPACELESS, COMPLEX, OTHERS))) for _ in range(rng.randint(1, 14)))
        out = []
        for t in token.findall(text):
            units = unit.findall(t)
            if not units:
                out.append(t)
            elif len(units) == 1:
                out.append(units[0])
            else:
                out += [a + b for a, b in zip(units, units[1:])]
        yield text.encode().hex(), " ".join(out).encode().hex()


def unicode_words():
    rng = random.Random(8)
    parts = ["don't", "can", "3.14", "1,000", "x_y", "e.g.", "a:b", "'", ".", ",", " ", "  ", "\u05d0", "\u05d0'", "\u05d0\"\u05d1",
             "\u30ab\u30e1\u30e9", "\u7ea2\u9e1f", "\u3042", "\u0e01\u0e35", "\U0001f1eb\U0001f1f7", "\U0001f1e9", "\U0001f44d\U0001f3fd", "\u20ac",
             "\U0001f426", "na\u00efve", "e\u0301", "\u0439\u043e\u0434", "-", "#", "\r\n", "\u0301", "__"]
    wanted = regex.compile(r"[\p{L}\p{N}]|(?![\x00-\x7f])[\p{So}\p{Sc}\p{Sm}]")
    for _ in range(400):
        text = "".join(rng.choice(parts) for _ in range(rng.randint(1, 10)))
        words = [w for w in uniseg.wordbreak.words(text) if wanted.search(w)]
        yield text.encode().hex(), " ".join(words).encode().hex()


def idfs():
    rng = random.Random(9)
    vocabulary = ["w%d" % i for i in range(60)]
    texts = [" ".join(rng.choice(vocabulary[:rng.choice((3, 12, 60))]) for _ in range(rng.randint(1, 15))) for _ in range(90)]
    model = TfidfVectorizer(smooth_idf=True, token_pattern=r"\w+").fit(texts)
    for t in texts:
        yield "text", t.encode().hex()
    for word in model.get_feature_names_out():
        yield "idf", word.encode().hex(), repr(float(model.idf_[model.vocabulary_[word]]))


def write(name, rows):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as f:
        for row in rows:
            f.write("\t".join(row) + "\n")


def word_breaks(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line:
                yield (line.replace("\u00f7", "/").replace("\u00d7", "").replace("  ", " "),)


write("repair.tsv", repairs())
write("fold.tsv", folds())
write("stems.tsv", stems())
write("idf.tsv", idfs())
write("words.tsv", unicode_words())
write("pairs.tsv", pairs())
write("word_break.txt", word_breaks(sys.argv[1]))
