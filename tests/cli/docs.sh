# What the documents point at is there: links between them, the files that src/README.md names, and
# in THIRD-PARTY.md the package of every library that the program loads.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
cd "$FC_SOURCE_DIR" || exit 3
problems=$work/problems
: >"$problems"

documents=(*.md schemas/*.md src/*.md tests/*.md tests/*/*.md)
[ "${#documents[@]}" -ge 10 ] || fail "only ${#documents[@]} documents: where are we?"

for document in "${documents[@]}"; do
    folder=$(dirname "$document")
    grep -oE '\]\([^)#]+' "$document" | cut -c3- | while IFS= read -r target; do
        case $target in *://*) continue ;; esac
        [ -e "$folder/$target" ] || echo "$document: no $target" >>"$problems"
    done
done

# `store/fc_record_*.c` and the like, and names alone that go on from them: `codec/a.c`, `b.c`.
grep -oE '`[a-z]+/[A-Za-z0-9_*.]+\.[chd]+`' src/README.md | tr -d '`' | sort -u >"$work/named"
[ "$(wc -l <"$work/named")" -ge 20 ] || fail "src/README.md names only $(wc -l <"$work/named") files"
while IFS= read -r name; do
    compgen -G "src/$name" >/dev/null || compgen -G "$name" >/dev/null || echo "src/README.md: no src/$name" >>"$problems"
done <"$work/named"
for folder in src/*/; do
    grep -qE "\b$(basename "$folder")\b" src/README.md || echo "src/README.md: nothing of $folder" >>"$problems"
done

# The package of a library. dpkg knows a file by the path in the package, which on a merged system is
# with or without /usr. What an administrator put there belongs to none.
package_of() {
    local file
    file=$(realpath "$1")
    { dpkg -S "$file" || dpkg -S "${file#/usr}" || dpkg -S "/usr$file"; } 2>/dev/null | head -n 1 | cut -d: -f1
}

# The C library is the system's; a sanitizer is no part of what is shipped.
n_packages=0
if command -v dpkg >/dev/null && ! grep -qE '^CMAKE_C_FLAGS:.*sanitize' "${FC_BUILD_DIR:?}/CMakeCache.txt"; then
    ldd "$FEATCACHE" | sed -nE 's/.*=> (\/[^ ]+).*/\1/p' >"$work/loaded"
    while IFS= read -r file; do
        package=$(package_of "$file")
        case $package in '' | libc6) continue ;; esac
        n_packages=$((n_packages + 1))
        grep -qw -- "$package" THIRD-PARTY.md || echo "THIRD-PARTY.md: no $package (${file##*/})" >>"$problems"
    done <"$work/loaded"
    [ "$n_packages" -ge 10 ] || echo "only $n_packages of $(wc -l <"$work/loaded") libraries belong to a package" >>"$problems"
fi

[ ! -s "$problems" ] || fail "$(cat "$problems")"
echo "${#documents[@]} documents, $(wc -l <"$work/named") files of src/README.md, $n_packages packages"
