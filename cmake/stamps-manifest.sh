#!/usr/bin/env bash
# A manifest (CSV, to stdout) of the stamps in FOLDER: id,path,text,group. A row for each picture and sound
# (not the spoken sentences, *_desc*), and for the first line of each text file, which is the English one of
# some 70; all of one stem are a group. Paths are seen from the folder that holds FOLDER, where it belongs.
#
#   cmake/stamps-manifest.sh FOLDER
set -euo pipefail
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: stamps-manifest.sh FOLDER" >&2; exit 2; }
echo "id,path,text,group"
(cd "$1" && find . -name '*_desc*' -o \( -name '*.png' -o -name '*.svg' -o -name '*.ogg' -o -name '*.txt' \) -print |
    LC_ALL=C sort) | while IFS= read -r file; do
    file=${file#./}
    group=${file%.*}
    case $file in
    *.png | *.svg | *.ogg) printf '"%s","%s/%s",,"%s"\n' "$file" "${1##*/}" "$file" "$group" ;;
    *)
        IFS= read -r line <"$1/$file" || true
        [ -z "$line" ] || printf '"%s",,"%s","%s"\n' "$group" "${line//\"/\"\"}" "$group"
        ;;
    esac
done
