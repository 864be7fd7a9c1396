# What a card of builtin/hashtext says about words: repair of damaged texts, normal forms, pairs, stop
# words of a built-in list and of a file; and that each of them makes an encoder version of its own.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

mkdir texts
printf 'a caf\xe9 in the old town' >texts/damaged.txt
printf 'the \357\254\201sh of the river' >texts/fish.txt
printf '\347\272\242\350\211\262\351\270\237' >texts/han.txt
printf 'and the' >texts/stop.txt
settle

card() { # NAME PARAMS
    printf 'name: %s\nmodality: text\nencoder: builtin/hashtext\nparams: { %s }\n' "$1" "$2" >"$1.yaml"
}
fingerprint() { json "[e['fingerprint'] for e in o['encoders'] if e['name'] == '$1'][-1]" encoders store; }

# Without the request a damaged text is refused, with the place of the damage.
want 1 ingest store texts
in_err 'damaged.txt: the text is not UTF-8: byte 5 is 0xe9 and starts no character; a card with `repair: true` replaces such bytes'
want_json 1 'o["failed"] == 1 and o["samples"] == 4' ingest store texts
want 0 stat store --failures
in_out 'byte 5 is 0xe9'

# With it, it is a text like others, and found by its whole words.
card repaired 'repair: true, normalise: nfkc'
want_json 0 'o["encoded"] == 4 and o["failed"] == 0' ingest store texts --encoder repaired.yaml
want_json 0 'o["hits"][0]["id"] == "damaged.txt"' query store --text 'old town' --encoder repaired
printf 'OLD \377 town' >query.txt
want_json 0 'o["hits"][0]["id"] == "damaged.txt"' query store --file query.txt --encoder repaired
want 4 query store --file query.txt --encoder hashtext
in_err 'byte 4 is 0xff'

# NFKC: the ligature is met by its letters.
want_json 0 'o["hits"][0]["id"] == "fish.txt"' query store --text fish --encoder repaired

# Pairs of characters: rows of the output tokens.
want 0 encode builtin/hashtext --file texts/han.txt --output tokens
[ "$(wc -l <out)" -eq 3 ] || fail "three characters"
card pairs 'cjk: pairs'
want 0 encode pairs.yaml --file texts/han.txt --output tokens
[ "$(wc -l <out)" -eq 2 ] || fail "two pairs"
card unicode 'words: unicode'
for card in builtin/hashtext:4 unicode.yaml:2; do
    want 0 encode "${card%:*}" --text 'x_y 3.14' --output tokens
    [ "$(wc -l <out)" -eq "${card#*:}" ] || fail "words of ${card%:*}"
done

# Stop words: the built-in list, a list of one's own, and a text that has no other words.
card english 'stop_words: english'
want 0 encode english.yaml --file texts/fish.txt --output tokens
[ "$(wc -l <out)" -eq 2 ] || fail "fish and river"
want 0 encode english.yaml --file texts/stop.txt --output tokens
[ "$(wc -l <out)" -eq 2 ] || fail "a text of stop words keeps them"
printf 'RIVER | folded like the texts\nthe' >mine.txt
card mine 'stop_words: ./mine.txt, normalise: nfkc'
want 0 encode mine.yaml --file texts/fish.txt --output tokens
[ "$(wc -l <out)" -eq 2 ] || fail "fish and of"

# The words of the list are in the version, wherever the file is afterwards; its name is not.
want 1 ingest store texts --encoder mine.yaml
first=$(fingerprint mine)
mkdir moved && printf '# again\nthe RIVER\n' >moved/other.txt && rm mine.txt
want_json 0 'o["hits"][0]["id"] == "fish.txt"' query store --text 'river fish' --encoder mine
printf 'name: mine\nmodality: text\nencoder: builtin/hashtext\nparams: { stop_words: other.txt, normalise: nfkc }\n' >moved/card.yaml
want_json 0 'o["same"]' encoders --explain moved/card.yaml store
printf 'the river\n' >moved/other.txt
want_json 0 'not o["same"] and "data.stop_words: river the in moved/card.yaml, RIVER the in the store" in o["text"]' \
    encoders --explain moved/card.yaml store
want 1 ingest store texts --encoder moved/card.yaml
[ "$(fingerprint mine)" != "$first" ] || fail "another list is another version"

# What cannot be taken is said at its line.
want 4 ingest store texts --encoder mine.yaml
in_err "mine.yaml:4: stop_words is './mine.txt': "
card absolute "stop_words: $work/moved/other.txt"
want 4 ingest store texts --encoder absolute.yaml
in_err 'is absolute'
card misspelt 'stop_words: englich'
want 4 ingest store texts --encoder misspelt.yaml
in_err "did you mean 'english'?"
