#!/usr/bin/env bash
# label: full
# What spaces find across modalities, on real data and on groups that no fit has seen: with models from
# FC_SHARED_DIR, pictures and sentences of the stamps and drawings and titles of openclipart, ten splits by group,
# paired against ridge; furniture to its names; sounds to the sentences. With built-in encoders alone, above
# chance. The stores are made once, in FC_SPACE_DATA or in the build folder (tests/bench/make_space_data.sh);
# data that is not there and cannot be fetched is told, and left out.
set -uo pipefail
: "${FEATCACHE:?the built program}" "${FC_SOURCE_DIR:?the checkout}" "${FC_BUILD_DIR:?the build folder}"
bench=$FC_SOURCE_DIR/tests/bench
data=${FC_SPACE_DATA:-$FC_BUILD_DIR/space-data}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/featcache
command -v python3 >/dev/null || { echo "SKIPPED: python3 counts, and it is not installed"; exit 77; }
sets=()
[ ! -d "$cache/stamps" ] || sets+=(stamps)
[ ! -d "$cache/furniture" ] || sets+=(furniture)
[ ! -d "$cache/openclipart" ] || sets+=(openclipart)
[ ${#sets[@]} -gt 0 ] || { echo "SKIPPED: no data; fetch it with cmake/get-stamps.sh, get-furniture.sh, get-openclipart.sh"; exit 77; }
has() { [[ " ${sets[*]} " == *" $1 "* ]]; }
for one in stamps furniture openclipart; do has "$one" || echo "SKIPPED: $one; fetch it with cmake/get-$one.sh"; done

bash "$bench/make_space_data.sh" "$data" "${sets[@]}" || { echo "FAILED: no stores"; exit 1; }
ask=()
has stamps && ask+=(stamps-builtin)
if [ -d "${MODELS:-${FC_SHARED_DIR:-}/models}" ]; then
    has stamps && ask+=(stamps sounds)
    has openclipart && ask+=(openclipart)
    has furniture && ask+=(furniture)
else
    echo "SKIPPED: what models find: there is no folder of models in FC_SHARED_DIR"
fi
results=$(mktemp)
trap 'rm -f "$results" "$results.log"' EXIT
ONE_WAY=1 METHODS=${METHODS:-cca} bash "$bench/space_methods.sh" "$data" 10 "${ask[@]}" >"$results" 2>"$results.log" ||
    { tail -n 5 "$results.log"; echo "FAILED: not all could be measured"; exit 1; }
python3 "$bench/space_methods.py" --check "$results"
