#!/bin/sh
# Builds bench/tiles.c with the engine's kernels and runs it, pinned to one core where taskset is there.
# usage: bench/tiles.sh [native|generic|avx2|avx512vnni [layer|all [text|json]]]
PROGRAM=tiles exec "$(dirname "$0")/kernels.sh" "${1:-native}" "${2:-all}" "${3:-text}"
