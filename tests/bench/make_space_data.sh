#!/usr/bin/env bash
# The stores that cross-modal retrieval is measured on (space_methods.sh, ../flow/cross_modal.sh), made
# once: run it again and it does only what is left to do. Prints nothing but what is wrong.
#
#   make_space_data.sh FOLDER [SET...]
#
# FOLDER/SET.store, SET one of these; default: all but stamps-more:
#   stamps      Tux Paint's stamps: pictures, English sentences, sounds; a group is what shares a stem
#   stamps-more into stamps.store, after stamps: DINOv2 ViT-S/14, and EfficientNet's map whose mean is `pooled`;
#               five minutes of a core
#   furniture   Sweet Home 3D's models and their English names; their icons too
#   openclipart drawings and their titles (openclipart_manifest.py)
# Each is encoded by the built-ins and, where FC_SHARED_DIR/models or MODELS has them, by EfficientNet-Lite0,
# all-MiniLM-L6-v2, YAMNet and PointNet, with the maps and tokens that attention heads read, as f16.
# Needs FEATCACHE, the program. Exit 3: data or a model that cannot be had.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: make_space_data.sh FOLDER [SET...]" >&2; exit 2; }
: "${FEATCACHE:?the featcache to run}"
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
models=${MODELS:-${FC_SHARED_DIR:-}/models}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- stamps furniture openclipart

unread='logits\|map7\|scores\|log_mel\|point_features'

# card NAME: the card of that model without the outputs that no head is fitted over, as FOLDER/cards/NAME.yaml.
card() {
    mkdir -p "$folder/cards"
    bash "$source_dir/cmake/place-card.sh" "$1" "$models" "$folder/cards/$1.yaml.part"
    sed "/name: \($unread\)[, ]/d" "$folder/cards/$1.yaml.part" \
        >"$folder/cards/$1.yaml"
    rm "$folder/cards/$1.yaml.part"
}

# manifest: of the stamps, made anew where it differs.
manifest() {
    local stamps
    stamps=$(bash "$source_dir/cmake/get-stamps.sh")
    bash "$source_dir/cmake/stamps-manifest.sh" "$stamps" >"$folder/stamps.csv.part"
    cmp -s "$folder/stamps.csv.part" "${stamps%/*}/captions.csv" ||
        cp "$folder/stamps.csv.part" "${stamps%/*}/captions.csv"
    rm "$folder/stamps.csv.part"
    printf '%s\n' "${stamps%/*}/captions.csv"
}

# encode SET MANIFEST BUILTINS MODELS: into FOLDER/SET.store. What it holds already is not encoded again.
encode() {
    local with=() status=0 one
    for one in $3; do with+=(--encoder "builtin/$one"); done
    if [ -d "$models" ]; then
        for one in $4; do
            card "$one"
            with+=(--encoder "$folder/cards/$one.yaml")
        done
    fi
    # 1: some files could not be encoded, as four silent sounds of the stamps; the ledger says why.
    nice "$FEATCACHE" ingest "$folder/$1.store" "$2" --dataset "$1" "${with[@]}" --progress=never \
        >"$folder/$1.log" 2>&1 || status=$?
    [ "$status" -le 1 ] || { cat "$folder/$1.log" >&2; exit "$status"; }
}

for set in "$@"; do
    case $set in
    stamps)
        csv=$(manifest)
        encode stamps "$csv" "lab-hog-lbp hashtext mfcc" "efficientnet-lite0 all-minilm-l6-v2 yamnet"
        ;;
    stamps-more)
        csv=$(manifest)
        unread='logits\|tokens\|tokens10' encode stamps "$csv" "" "efficientnet-lite0 dinov2-s14"
        ;;
    furniture)
        furniture=$(bash "$source_dir/cmake/get-furniture.sh")
        encode furniture "$furniture/furniture.csv" "fpfh hashtext lab-hog-lbp" \
            "pointnet-modelnet40 all-minilm-l6-v2 efficientnet-lite0"
        ;;
    openclipart)
        drawings=$(bash "$source_dir/cmake/get-openclipart.sh")
        [ -s "$drawings/openclipart.csv" ] || {
            python3 "$source_dir/tests/bench/openclipart_manifest.py" "$drawings" >"$drawings/openclipart.csv.part"
            mv "$drawings/openclipart.csv.part" "$drawings/openclipart.csv"
        }
        encode openclipart "$drawings/openclipart.csv" "lab-hog-lbp hashtext" "efficientnet-lite0 all-minilm-l6-v2"
        ;;
    *) echo "make_space_data.sh: no set '$set'; there are stamps, stamps-more, furniture and openclipart" >&2; exit 2 ;;
    esac
done
