#!/usr/bin/env python3
"""Writes where_cases.txt: random --where expressions and what they give on four rows.

The expressions are made as trees, evaluated as trees by the rules of fc_filter.h, and printed with
as few parentheses as the grammar needs (and some more), so the C parser shares nothing with this.
Run it again only when the language changes:  python3 make_where_cases.py > where_cases.txt
"""
import random

FIELDS = ["id", "dataset", "modality", "group", "split", "path"]
# What test_filter_cases.c builds too: fields, then metadata as (kind, text).
ROWS = [
    ({"id": "a/owl.png", "dataset": "stamps", "modality": "image", "group": "a/owl", "split": "train",
      "path": "a/owl.png"},
     {"year": ("n", "1990"), "kind": ("s", "bird"), "draft": ("b", "false"), "w": ("n", "12.50")}),
    ({"id": "b", "dataset": "stamps", "modality": "text", "group": "", "split": "test", "path": ""},
     {"year": ("n", "2005"), "kind": ("s", ""), "draft": ("b", "true"), "w": ("s", "12.50")}),
    ({"id": "c#0-5", "dataset": "other", "modality": "audio", "group": "c", "split": "", "path": "c"},
     {"year": ("s", "1990"), "kind": ("s", "owl's \"x\" \\"), "w": ("n", "-3")}),
    ({"id": "d", "dataset": "other", "modality": "image", "group": "a/owl", "split": "train",
      "path": ""},
     {}),
]
NAMES = FIELDS + ["year", "kind", "draft", "w", "missing"]
TEXTS = ["bird", "owl's \"x\" \\", "", "1990", "train", "a/owl", "image", "12.50", "true", "zebra",
         "stamps", "d", "héé"]
NUMBERS = ["1990", "1990.0", "2005", "12.5", "-3", "0", "+1.25e1", "1e4", ".5"]
OPS = ["=", "==", "!=", "<", "<=", ">", ">="]


def lookup(row, name):
    fields, meta = row
    if name in fields:
        return ("s", fields[name]) if fields[name] else None
    return meta.get(name)


def value(row, operand):
    kind, text = operand
    return lookup(row, text) if kind == "name" else operand


def order(a, b):
    if a[0] == "n" and b[0] == "n":
        x, y = float(a[1]), float(b[1])
    else:
        x, y = a[1].encode(), b[1].encode()
    return (x > y) - (x < y)


def truth(v):
    if v is None:
        return False
    kind, text = v
    return {"s": text != "", "n": kind == "n" and float(text) != 0, "b": text == "true"}[kind]


def evaluate(row, t):
    if t[0] == "and":
        return all(evaluate(row, x) for x in t[1])
    if t[0] == "or":
        return any(evaluate(row, x) for x in t[1])
    if t[0] == "not":
        return not evaluate(row, t[1])
    a = value(row, t[1])
    if t[0] == "bare":
        return truth(a)
    if t[0] in ("in", "not in"):
        found = a is not None and any(order(a, b) == 0 for b in t[2])
        return found if t[0] == "in" else not found
    b = value(row, t[2])
    if a is None or b is None:
        return False
    o = order(a, b)
    return {"=": o == 0, "==": o == 0, "!=": o != 0, "<": o < 0, "<=": o <= 0, ">": o > 0,
            ">=": o >= 0}[t[0]]


def literal(r):
    k = r.random()
    if k < 0.5:
        return ("s", r.choice(TEXTS))
    return ("n", r.choice(NUMBERS)) if k < 0.9 else ("b", r.choice(["true", "false"]))


def name(r):
    return ("name", r.choice(NAMES))


def tree(r, depth):
    k = r.random()
    if depth == 0 or k < 0.35:
        k = r.random()
        if k < 0.15:
            return ("bare", name(r))
        if k < 0.35:
            return (r.choice(["in", "not in"]), name(r), [literal(r) for _ in range(r.randint(1, 4))])
        sides = [name(r), literal(r) if r.random() < 0.8 else name(r)]
        if r.random() < 0.2:
            sides.reverse()
        return (r.choice(OPS), *sides)
    if k < 0.55:
        return ("not", tree(r, depth - 1))
    return (r.choice(["and", "or"]), [tree(r, depth - 1) for _ in range(r.randint(2, 4))])


def show_operand(r, o):
    kind, text = o
    if kind == "name":
        style = r.random()
        if style < 0.1:
            return "`" + text + "`"
        return "meta." + text if style < 0.3 and text not in FIELDS else text
    if kind == "b":
        return r.choice([text, text.upper(), text.title()])
    if kind == "n":
        return text
    quote = r.choice("'\"")
    text = text.replace("\\", "\\\\")
    return quote + text.replace(quote, r.choice([quote * 2, "\\" + quote])) + quote


PRECEDENCE = {"or": 0, "and": 1, "not": 2}


def show(r, t, outer=0):
    word = lambda w: r.choice([w, w, w.upper()])
    gap = lambda: r.choice([" ", " ", "  ", "\t"])
    mine = PRECEDENCE.get(t[0], 3)
    if t[0] in ("and", "or"):
        text = (gap() + word(t[0]) + gap()).join(show(r, x, mine + 1) for x in t[1])
    elif t[0] == "not":
        text = word("not") + gap() + show(r, t[1], 2)
    elif t[0] == "bare":
        text = show_operand(r, t[1])
    elif t[0] in ("in", "not in"):
        items = r.choice([",", ", "]).join(show_operand(r, x) for x in t[2])
        text = show_operand(r, t[1]) + gap() + word(t[0]) + " (" + items + ")"
    else:
        space = r.choice(["", " "])
        text = show_operand(r, t[1]) + space + t[0] + space + show_operand(r, t[2])
    return "(" + text + ")" if mine < outer or r.random() < 0.05 else text


def main():
    r = random.Random(20240229)
    n = 0
    while n < 600:
        t = tree(r, 4)
        bits = "".join("01"[evaluate(row, t)] for row in ROWS)
        text = show(r, t)
        # Short ones, and not too many that give the same on every row.
        if len(text) > 240 or (len(set(bits)) == 1 and r.random() < 0.8):
            continue
        print(bits + " " + text)
        n += 1


main()
