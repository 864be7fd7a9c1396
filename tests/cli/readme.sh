# The README's session, word for word: every command runs, and prints what the README says it prints.
# Its program in C is compiled against what this build installs, and run. `bash tests/cli/readme.sh
# --update` (with FEATCACHE, FC_SOURCE_DIR and FC_BUILD_DIR set) writes the outputs into the README.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
: "${FC_BUILD_DIR:?the build folder}"

# A stand-in for the checkout, so that the session's own `cd` and PATH stay as they are written.
mkdir -p start/build/release prefix bin tmp
ln -s "$FC_SOURCE_DIR/tests" start/tests
ln -s "$FEATCACHE" start/build/release/featcache
export TMPDIR=$work/tmp LC_ALL=C.UTF-8
unset CDPATH ENV BASH_ENV

# `cc` is this build's compiler, with its sanitizers where it has some.
cache() { sed -n "s/^$1:[A-Z]*=//p" "$FC_BUILD_DIR/CMakeCache.txt"; }
flags=$(cache CMAKE_C_FLAGS | tr ' ' '\n' | grep '^-fsanitize' | tr '\n' ' ')
printf '#!/bin/sh\nexec %s %s -std=c11 -Wall -Wextra -Werror "$@"\n' "$(cache CMAKE_C_COMPILER)" "$flags" >bin/cc
chmod +x bin/cc
cmake --install "$FC_BUILD_DIR" --prefix "$work/prefix" >log 2>&1 || fail "cmake --install: $(tail -n 5 log)"
pc=$(dirname "$(find prefix -name featcache.pc)")
export PATH="$work/bin:$PATH" PKG_CONFIG_PATH="$work/$pc" LD_LIBRARY_PATH="$work/$(dirname "$pc")"

rm -f out err
python3 "$here/_readme.py" "$FC_SOURCE_DIR/README.md" "$work/start" "$@" || fail "the README and the program differ"
