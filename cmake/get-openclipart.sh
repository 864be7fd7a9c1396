#!/usr/bin/env bash
# The drawings of tests/bench/make_space_data.sh: 8,100 SVGs with titles of Debian's package
# openclipart-svg. Prints the folder that holds them; see get-package.sh.
exec bash "$(dirname "$0")/get-package.sh" openclipart-svg openclipart usr/share/openclipart/svg 25
