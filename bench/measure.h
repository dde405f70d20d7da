/* What the benchmarks of kernels share: a clock, random operands, and the speed of nothing but multiply-adds. */
#ifndef TINYML_BENCH_MEASURE_H
#define TINYML_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../native/engine/implementations.h"

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)(t.tv_sec % 100000) + 1e-9 * (double)t.tv_nsec;
}

static void *allocate(size_t bytes) {
  void *block = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (block == NULL) exit(2);
  return block;
}

static uint32_t state = 1;
static uint32_t random_word(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static int8_t *random_bytes(size_t count) {
  int8_t *bytes = allocate(count);
  for (size_t i = 0; i < count; i++) bytes[i] = (int8_t)(random_word() & 0xff);
  return bytes;
}

static float *random_floats(size_t count) {
  float *floats = allocate(count * sizeof(float));
  for (size_t i = 0; i < count; i++) floats[i] = (float)(random_word() & 0xffff) / 32768.0f - 1.0f;
  return floats;
}

/* Products per second of 12 independent accumulators; 0 where there is no such instruction. */
#if defined(__x86_64__)
#define TWELVE(instruction)                                                                                    \
  instruction " %12, %12, %0\n" instruction " %12, %12, %1\n" instruction " %12, %12, %2\n"                    \
  instruction " %12, %12, %3\n" instruction " %12, %12, %4\n" instruction " %12, %12, %5\n"                    \
  instruction " %12, %12, %6\n" instruction " %12, %12, %7\n" instruction " %12, %12, %8\n"                    \
  instruction " %12, %12, %9\n" instruction " %12, %12, %10\n" instruction " %12, %12, %11\n"

#define RATE(name, isa, target_isa, bytes, instruction, products)                                               \
  __attribute__((target(target_isa))) static double name(void) {                                                \
    typedef int vector __attribute__((vector_size(bytes)));                                                     \
    enum { ROUNDS = 2000, CHAINS = 12 };                                                                        \
    if (tinyml_isa_native() < isa) return 0;                                                                    \
    vector a[CHAINS] = {{0}}, x = {0};                                                                          \
    const double start = now();                                                                                 \
    for (int i = 0; i < ROUNDS; i++) {                                                                          \
      __asm__ volatile(TWELVE(instruction)                                                                      \
                       : "+v"(a[0]), "+v"(a[1]), "+v"(a[2]), "+v"(a[3]), "+v"(a[4]), "+v"(a[5]), "+v"(a[6]),    \
                         "+v"(a[7]), "+v"(a[8]), "+v"(a[9]), "+v"(a[10]), "+v"(a[11])                           \
                       : "v"(x));                                                                               \
    }                                                                                                           \
    return (double)(products) * ROUNDS * CHAINS / (now() - start);                                              \
  }
RATE(vnni_rate, TINYML_ISA_AVX512VNNI, "avx512f,avx512vnni", 64, "vpdpbusd", 64)
RATE(madd_rate, TINYML_ISA_AVX2, "avx2", 32, "vpmaddwd", 16)
RATE(fma512_rate, TINYML_ISA_AVX512VNNI, "avx512f", 64, "vfmadd231ps", 16)
RATE(fma256_rate, TINYML_ISA_AVX2, "avx2,fma", 32, "vfmadd231ps", 8)

static double peak_rate(tinyml_isa isa, bool is_float) {
  if (isa == TINYML_ISA_AVX512VNNI) return is_float ? fma512_rate() : vnni_rate();
  return is_float ? fma256_rate() : madd_rate();
}
#else
static double peak_rate(tinyml_isa isa, bool is_float) {
  (void)isa;
  (void)is_float;
  return 0;
}
#endif

/* Least seconds of a run; and the most products per second of the loop of multiply-adds, between the runs, because the
 * speed of a shared processor changes. */
static double measure(const tinyml_functions *with, tinyml_isa isa, bool is_float, const int32_t *params,
                      void *const *operands, const void *packed, void *scratch, double *peak) {
  const double budget = 0.04;
  double best = 1e9;
  const double begin = now();
  *peak = 0;
  for (int i = 0; i < 5 || (now() - begin < budget && i < 2000); i++) {
    const double start = now();
    with->run(params, operands, packed, scratch);
    const double taken = now() - start;
    if (taken < best) best = taken;
    if (i % 16 == 0) {
      const double rate = peak_rate(isa, is_float);
      if (rate > *peak) *peak = rate;
    }
  }
  return best;
}

/* The instruction set of that name, or the best there is; ends the program if this processor lacks it. */
static tinyml_isa chosen_isa(const char *name) {
  const tinyml_isa best = tinyml_isa_native();
  for (int i = 0; name != NULL && i < TINYML_ISAS; i++) {
    if (strcmp(name, tinyml_isa_name((tinyml_isa)i)) != 0) continue;
    if ((tinyml_isa)i > best) {
      printf("this processor has no %s\n", name);
      exit(1);
    }
    return (tinyml_isa)i;
  }
  return best;
}

#endif
