#!/bin/sh
# Builds bench/tiles.c with the engine's kernels and runs it, pinned to one core where taskset is there.
# usage: bench/tiles.sh [--json] [native|generic|avx2|avx512vnni [layer|all]]
form=text
if [ "${1:-}" = --json ]; then
  form=json
  shift
fi
PROGRAM=tiles exec "$(dirname "$0")/kernels.sh" "${1:-native}" "${2:-all}" "$form"
