#!/bin/sh
# Builds bench/kernels.c with the engine's kernels and runs it, pinned to one core where taskset is there.
# usage: bench/kernels.sh [native|generic|avx2|avx512vnni [network|all [s8|f32]]]
set -e
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
set -- "${1:-native}" "${2:-all}" "${3:-s8}"
common='-std=c11 -O3 -ffp-contract=off -fno-math-errno'
fma=
if [ "$(uname -m)" = x86_64 ]; then
  for file in "$root"/native/kernels/simd/*.c "$root"/native/kernels/simd-f32/*.c; do
    folder=$(dirname "$file")
    name=$(basename "$folder")-$(basename "$file")
    wide=$folder/vec_avx512vnni.h
    if [ "$(basename "$folder")" = simd-f32 ]; then wide=$folder/vec_avx512.h; fi
    # shellcheck disable=SC2086
    ${CC:-cc} $common -mavx2 -mfma -include "$folder/vec_avx2.h" -c "$file" -o "$work/$name-avx2.o"
    # shellcheck disable=SC2086
    ${CC:-cc} $common -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -include "$wide" \
      -c "$file" -o "$work/$name-avx512vnni.o"
  done
  # Without the instruction, comparing float layers with the generic kernel would take a minute.
  if [ "$3" = f32 ] && [ "$1" != generic ]; then fma=-mfma; fi
fi
objects=$(find "$work" -name '*.o')
# shellcheck disable=SC2086
${CC:-cc} $common $fma "$root/bench/${PROGRAM:-kernels}.c" "$root/native/engine/implementations.c" "$root/native/engine/isa.c" \
  "$root"/native/kernels/generic/*.c $objects -lm -o "$work/kernels"
if command -v taskset >/dev/null; then
  taskset -c 0 "$work/kernels" "$1" "$2" "$3"
else
  "$work/kernels" "$1" "$2" "$3"
fi
