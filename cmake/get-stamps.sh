#!/usr/bin/env bash
# The stamps of ./demo: pictures, texts and sounds of Debian's package tuxpaint-stamps-default.
# Prints the folder that holds them; see get-package.sh.
exec bash "$(dirname "$0")/get-package.sh" tuxpaint-stamps-default stamps usr/share/tuxpaint/stamps 161
