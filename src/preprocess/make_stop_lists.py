#!/usr/bin/env python3
"""Write fc_stop_lists.h beside this script from Snowball's stop lists.

    make_stop_lists.py FOLDER

FOLDER holds LANGUAGE_stop.txt as in Debian's liblucene4.10-java, within lucene-analyzers-common.jar:
org/apache/lucene/analysis/snowball. "|" begins a comment.
"""
import glob
import os
import sys

HEAD = """/*
 * Stop lists of the Snowball project, %s words in all, made by make_stop_lists.py.
 * Copyright (c) 2001, Dr Martin Porter, and (c) 2002, Richard Boulton; BSD, in THIRD-PARTY.md.
 */
#ifndef FC_STOP_LISTS_H
#define FC_STOP_LISTS_H

/* Words apart by blanks, lower case, by language. */
typedef struct stop_list {
    const char *language, *words;
} stop_list;

/* clang-format off */
static const stop_list stop_lists[] = {
"""


def words_of(path):
    seen = {}
    with open(path, encoding="utf-8-sig") as f:
        for line in f:
            for word in line.split("|")[0].split():
                seen[word.lower()] = True
    return list(seen)


def literals(words):
    line = ""
    for word in words:
        if len(line) + len(word) + 1 > 84:
            yield line
            line = ""
        line += word + " "
    yield line.rstrip()


total, body = 0, ""
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*_stop.txt"))):
    words = words_of(path)
    total += len(words)
    body += '    {"%s",\n' % os.path.basename(path)[:-len("_stop.txt")]
    body += "\n".join('     "%s"' % line for line in literals(words)) + "},\n"
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fc_stop_lists.h"), "w", encoding="utf-8") as f:
    f.write(HEAD % total + body + "};\n/* clang-format on */\n\n#endif /* FC_STOP_LISTS_H */\n")
