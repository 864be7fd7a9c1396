#!/usr/bin/env bash
# Every method of `featcache fit` over the stores of make_space_data.sh: N seeded splits by group, each fitted
# anew, with paired differences to ridge. One line of JSON an evaluation, what `eval --json` prints with `set`
# and `method` in front; space_methods.py makes a table of them.
#
#   space_methods.sh DATA [N [SET...]] >results.jsonl
#
# DATA is a folder of make_space_data.sh, of which copies are worked on; N is 10 when left out; SET is of
#   stamps openclipart furniture sounds stamps-builtin openclipart-builtin furniture-builtin sounds-builtin
#   stamps-more (not by default: of make_space_data.sh stamps-more)
# METHODS names those to run (default: all); ridge is fitted in any case, and what it finds is in the lines of
# the others. With ONE_WAY=1 only the first direction is asked. JOBS: threads of a fit, default 1. Needs FEATCACHE.
# What a method says on the way goes to standard error; one that cannot be fitted is told there, and left out.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: space_methods.sh DATA [N [SET...]]" >&2; exit 2; }
: "${FEATCACHE:?the featcache to run}"
data=$1 splits=${2:-10}
shift $(($# > 1 ? 2 : 1))
[ $# -gt 0 ] || set -- stamps openclipart furniture sounds stamps-builtin openclipart-builtin furniture-builtin sounds-builtin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# begin SET DATASET: the store that `method` works on is a copy of DATASET's.
begin() {
    set=$1 store="$work/$2.store" ask=()
    [ -d "$store" ] || cp -r "$data/$2.store" "$store"
}

# method NAME FIT-OPTION...: fit NAME, then hold it against ridge, which comes first, in each of the directions in
# `ask`.
method() {
    local name=$1 from to gallery direction
    shift
    [[ $name == ridge || " ${METHODS:-$name} " == *" $name "* ]] || return 0
    "$FEATCACHE" fit "$store" --space "$set-$name" --jobs "${JOBS:-1}" --memory 2G --progress=never "$@" \
        >&2 || {
        echo "space_methods.sh: $set: no $name" >&2
        return 0
    }
    [ "$name" != ridge ] || return 0
    for direction in "${ask[@]}"; do
        read -r from to gallery <<<"$direction"
        "$FEATCACHE" eval "$store" --space "$set-$name" --against "$set-ridge" --from "$from" --to "$to" \
            --gallery "$gallery" --splits "$splits" --jobs "${JOBS:-1}" --memory 2G --progress=never \
            --json |
            sed "s/^{/{\"set\":\"$set\",\"method\":\"$name\",/"
        [ -z "${ONE_WAY:-}" ] || break
    done
}

# both A B [GALLERY]: ask from A to B and from B to A.
both() { ask=("$1 $2 ${3:-split}" "$2 $1 ${3:-split}"); }

for one in "$@"; do
    case $one in
    stamps | openclipart)
        begin "$one" "$one"
        both image text
        pooled=(--encoder efficientnet-lite0:pooled --encoder all-minilm-l6-v2:mean)
        rows=(--encoder efficientnet-lite0:map14=attention --encoder all-minilm-l6-v2:tokens=attention)
        method ridge "${pooled[@]}" --method ridge
        method cca "${pooled[@]}" --method cca
        method contrastive "${pooled[@]}" --method contrastive
        method contrastive-attention "${rows[@]}" --method contrastive
        method contrastive-fused "${pooled[@]}" "${rows[@]}" --method contrastive
        method cca-fused "${pooled[@]}" --encoder lab-hog-lbp --encoder hashtext --method cca
        ;;
    stamps-more)
        begin stamps-more stamps
        both image text
        pooled=(--encoder efficientnet-lite0:pooled --encoder all-minilm-l6-v2:mean)
        method ridge "${pooled[@]}" --method ridge
        method cca "${pooled[@]}" --method cca
        method cca-two-encoders "${pooled[@]}" --encoder dinov2-s14:patches10 --method cca
        # What attention starts from, and attention: over 14 x 14 cells of 112, and 7 x 7 of 1280.
        for map in map14 map7; do
            rows=(--encoder "efficientnet-lite0:$map=mean" --encoder all-minilm-l6-v2:tokens=mean)
            method "cca-$map" "${rows[@]}" --method cca
            method "contrastive-attention-$map" "${rows[@]//=mean/=attention}" --method contrastive
        done
        ;;
    furniture)
        begin furniture furniture
        both points text
        pooled=(--encoder pointnet-modelnet40:global_feature --encoder all-minilm-l6-v2:mean)
        method ridge "${pooled[@]}" --method ridge
        method cca "${pooled[@]}" --method cca
        method contrastive "${pooled[@]}" --method contrastive
        method cca-fused "${pooled[@]}" --encoder fpfh --method cca
        ;;
    sounds)
        begin sounds stamps
        ask=("audio text all")
        pooled=(--encoder yamnet:mean --encoder all-minilm-l6-v2:mean)
        method ridge "${pooled[@]}" --method ridge
        method cca "${pooled[@]}" --method cca
        method contrastive "${pooled[@]}" --method contrastive
        method contrastive-attention --encoder yamnet:embedding=attention --encoder all-minilm-l6-v2:tokens=attention \
            --method contrastive
        ;;
    *-builtin)
        dataset=${one%-builtin}
        begin "$one" "${dataset/sounds/stamps}"
        case $one in
        furniture-builtin) both points text; encoders=(--encoder fpfh --encoder hashtext) ;;
        sounds-builtin) ask=("audio text all"); encoders=(--encoder mfcc --encoder hashtext) ;;
        *) both image text; encoders=(--encoder lab-hog-lbp --encoder hashtext) ;;
        esac
        method ridge "${encoders[@]}" --method ridge
        method cca "${encoders[@]}" --method cca
        method contrastive "${encoders[@]}" --method contrastive
        ;;
    *) echo "space_methods.sh: no set '$one'" >&2; exit 2 ;;
    esac
done
