# Adapters between two versions of an encoder: fitted, measured on what the fit did not see, listed,
# and every way in which they are refused.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
python3 "$here/_source.py" pics 200
printf 'name: hog\nmodality: image\nencoder: builtin/hog\n' >old.yaml
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nvariant: same\n' >same.yaml
printf 'name: hog\nmodality: image\nencoder: builtin/hog\nparams: { bins: 12 }\n' >bins.yaml
for card in old same bins; do want 0 ingest store pics --encoder $card.yaml; done

# The same numbers under another name: nothing is lost, and nothing is done about it.
want_json 0 'o["fit"]["how"] == "as it is" and o["fit"]["recall"]["adapted"]["10"] == [1, 1, 1]
    and o["fit"]["recall"]["unadapted"]["1"] == [1, 1, 1] and o["fit"]["recall"]["gain"]["10"][0] == 0
    and o["changed"] and o["version"] == 1 and o["adapter"] == "hog-adapter" and o["stage"] == "none"
    and o["fit"]["fit_pairs"] + o["fit"]["choose_pairs"] + o["fit"]["test_pairs"] == 200
    and o["fit"]["test_pairs"] == o["fit"]["queries"] == 40' adapt store --from '#1' --to '#2'
want_json 0 'not o["changed"] and o["version"] == 1' adapt store --from '#1' --to '#2'

# Other lengths: no unadapted queries. What is kept is far above chance, and not all.
want_json 0 'o["fit"]["recall"]["adapted"]["10"][1] > 5 * o["fit"]["recall"]["chance"]["10"]
    and o["fit"]["recall"]["adapted"]["10"][0] < 1 and "unadapted" not in o["fit"]["recall"]
    and {t["method"] for t in o["fit"]["tried"]} == {"procrustes", "ridge", "lowrank"}
    and sum(t["chosen"] for t in o["fit"]["tried"]) == 1' adapt store --from '#1' --to '#3' --name bins
for method in procrustes ridge lowrank; do
    want_json 0 "o['fit']['method'] == '$method' and all(t['method'] == '$method' for t in o['fit']['tried'])" \
        adapt store --from '#1' --to '#3' --name "$method" --method $method
done
want_json 0 'o["fit"]["how"] == "rank 7" and len(o["fit"]["tried"]) == 1' \
    adapt store --from '#1' --to '#3' --name lowrank --method lowrank --rank 7
want_json 0 'o["fit"]["fit_pairs"] + o["fit"]["choose_pairs"] + o["fit"]["test_pairs"] == 60
    and o["fit"]["common"] == 200' adapt store --from '#1' --to '#3' --name few --sample 60 --seed 4

want_json 0 '[a["name"] for a in o["adapters"]] ==
    ["bins", "few", "hog-adapter", "lowrank", "procrustes", "ridge"]
    and o["adapters"][3]["version"] == 2 and o["adapters"][0]["to"]["output"] == "pooled"
    and all(a["stage"] == "none" and a["from"]["stored"] for a in o["adapters"])' adapt store

# Migrated: a version of its own that is found where it is asked for, and never else.
for i in 1 2 3; do cp "pics/bird/bird$((4 * i)).png" "late$i.png"; printf "$i" >>"late$i.png"; done
mkdir late && mv late?.png late
want 0 ingest store late --encoder old.yaml
want_json 0 'o["migrated"]["items"] == 203 and o["migrated"]["datasets"] == 2 and o["adapter"] == "hog-migrate"
    and o["migrated"]["encoder"] == "hog.migrated" and o["fit"]["gallery"] == o["fit"]["queries"] == 40
    and o["fit"]["recall"]["adapted"]["10"][1] > 2 * o["fit"]["recall"]["chance"]["10"]' \
    adapt store --from '#1' --to '#3' --migrate --method procrustes
want_json 0 'o["encoders"][3]["name"] == "hog.migrated" and len({e["fingerprint"] for e in o["encoders"]}) == 4
    and o["encoders"][3]["provenances"][0].startswith("encoder=migrated adapter=")
    and "from=hog@" + o["encoders"][0]["fingerprint"] in o["encoders"][3]["provenances"][0]
    and "into=hog@" + o["encoders"][2]["fingerprint"] in o["encoders"][3]["provenances"][0]' encoders store
want_json 0 'o["encoder"] == "hog" and o["index"]["count"] == 200' query store --file pics/bird/bird0.png
want_json 0 'o["encoder"] == "hog.migrated" and o["index"]["count"] == 203 and
    o["hits"][0]["id"] == "bird/bird0.png" and o["hits"][0]["score"] > 0.9' \
    query store --file pics/bird/bird0.png --encoder hog.migrated --include-self
want_json 0 'o["migrated"]["items"] == 203' adapt store --from '#1' --to '#3' --migrate --method procrustes
want_json 0 'len(o["encoders"]) == 4' encoders store
want_json 0 'o["encoded"] == 3 and o["reused"] == 0' ingest store late --encoder bins.yaml
printf 'fail_on: never\n' >never.yaml
want_json 0 'o["changes_words"] == "the new side was migrated by an adapter, not encoded"' \
    audit drift store --from '#1' --to hog.migrated --policy never.yaml
want 2 adapt store --from '#1' --to hog.migrated
grep -q "was migrated, not encoded" err || fail "an adapter to migrated features: $(cat err)"
want 2 switch store hog-migrate --to old
grep -q "is to migrate by" err || fail "a switch by a migration: $(cat err)"

# An adapter is no space, and the other way round.
want_json 0 'o["spaces"] == []' space store
want 2 query store --space bins --file pics/bird/bird0.png
grep -q "'bins' is an adapter" err || fail "an adapter as a space: $(cat err)"

# It goes with the store: verified, copied, compacted.
want 0 verify store --full
want 0 backup store copy
want 0 compact copy
want_json 0 'len(o["adapters"]) == 7' adapt copy

refuse() {
    local words=$1
    shift
    want 2 adapt "$@"
    grep -q -- "$words" err || fail "adapt $*: wanted '$words': $(cat err)"
}
refuse "is both versions" store --from hog --to '#3'
refuse "--to VERSION is missing" store --from hog
refuse "no encoder 'hag'" store --from hag --to hog
refuse "has no output pool" store --from '#1' --to '#3' --output pool
refuse "has no output map that can be searched" store --from '#1' --to '#3' --output map
refuse "a rank of 400" store --from '#1' --to '#3' --method lowrank --rank 400
want 0 ingest store pics --dataset texts --encoder builtin/hashtext
refuse "of one modality" store --from hog --to hashtext

# Fewer than 50 in common; all the same; nothing any more.
python3 "$here/_source.py" less 49
for card in old bins; do want 0 ingest less.store less --encoder $card.yaml; done
refuse "49 items have features of both" less.store --from '#1' --to '#2'
mkdir one
for i in $(seq 60); do cp pics/bird/bird0.png one/$i.png && printf '%s' "$i" >>one/$i.png; done
for card in old bins; do want 0 ingest one.store one --encoder $card.yaml; done
refuse "are one vector" one.store --from '#1' --to '#2'
want 0 gc store --encoder '#3'
refuse "no encoder '#3'" store --from '#1' --to '#3'
want_json 0 'not o["adapters"][0]["to"]["stored"]' adapt store
