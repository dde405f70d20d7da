/* Runs encoded programs of one step, for arm64.test.ts.
 * usage: run-cases <isa> <cases> <results>; files are int32 words. Per case: the length of the code, bytes of the
 * constants, bytes of the arena, the code, the constants, the arena, each in whole words. -1 ends them. Per result: 1 if
 * the step ran with the instruction set, 0 if with a lesser one; the arena after it, in whole words. Ends with status 3
 * where this processor lacks the instruction set. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "corpus.h"

static void write_words(FILE *file, const void *from, size_t bytes) {
  static const uint8_t rest[4];
  const size_t padding = (4 - bytes % 4) % 4;
  if (fwrite(from, 1, bytes, file) != bytes || fwrite(rest, 1, padding, file) != padding) exit(2);
}

static size_t words_of(size_t bytes) {
  return (bytes + 3) / 4;
}

static tinyml_isa isa_by_name(const char *name) {
  for (int isa = 0; isa <= (int)tinyml_isa_native(); isa++) {
    if (strcmp(name, tinyml_isa_name((tinyml_isa)isa)) == 0) return (tinyml_isa)isa;
  }
  exit(3);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const tinyml_isa isa = isa_by_name(argv[1]);
  int32_t *cases = (int32_t *)(void *)read_file(argv[2]);
  FILE *results = fopen(argv[3], "wb");
  if (results == NULL) return 2;
  for (const int32_t *word = cases; *word >= 0;) {
    const size_t length = (size_t)word[0], constants_bytes = (size_t)word[1], arena_bytes = (size_t)word[2];
    const int32_t *code = word + 3, *constants = code + length;
    uint8_t *arena = allocate(arena_bytes);
    tinyml_engine *engine;
    tinyml_engine_error error;
    memcpy(arena, constants + words_of(constants_bytes), arena_bytes);
    if (tinyml_engine_create(code, length, (const uint8_t *)constants, constants_bytes, arena_bytes, isa, &engine,
                             &error) != TINYML_ENGINE_OK ||
        tinyml_engine_run(engine, arena, 0, 1, 1) != TINYML_ENGINE_OK) {
      return 4;
    }
    const int32_t own = tinyml_engine_step_isa(engine, 0) == isa;
    write_words(results, &own, sizeof(own));
    write_words(results, arena, arena_bytes);
    tinyml_engine_free(engine);
    free(arena);
    word = constants + words_of(constants_bytes) + words_of(arena_bytes);
  }
  free(cases);
  return fclose(results) == 0 ? 0 : 2;
}
