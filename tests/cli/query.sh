# Queries by text, file, id and vector: the nearest first, itself left out, filters with the column
# of an error, texts through their groups to pictures, as text, JSON and page.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 24
"$FEATCACHE" ingest store pics.csv --dataset pics --group-pattern '^[a-z]+[0-9]+' >/dev/null 2>&1 ||
    fail ingest

want_json 0 'o["schema"] == "featcache.query/1" and o["space"] is None and o["via"] is None
    and o["query"] == {"modality": "text", "text": "a picture of a fish"} and len(o["hits"]) == 5
    and o["hits"][0]["meta"]["kind"] == "fish" and o["hits"][0]["meta"]["year"] >= 2000
    and [h["rank"] for h in o["hits"]] == [1, 2, 3, 4, 5]
    and all(a["score"] >= b["score"] for a, b in zip(o["hits"], o["hits"][1:]))
    and all(h["modality"] == "text" and h["preview"].startswith("a picture") for h in o["hits"])
    and o["index"]["count"] == 24 and o["index"]["exact"] and o["index"]["kinds"]
    and o["index"]["generation"] >= 1 and set(o["timing_ms"]) == {"load", "encode", "search"}' \
    query store --text "a picture of a fish" -k 5
want 0 query store --text "a picture of a fish" -k 5
[ "$(wc -l <out)" -eq 5 ] || fail "not five lines"
grep -qE '^  1  +0\.[0-9]{4}  pics/fish[0-9]+-text' out || fail "the first hit: $(head -1 out)"
in_err "5 hits of 24 items"
want 0 query store --file pics/tree/tree2.png -k 3
grep -qE '^  1  +[01]\.[0-9]{4}  pics/(tree[0-9]+) .* pics/tree/tree[0-9]+\.png$' out || fail "no path of the first hit"

# A file that is in the store: itself is left out, unless asked for.
want_json 0 'o["query"]["modality"] == "image" and o["hits"][0]["id"] != "tree2"
    and o["hits"][0]["meta"]["kind"] == "tree" and o["hits"][0]["path"].endswith(".png")' \
    query store --file pics/tree/tree2.png
want_json 0 'o["hits"][0]["id"] == "tree2" and o["hits"][0]["score"] > 0.999' \
    query store --file pics/tree/tree2.png --include-self
want_json 0 'o["query"]["id"] == "pics/tree2" and all(h["id"] != "tree2" for h in o["hits"])' \
    query store --id pics/tree2
"$FEATCACHE" query store --id pics@1/tree2 --json 2>/dev/null |
    check_json 'o["hits"][0]["meta"]["kind"] == "tree"' || fail "by an id of a version"

# A vector finds what has it.
want 0 get store pics/bird4 --encoder hog --output pooled -o v.npy
want_json 0 'o["hits"][0]["id"] == "bird4" and o["hits"][0]["score"] > 0.999
    and o["query"]["vector"] == "v.npy"' query store --vector v.npy --encoder hog --include-self
want 2 query store --vector v.npy
in_err "--encoder"
want 2 query store --file nothere.png
in_err nothere.png
printf 'no array' >no.npy
want 4 query store --vector no.npy --encoder hog
want 2 query store --vector nothere.npy --encoder hog
in_err nothere.npy

# Filters.
want_json 0 'o["hits"] and all(h["meta"]["kind"] == "bird" and h["meta"]["year"] > 2004 for h in o["hits"])
    and o["query"]["where"]' query store --text stripes --where 'kind = "bird" and year > 2004'
want 0 query store --text stripes --where 'year > 9999'
[ ! -s out ] || fail "hits that do not fulfil the filter"
want 2 query store --text stripes --where 'kind = = 3'
in_err "column 8"
want 2 query store --text stripes --where 'kind in ('
in_err "column"
want_json 0 'all(h["dataset"] == "pics" for h in o["hits"])' query store --text a --dataset pics@1
want 2 query store --text a --dataset none
want 2 query store --text a --modality smell
want 2 query store --text a --encoder none
want 2 query store --id pics/none
in_err none
want 2 query store --id none

# No shared space yet: pictures by the texts of their groups, and it says so.
want_json 0 'o["via"] == "groups" and o["space"] is None and o["hits"]
    and all(h["modality"] == "image" and h["via"].startswith(h["id"]) for h in o["hits"])
    and o["hits"][0]["meta"]["kind"] == "house"' query store --text "a picture of a house" --modality image
want 0 query store --text "a picture of a house" --modality image
in_err "without --space: matched texts, showing the samples of the same groups"
in_out "matched house"
want 0 query store --file pics/bird/bird0.png --modality text
in_err "without --space: matched images, showing the samples of the same groups"

# The same answer by the exact scan and with one thread.
first=$(json '[(h["id"], h["score"]) for h in o["hits"]]' query store --text "a tree")
[ "$first" = "$(json '[(h["id"], h["score"]) for h in o["hits"]]' query store --text "a tree" --exact --jobs 1)" ] ||
    fail "the exact scan answers otherwise"

# The page: one file, nothing from elsewhere, the hits on it.
want 0 query store --file pics/bird/bird0.png --html page.html
grep -q '<html' page.html && grep -q 'bird' page.html || fail "the page lacks the hits"
! grep -qiE '<script|src="?https?:|<link' page.html || fail "the page needs something from elsewhere"
want 2 query store --text a --html no/such/folder/page.html

want 3 query nowhere --text a
[ ! -e nowhere ] || fail "a query made a store"
want 2 query store --file "$FC_SOURCE_DIR/tests/cli/_lib.sh" --encoder hog
in_err "hog"
head -c 200 pics/bird/bird0.png >cut.png
want 4 query store --file cut.png
in_err PNG

# A name in a filter that nothing has is a slip more often than not.
want 0 query store --text bird --where 'kimd = "bird"'
in_err "where: no sample searched has a column 'kimd'; did you mean 'kind'?"
want 0 query store --text bird --where 'kind = bird'
in_err "no sample searched has a column 'bird'; a text to compare with goes in quotes"
want 0 query store --text bird --where 'kind = "bird" and not (modality = "image")'
not_in_err "no sample searched"
want_json 0 'o["notices"] == ["where: no sample searched has a column '"'kimd'; did you mean 'kind'?"'"] and o["hits"]' \
    query store --text bird --where 'not (kimd = "bird")'
