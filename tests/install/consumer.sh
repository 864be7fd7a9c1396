#!/usr/bin/env bash
# Installs the build into a prefix of its own, then builds and runs a consumer in C and in C++:
# through find_package, and through pkg-config after the prefix was moved.
set -euo pipefail

fail() {
    echo "FAIL: $*"
    exit 1
}

if grep -qE '^CMAKE_C_FLAGS:.*sanitize' "$FC_BUILD_DIR/CMakeCache.txt"; then
    echo "a sanitized library cannot be used by a plain program"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$FC_SOURCE_DIR/tests/install/consumer
want="$(sed -n 's/^#define FC_VERSION_[A-Z]* *//p' "$FC_SOURCE_DIR/include/featcache/types.h" | paste -sd .) not found"

cmake --install "$FC_BUILD_DIR" --prefix "$work/prefix" >"$work/log" || fail "$(cat "$work/log")"

# Every header that was installed is compiled in both languages, each first in its turn.
mkdir "$work/consumer"
cp "$here"/* "$work/consumer/"
(cd "$work/prefix/include" && find featcache -name '*.h' | LC_ALL=C sort) >"$work/headers"
grep -q featcache/types.h "$work/headers" || fail "featcache/types.h is not installed"
sed 's/.*/#include <&>/' "$work/headers" >"$work/consumer/all_headers.h"
while read -r header; do
    printf '#include <%s>\n' "$header" >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cpp"
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$work/prefix/include" "$work/alone.c" ||
        fail "$header does not compile alone in C"
    c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$work/prefix/include" "$work/alone.cpp" ||
        fail "$header does not compile alone in C++"
done <"$work/headers"

cmake -S "$work/consumer" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 &&
    cmake --build "$work/build" >>"$work/log" 2>&1 || fail "find_package: $(tail -n 30 "$work/log")"
for language in c cpp; do
    got=$("$work/build/consumer_$language")
    [ "$got" = "$want" ] || fail "consumer_$language printed '$got', not '$want'"
done

mv "$work/prefix" "$work/moved"
pc=$(dirname "$(find "$work/moved" -name featcache.pc)")
for language in c cpp; do
    compiler=cc
    [ $language = c ] || compiler=c++
    # shellcheck disable=SC2046  # the flags are words
    $compiler "$work/consumer/consumer.$language" -o "$work/by_pc_$language" \
        $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs featcache)
    got=$(LD_LIBRARY_PATH=$(dirname "$pc") "$work/by_pc_$language")
    [ "$got" = "$want" ] || fail "by_pc_$language printed '$got', not '$want'"
done
# The program that draws SVGs is found from the program and from the library, wherever both were moved.
printf '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="4" height="4"/></svg>' >"$work/a.svg"
if [ -x "$FC_BUILD_DIR/featcache-svg" ]; then
    "$work/moved/bin/featcache" encode builtin/hog --file "$work/a.svg" -o "$work/a.npy" >"$work/log" 2>&1 ||
        fail "the moved program draws no SVG: $(cat "$work/log")"
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$work/consumer/svg.c" -o "$work/svg" \
        $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs featcache)
    LD_LIBRARY_PATH=$(dirname "$pc") "$work/svg" "$work/a.svg" >"$work/log" ||
        fail "the moved library draws no SVG: $(cat "$work/log")"
    find "$work/moved" -name featcache-svg -delete
fi
! "$work/moved/bin/featcache" encode builtin/hog --file "$work/a.svg" -o "$work/a.npy" >"$work/log" 2>&1 ||
    fail "an SVG is drawn without featcache-svg"
grep -q featcache-svg "$work/log" || fail "nothing says that featcache-svg is missing: $(cat "$work/log")"
! ldd "$work/moved/bin/featcache" | grep -i rsvg || fail "featcache links librsvg"

# What is installed works without the checkout: no path into it may be left in the package files.
! grep -rIl -e "$FC_SOURCE_DIR" -e "$FC_BUILD_DIR" "$work/moved" || fail "the files above name the checkout"
echo "$(wc -l <"$work/headers") headers, C and C++, find_package and pkg-config"
