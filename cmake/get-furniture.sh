#!/usr/bin/env bash
# The shapes of ./demo: 820 OBJ models with their icons and names, in the zips (.sh3f) of Debian's
# package sweethome3d-furniture. Prints the folder that holds them; see get-package.sh. Beside the
# zips is then a manifest of them, furniture.csv (furniture-manifest.pl).
set -euo pipefail
here=$(dirname "$0")
folder=$(bash "$here/get-package.sh" sweethome3d-furniture furniture usr/share/sweethome3d/furniture 126)
if [ ! -s "$folder/furniture.csv" ] || [ "$here/furniture-manifest.pl" -nt "$folder/furniture.csv" ]; then
    perl "$here/furniture-manifest.pl" "$folder"/*.sh3f >"$folder/furniture.csv.part"
    mv "$folder/furniture.csv.part" "$folder/furniture.csv"
fi
printf '%s\n' "$folder"
