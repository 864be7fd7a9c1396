#!/usr/bin/env bash
# Writes the card schemas/encoders/models/NAME.yaml to OUT, with the paths of its model and tokenizer as
# they are found in the folder MODELS or below it. Exit 3 when a file is not there.
#
#   cmake/place-card.sh NAME MODELS OUT
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: place-card.sh NAME MODELS OUT" >&2; exit 2; }
card=$(dirname "$0")/../schemas/encoders/models/$1.yaml
model=$(sed -n 's/^model: *\([^ ]*\).*/\1/p' "$card")
model_file=$(find -L "$2" -name "$model" -type f | LC_ALL=C sort | sed -n 1p)
[ -n "$model_file" ] || { echo "place-card: no $model in $2; schemas/encoders/models/$1.yaml says what it is" >&2; exit 3; }
tokenizer=$(sed -n 's/^tokenizer: *\([^ ]*\).*/\1/p' "$card")
if [ -n "$tokenizer" ] && [ ! -f "${model_file%/*}/$tokenizer" ]; then
    echo "place-card: no $tokenizer beside $model_file" >&2
    exit 3
fi
# A path in double quotes may hold all but these two, which get a backslash: for YAML, then for sed.
folder=$(printf %s "$(realpath -- "${model_file%/*}")/" | sed 's/[\\"]/\\&/g; s/[&|\\]/\\&/g')
sed "s|^\(model\): *\([^ ]*\).*|\1: \"$folder\2\"|; s|^\(tokenizer\): *\([^ ]*\).*|\1: \"$folder\2\"|" "$card" >"$3"
