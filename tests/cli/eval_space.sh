# eval --space: the ranks are those that queries give, group by group; splits and fits anew; what a fit has
# seen is refused; declared spaces; and what cannot be asked.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 96
want 0 ingest store pics.csv --dataset pics --group-pattern '^[a-z]+[0-9]+'
want 0 fit store --space plain --encoder hog --encoder hashtext --method ridge

# By the samples' splits: 32 of 96 are kept away.
want_json 0 'o["schema"] == "featcache.eval/1" and o["space"] == "plain" and o["split"] == "test"
    and not o["seen"] and o["queries"] == o["gallery"] == o["groups"] == 32 and o["gallery_of"] == "split"
    and abs(o["chance"]["1"] - 1 / 32) < 1e-6 and abs(o["chance"]["10"] - 10 / 32) < 1e-6
    and o["chance"]["median_rank"] == 16.5 and o["recall"]["10"] > 2 * o["chance"]["10"]
    and all(lo <= o["recall"][k] <= hi for k, (lo, hi) in o["interval"].items() if k in o["recall"])
    and o["interval"]["mrr"][0] <= o["mrr"] <= o["interval"]["mrr"][1] and o["against"] is None' \
    eval store --space plain --from image --to text
want 0 eval store --space plain --from image --to text --progress=never
in_out "image to text in space plain version 1, split test"
in_out "chance 0.0312)"
in_out "compared    32 queries of 32 groups with 32, in "
[ ! -s err ] || fail "stderr is not empty"

# Held against queries: the place of the first of its group, for each picture among all texts.
want_json 0 'o["queries"] == 32 and o["gallery"] == 96 and o["gallery_of"] == "all"' \
    eval store --space plain --from image --to text --gallery all
mv out eval.json
sed -n 's/^\([a-z0-9]*\),.*,test,.*/{"id": "pics\/\1", "k": 96, "modality": "text"}/p' pics.csv >questions
[ "$(wc -l <questions)" -eq 32 ] || fail "not 32 questions"
"$FEATCACHE" query store --batch --space plain --exact <questions >answers || fail "a batch of queries"
python3 - <<'END' || fail "eval and query do not agree"
import json, statistics
ranks = []
for line in open("answers"):
    a = json.loads(line)
    own = a["query"]["id"].split("/")[1]
    ranks.append(next(h["rank"] for h in a["hits"] if h["group"] == own))
o = json.load(open("eval.json"))
got = [o["recall"][k] for k in ("1", "5", "10")] + [o["mrr"], o["median_rank"]]
want = [sum(r <= k for r in ranks) / 32 for k in (1, 5, 10)]
want += [sum(1 / r for r in ranks) / 32, statistics.median(ranks)]
# Vectors of segments are f16, so two neighbours may change places.
assert all(abs(g - w) < t for g, w, t in zip(got, want, (.04, .04, .04, .02, 1.6))), (got, want)
END

# What the fit has learnt from is refused, unless it is asked for by name.
want 2 eval store --space plain --from image --to text --split all
in_err "space 'plain' was fitted to 64 of the 96 groups of split 'all'"
want_json 0 'o["seen"] and o["queries"] == 64 and o["split"] == "train"' \
    eval store --space plain --from image --to text --split train
want 0 eval store --space plain --from image --to text --split train
in_out "which its heads have learnt from"
want 2 eval store --space plain --from image --to text --split validation
in_err "no group is of split 'validation'; there are "

# By the hash, where a fit goes by it: the same split is the same split, fitted anew.
want 0 fit store --space hashed --encoder hog --encoder hashtext --method ridge --whiten --ignore-splits --split-seed 7
want 0 fit store --space plain --encoder hog --encoder hashtext --method ridge --whiten
want_json 0 'not o["seen"] and 5 < o["queries"] < 40' eval store --space hashed --from text --to image
mv out one.json
want_json 0 'len(o["splits"]) == 1 and o["splits"][0]["seed"] == 7 and o["split"] is None' \
    eval store --space plain --from text --to image --splits 1 --split-seed 7
python3 - <<'END' || fail "a split of --splits is not that of a fit"
import json
one, split = json.load(open("one.json")), json.load(open("out"))
for key in ("queries", "groups", "gallery", "recall", "mrr", "median_rank", "chance"):
    assert one[key] == split[key], (key, one[key], split[key])
assert one["recall"] == split["splits"][0]["recall"] and one["mrr"] == split["splits"][0]["mrr"]
END
want 2 eval store --space hashed --from text --to image --split other
in_err "split 'other': groups went by a hash to 'train' and 'test'"

# Several splits, two spaces, paired; the same again.
want 0 fit store --space plain --encoder hog --encoder hashtext --method ridge
want 0 fit store --space weak --encoder hog --encoder hashtext --method ridge --penalty 1000000
want_json 0 'len(o["splits"]) == 3 and [s["seed"] for s in o["splits"]] == [0, 1, 2]
    and o["queries"] == sum(s["queries"] for s in o["splits"])
    and abs(o["mrr"] - sum(s["mrr"] for s in o["splits"]) / 3) < 2e-6
    and abs(o["against"]["mrr"] - sum(s["against"]["mrr"] for s in o["splits"]) / 3) < 2e-6
    and abs(o["mrr"] - o["against"]["mrr"] - o["against"]["difference"]["mrr"]) < 2e-6
    and o["against"]["difference"]["interval"]["mrr"][0] <= o["against"]["difference"]["mrr"]
    and o["draws"] == 300' \
    eval store --space plain --against weak --from image --to text --splits 3 --draws 300
sed 's/"seconds":[0-9.]*//' out >first
want 0 eval store --space plain --against weak --from image --to text --splits 3 --draws 300 --json
sed 's/"seconds":[0-9.]*//' out | cmp -s - first || fail "the same splits and draws give something else"
want_json 0 'all(v == [0, 0] for v in o["against"]["difference"]["interval"].values())' \
    eval store --space plain --against plain --from image --to text
want 0 eval store --space plain --against weak --from image --to text --splits 2
in_out "less what weak version 1 finds, pair by pair:"
in_out "mean of 2 splits"

# A declared space has learnt nothing: all may be asked about, and vectors that share nothing but their length
# find by chance.
printf 'name: txt\nmodality: text\nencoder: builtin/hashtext\nparams: { dim: 336 }\n' >txt.yaml
printf 'name: pair\nmembers:\n  - { card: builtin/hog, output: pooled }\n  - { card: txt.yaml, output: pooled }\n' >pair.yaml
want 0 ingest store pics.csv --dataset pics --group-pattern '^[a-z]+[0-9]+' --space pair.yaml
want_json 0 'o["split"] == "all" and o["queries"] == 96 and not o["seen"] and o["recall"]["10"] < 0.3' \
    eval store --space pair --from image --to text
want_json 0 'o["split"] == "test" and o["queries"] == 32' eval store --space pair --from image --to text --split test
want_json 0 'len(o["splits"]) == 2' eval store --space pair --from image --to text --splits 2

# Constant vectors: all scores are equal, and the measures are those of chance, to the last digit. A sample is
# not held against itself; who is alone in its group is left out.
PYTHONPATH="$here" python3 - <<'END'
from _npy import write_rows
# Multiples of one direction: other contents, equal cosines.
write_rows("same.npy", [[(i + 1) * x for x in (0.3, -0.1, 0.7, 0.2)] for i in range(9)])
with open("same.csv", "w") as f:
    f.write("id,path,row,group,modality\n")
    for i in range(9):
        f.write(f"s{i},same.npy,{i},{'abcd'[i // 2] if i < 8 else 'alone'},vector\n")
END
printf 'name: %s\nmodality: vector\nencoder: builtin/precomputed\nparams: { dim: 4 }\nvariant: %s\n' a a >a.yaml
sed 's/: a$/: b/' a.yaml >b.yaml
printf 'name: both\nmembers:\n  - { card: a.yaml, output: vector }\n  - { card: b.yaml, output: vector }\n' >ab.yaml
want 0 ingest same.store same.csv --space ab.yaml
want_json 0 'o["queries"] == 8 and o["gallery"] == 8 and o["no_relevant"] == 1 and o["recall"]["1"] == 0.125
    and {**o["recall"], "mrr": o["mrr"], "median_rank": o["median_rank"]} == o["chance"]' \
    eval same.store --space both --from vector --to vector

# One modality is empty: a data set of pictures alone.
grep -v -e '-text,' pics.csv >alone.csv
want 0 ingest store alone.csv --dataset alone --group-pattern '^[a-z]+[0-9]+' --space pair.yaml
want 2 eval store --space pair --dataset alone --from image --to text
in_err "no query is left: of the image samples asked about, 0 have no vector in the space, 96 no text in their group"
want 2 eval store --space pair --dataset alone --from text --to image
in_err "no query is left"

# What cannot be asked.
want 2 eval store --space nowhere --from image --to text
in_err "no space 'nowhere' in this store"
want 2 eval store --space plain --from audio --to text
in_err "space 'plain' has no stored audio; it takes image, text"
want 2 eval store --space plain --from image --to text --dataset none
want 2 eval store --space plain --from image --to text --against nowhere
want 2 eval store --space plain --from image
in_err "--to MODALITY is missing"
want 2 eval store --space plain --from picture --to text
in_err "--from 'picture': image, text, audio, points or vector"
want 2 eval store --space plain --from image --to text --label kind
want 2 eval store --space plain --from image --to text --splits 2 --split test
want 2 eval store --space plain --from image --to text --split-seed 3
want 2 eval store --from image --to text
in_err "--space NAME is missing"
