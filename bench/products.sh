#!/bin/sh
# Builds bench/products.c with the engine's kernels and runs it, pinned to one core where taskset is there.
# usage: bench/products.sh [native|generic|avx2|avx512vnni [network|all]]
PROGRAM=products exec "$(dirname "$0")/kernels.sh" "$@"
