"""Hold JSON objects against the tables of schemas/json.md.

    _json_schema.py JSON.MD OBJECTS...

Each file of OBJECTS has one object a line; its `schema`, or "lines" in its file's name, picks the
section. Fails on a key that is missing, undocumented or of another type, and on a documented key
that none of the objects had: a table must not promise what nothing prints.
"""
import json
import os
import re
import sys

ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| .*\|$")


def is_measure(x):
    """A figure of an audit: what schemas/json.md calls a measure."""
    keys = ["value", "low", "high", "null"]
    number = (int, float, type(None))
    return isinstance(x, dict) and list(x) == keys and all(
        isinstance(x[k], number) and not isinstance(x[k], bool) for k in keys)


TYPES = {
    "string": lambda x: isinstance(x, str),
    "integer": lambda x: isinstance(x, int) and not isinstance(x, bool),
    "number": lambda x: isinstance(x, (int, float)) and not isinstance(x, bool),
    "boolean": lambda x: isinstance(x, bool),
    "null": lambda x: x is None,
    "object": lambda x: isinstance(x, dict),
    "map": lambda x: isinstance(x, dict),
    "measure": is_measure,
    "array": lambda x: isinstance(x, list),
}


class Section:
    def __init__(self, title):
        self.title = title
        self.types = {}  # path -> names of types
        self.optional = set()
        self.seen = set()
        self.objects = 0


def read_sections(path):
    sections, current = {}, None
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#"):
                current = Section(line.strip("# \n"))
                sections[current.title] = current
            match = ROW.match(line.replace("\\|", "\0"))
            if not match:
                if line.startswith("| `"):
                    sys.exit(f"{path}:{number}: not a row of key, type and meaning: {line}")
                continue
            key, names = match.group(1), [n.strip() for n in match.group(2).split("\0")]
            name = key.rstrip("?")
            unknown = [n for n in names if n not in TYPES]
            if unknown or name in current.types:
                sys.exit(f"{path}:{number}: unknown type, or twice: {line}")
            current.types[name] = names
            if key.endswith("?"):
                current.optional.add(name)
    return sections


def walk(section, value, path, problems):
    names = section.types.get(path)
    if path:
        if names is None:
            problems.append(f"{section.title}: {path} is not documented")
            return
        section.seen.add(path)
        if not any(TYPES[n](value) for n in names):
            problems.append(f"{section.title}: {path} is {value!r}, not {' or '.join(names)}")
            return
        if "map" in names or "measure" in names:
            return
    if isinstance(value, dict):
        prefix = path + "." if path else ""
        for key, member in value.items():
            walk(section, member, prefix + key, problems)
        children = [p for p in section.types if p.startswith(prefix) and re.fullmatch(r"[^.\[]+", p[len(prefix):])]
        for child in children:
            if child[len(prefix):] not in value and child not in section.optional:
                problems.append(f"{section.title}: {child} is missing in {str(value)[:200]}")
    elif isinstance(value, list):
        # A list of objects has a row for each member and none for the element.
        objects = any(p.startswith(path + "[].") for p in section.types)
        for element in value:
            if objects:
                section.types.setdefault(path + "[]", ["object"])
            walk(section, element, path + "[]", problems)


def section_of(sections, file, value, problems):
    if "schema" not in value:
        return sections["lines of an exported NAME.jsonl"]
    title = value["schema"]
    if "error" in value and title != "featcache.error/1":
        title += " with `error`"
    if title not in sections:
        problems.append(f"{file}: {title} is not documented")
    return sections.get(title)


def main():
    sections, problems = read_sections(sys.argv[1]), []
    for file in sys.argv[2:]:
        with open(file, encoding="utf-8") as f:
            for line in f:
                value = json.loads(line)
                section = section_of(sections, os.path.basename(file), value, problems)
                if section is not None:
                    section.objects += 1
                    walk(section, value, "", problems)
    for section in sections.values():
        unseen = [p for p in section.types if p not in section.seen]
        if unseen:
            problems.append(f"{section.title}: documented, but in none of {section.objects} objects: {', '.join(unseen)}")
    for problem in dict.fromkeys(problems):
        print(problem)
    n = sum(s.objects for s in sections.values())
    print(f"{n} objects, {len([s for s in sections.values() if s.types])} tables, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
