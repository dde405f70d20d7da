/* Feeds encoded programs to the engine, for hostile.test.ts: each must be refused or run.
 * usage: hostile <corpus>; the corpus is int32 words: per case the length of the code, bytes of the constants, bytes of
 * the arena, the code, the constants in whole words. -1 ends it. Prints how many programs ran and were refused. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "corpus.h"

/* Numbers that are wrong where a list of tiles is expected: small ones, so that they are partly right, and great ones. */
static void fill_with_numbers(uint8_t *arena, size_t bytes, uint32_t seed) {
  static const int32_t far[] = {INT32_MAX, INT32_MIN, -1, 1 << 16, -(1 << 30)};
  for (size_t at = 0; at + 4 <= bytes; at += 4) {
    seed = seed * 1664525u + 1013904223u;
    const uint32_t chance = seed >> 24;
    const int32_t number = chance < 20 ? far[chance % 5] : (int32_t)(seed >> 8 & 31u);
    memcpy(arena + at, &number, sizeof(number));
  }
}

/* 1 if the program ran, 0 if it was refused. */
static int feed(const int32_t *code, size_t length, const uint8_t *constants, size_t constants_bytes,
                size_t arena_bytes, tinyml_isa isa) {
  tinyml_engine *engine;
  tinyml_engine_error error;
  if (tinyml_engine_create(code, length, constants, constants_bytes, arena_bytes, isa, &engine, &error) !=
      TINYML_ENGINE_OK) {
    if (engine != NULL || error.code == TINYML_ENGINE_OK) exit(3);
    return 0;
  }
  uint8_t *arena = allocate(arena_bytes);
  memset(arena, 0xa5, arena_bytes);
  const int32_t steps = code[2];
  const int ran = tinyml_engine_run(engine, arena, 0, steps, 1) == TINYML_ENGINE_OK &&
                  tinyml_engine_run(engine, arena, 0, steps + 1, 1) == TINYML_ENGINE_STEPS &&
                  tinyml_engine_run(engine, arena, -1, steps, 1) == TINYML_ENGINE_STEPS &&
                  (steps == 0 || tinyml_engine_run(engine, arena, 1, 0, 1) == TINYML_ENGINE_STEPS) &&
                  tinyml_engine_run(engine, arena + 1, 0, 0, 1) == TINYML_ENGINE_ARENA;
  if (!ran) exit(4);
  for (uint32_t seed = 1; seed <= 2; seed++) {
    fill_with_numbers(arena, arena_bytes, seed);
    if (tinyml_engine_run(engine, arena, 0, steps, 1) != TINYML_ENGINE_OK) exit(5);
  }
  free(arena);
  tinyml_engine_free(engine);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  uint8_t *corpus = read_file(argv[1]);
  const int32_t *word = (const int32_t *)(void *)corpus;
  int ran = 0, refused = 0;
  while (*word >= 0) {
    const size_t length = (size_t)word[0], constants_bytes = (size_t)word[1], arena_bytes = (size_t)word[2];
    /* Copies of their own size, as above. */
    int32_t *code = (int32_t *)(void *)allocate(length * sizeof(int32_t));
    uint8_t *constants = allocate(constants_bytes);
    memcpy(code, word + 3, length * sizeof(int32_t));
    memcpy(constants, word + 3 + length, constants_bytes);
    for (int isa = 0; isa <= (int)tinyml_isa_native(); isa++) {
      if (feed(code, length, constants, constants_bytes, arena_bytes, (tinyml_isa)isa)) {
        ran++;
      } else {
        refused++;
      }
    }
    free(code);
    free(constants);
    word += 3 + length + (constants_bytes + 3) / 4;
  }
  free(corpus);
  printf("%d %d\n", ran, refused);
  return 0;
}
