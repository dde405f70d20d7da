#!/bin/sh
# Builds bench/products-f32.c with the engine's kernels and runs it, pinned to one core where taskset is there.
# usage: bench/products-f32.sh [avx2|avx512vnni [network|all]]
set -e
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
common='-std=c11 -O3 -ffp-contract=off -fno-math-errno'
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
# With the instruction, since comparing with the generic kernels would take minutes without.
# shellcheck disable=SC2086
${CC:-cc} $common -mfma "$root/bench/products-f32.c" "$root/native/engine/implementations.c" "$root/native/engine/isa.c" \
  "$root"/native/kernels/generic/*.c "$work"/*.o -o "$work/products"
run=
if command -v taskset >/dev/null; then run='taskset -c 0'; fi
$run "$work/products" "${1:-avx512vnni}" "${2:-all}"
