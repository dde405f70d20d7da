/* A kernel that is computed in one of two ways. */
#ifndef TINYML_SIMD_EITHER_H
#define TINYML_SIMD_EITHER_H

#include "words.h"

/* `name`: the functions of `first` where these support the parameters, else those of `second`. */
#define TINYML_EITHER(name, first, second)                                                                  \
  static const tinyml_functions *either_of(const void *of) {                                                \
    return (first)->supports(of) ? (first) : (second);                                                      \
  }                                                                                                         \
  static int either_supports(const void *of) {                                                              \
    return either_of(of)->supports(of);                                                                     \
  }                                                                                                         \
  static int64_t either_packed_bytes(const void *of) {                                                      \
    return either_of(of)->packed_bytes(of);                                                                 \
  }                                                                                                         \
  static void either_pack(const void *of, const void *const *constants, void *packed) {                     \
    either_of(of)->pack(of, constants, packed);                                                             \
  }                                                                                                         \
  static int64_t either_scratch_bytes(const void *of) {                                                     \
    return either_of(of)->scratch_bytes(of);                                                                \
  }                                                                                                         \
  static void either_run(const void *of, void *const *operands, const void *packed, void *scratch) {        \
    either_of(of)->run(of, operands, packed, scratch);                                                      \
  }                                                                                                         \
  const tinyml_functions name = {either_supports, either_packed_bytes, either_pack, either_scratch_bytes, either_run};

#endif
