# audit drift: the same features are compatible, another resize is measured and named, by group and by
# position; policies and exit codes; the page; and what cannot be compared.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 80

card() { printf 'name: hog\nmodality: image\nencoder: builtin/hog\nvariant: %s\nparams: { filter: %s }\n' "$1" "$2" >"$1.yaml"; }
card old bicubic
card same bicubic
card resized bilinear
for c in old same resized; do want 0 ingest store pics.csv --dataset pics --encoder $c.yaml; done
want 0 audit drift store --from '#1' --to '#2'
in_out "verdict    compatible"
in_out "because    every bound holds: neighbours is 1, at least 0.8"
in_out "variant: old -> same"
in_out "it looks like none"
[ ! -s err ] || fail "stderr is not empty"
want_json 0 'o["verdict"] == "compatible" and not o["fails"] and o["policy"] == "built-in" and o["k"] == 10
    and o["overall"]["pairs"] == o["overall"]["queries"] == o["overall"]["gallery"] == 80
    and all(o["overall"][f]["value"] == 1 == o["overall"][f]["low"] for f in ("neighbours", "jaccard", "rbo", "old_index", "adapted", "cka", "cosine"))
    and abs(o["overall"]["neighbours"]["null"] - 10 / 79) < 1e-6 and o["overall"]["procrustes"]["value"] < 1e-5
    and o["overall"]["cosine"]["null"] < 0.9 and o["overall"]["mmd_p"] > 0.5 and o["overall"]["not_applicable"] == []
    and [c["k"] for c in o["curve"]] == [1, 2, 5, 10, 20, 50] and o["moved"] == [] and o["positions"] is None
    and {(g["by"], g["is"]) for g in o["groups"]} == {("dataset", "pics"), ("split", "train"), ("split", "test")}
    and [c["key"] for c in o["changes"]] == ["variant"]' audit drift store --from '#1' --to '#2'

# Another resize: named, small in cosine and CKA, not in neighbours. The same run gives the same report.
"$FEATCACHE" audit drift store --from '#1' --to '#3' --by kind --json >first 2>err || [ $? -eq 1 ] || fail "drift"
"$FEATCACHE" audit drift store --from '#1' --to '#3' --by kind --json >second 2>err || [ $? -eq 1 ] || fail "drift"
python3 - first second <<'END' || fail "another resize is not what it must be"
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
a.pop("seconds"), b.pop("seconds")
assert a == b, "two runs differ"
o = a["overall"]
assert o["cosine"]["value"] > .99 and o["cka"]["value"] > .99 and o["neighbours"]["value"] < .95, o
assert {"key": "params.filter", "from": "bicubic", "to": "bilinear"}.items() <= next(c for c in a["changes"] if c["key"] == "params.filter").items()
kinds = [g for g in a["groups"] if g["by"] == "kind"]
assert len(kinds) == 4 and all(g["small"] and g["n"] == 20 for g in kinds), kinds
# The whole is the mean of its parts.
for f in ("cosine", "neighbours"):
    mean = sum(g[f]["value"] * g["n"] for g in kinds) / 80
    assert abs(mean - o[f]["value"]) < 2e-6, (f, mean, o[f])
m = a["moved"]
assert len(m) == 10 and [x["cosine"] for x in m] == sorted(x["cosine"] for x in m) and all(len(x["old"]) == len(x["new"]) == 10 for x in m)
for x in m:
    shared = {n["id"] for n in x["old"]} & {n["id"] for n in x["new"]}
    assert abs(len(shared) / 10 - x["overlap"]) < 1e-6 and x["id"] not in shared
END

# Where the dimensions differ, what is undefined says so.
want_json 1 'o["overall"]["dim_from"] == 2352 and o["overall"]["dim_to"] == 336 and o["overall"]["cosine"]["value"] is None
    and {n["name"] for n in o["overall"]["not_applicable"]} == {"old_index", "old_index_self", "old_index_new", "cosine", "cosine_p1", "cosine_p5", "mmd", "energy", "auc"}
    and o["overall"]["neighbours"]["value"] > 0.3 and o["verdict"] != "compatible" and all(m["cosine"] is None for m in o["moved"])' \
    audit drift store --from '#1:grid' --to '#3:pooled'
# Maps: pooled, and by position.
"$FEATCACHE" audit drift store --from '#1' --to '#3' --output map --json >out 2>err || [ $? -eq 1 ] || fail "drift of maps"
check_json 'o["pooling"] == "mean" and o["overall"]["pairs"] == 80 and o["positions"]["pairs"] == 80 * 196 and o["positions"]["dim_from"] == 12
    and o["positions"]["gallery"] == o["positions"]["sample"] == 10000 and o["unalike"] == 0' <out || fail "drift of maps"
"$FEATCACHE" audit drift store --from '#1:map' --to '#3:map' --pool max --json >out 2>err || [ $? -eq 1 ] || fail "drift of maps"
check_json 'o["pooling"] == "max"' <out || fail "a pooling"

# A policy: its bounds, its verdict, its exit code.
printf 'name: lax\ncompatible: { cka: { least: 0.5 } }\ngroups: {}\n' >lax.yaml
want_json 0 'o["verdict"] == "compatible" and o["policy"] == "lax" and [c["figure"] for c in o["checks"]] == ["cka", "adapted"]' \
    audit drift store --from '#1' --to '#3' --policy lax.yaml
printf 'compatible: { procrustes: { most: 0 } }\nadapter: { adapted: { least: 2 } }\n' >strict.yaml
want 1 audit drift store --from '#1' --to '#3' --policy strict.yaml
in_out "verdict    re-encode  (FAILS by the policy)"
in_out "above 0"
printf 'compatible: { procrustes: { most: 0 } }\nadapter: { adapted: { least: 2 } }\nfail_on: never\n' >never.yaml
want 0 audit drift store --from '#1' --to '#3' --policy never.yaml
in_out "verdict    re-encode"
printf 'compatible: { procrustes: { most: 0 } }\nadapter: { adapted: { least: 0 } }\nfail_on: adapter advised\n' >adapter.yaml
want 1 audit drift store --from '#1' --to '#3' --policy adapter.yaml
in_out "verdict    adapter advised  (FAILS by the policy)"
printf 'compatible: { neighbors: { least: 0.5 } }\njudge: mean\n' >wrong.yaml
want 4 audit drift store --from '#1' --to '#3' --policy wrong.yaml
in_err "wrong.yaml:1: "
in_err "neighbours"
in_err "wrong.yaml:2: "
want 2 audit drift store --from '#1' --to '#3' --policy absent.yaml

# The page: whole, without script and network, with the verdict, figures and pictures.
"$FEATCACHE" audit drift store --from '#1' --to '#3' --html page.html >out 2>err || [ $? -eq 1 ] || fail "a page"
for part in "<svg" "Neighbours in common" "Samples that moved most" "data:image/" "params.filter"; do
    grep -qF "$part" page.html || fail "the page lacks $part"
done
! grep -qiE '<script|https?://[^w]|@import' page.html || fail "the page reaches outside"

# What cannot be compared.
want 2 audit drift store --from '#1'
in_err "--to VERSION is missing"
want 2 audit drift store --from '#1' --to '#1'
in_err "both versions are 'hog@"
want 2 audit drift store --from '#1' --to '#3' --where 'kind == "bird"'
in_err "20 contents have features of both versions, at least 50 are needed"
want 2 audit drift store --from '#1' --to '#3' --by nothing
in_err "no sample has a value in column 'nothing'"
want 2 audit drift store --from '#1' --to '#3' --dataset none
want 2 audit drift store --from '#1' --to '#3' --output none
in_err "has no output 'none'; it has map, grid, pooled"
want 2 audit drift store --from '#1' --to '#3' --pool mean
in_err "both outputs are vectors already"
want 2 audit drift store --from '#1' --to '#3' -k 80
in_err "80 neighbours of 80 samples"
want 2 audit drift store --from '#1' --to hashtext
want 3 audit drift store --from "#1:grid" --to "#3:grid" --memory 1M
in_err "MiB"
# A version that gc has taken, and one whose data set is gone.
want 0 gc store --encoder '#2'
want 2 audit drift store --from '#1' --to '#2'
in_err "no encoder '#2'"
in_err "what gc has removed comes back by featcache ingest with its card"
# Missing pairs are counted, and do not hold it up.
make_source more 60
want 0 ingest store more.csv --dataset more --encoder resized.yaml
"$FEATCACHE" audit drift store --from '#1' --to '#3' --json >out 2>err || [ $? -eq 1 ] || fail "missing pairs"
check_json 'o["overall"]["pairs"] >= 80 and o["from"]["alone"] == 0 and o["to"]["alone"] == o["to"]["items"] - o["overall"]["pairs"]' <out || fail "missing pairs"
want 2 audit drift store --from '#1' --to '#3' --dataset more
