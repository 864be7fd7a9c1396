#!/usr/bin/env bash
# label: full
# Fashion-MNIST, all 70,000 images out of one .npy: the same features as from PNG files.
set -uo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/fashion-mnist
[ -f "$cache/fashion.csv" ] || { echo "SKIPPED: fashion_mnist.sh has not fetched the data yet"; exit 77; }
FC_MANIFEST=$cache/fashion.csv exec bash "$(dirname "$0")/npy_images.sh"
