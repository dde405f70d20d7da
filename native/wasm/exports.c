/*
 * The engine for JavaScript as a WebAssembly module: src/engine/wasm.ts has the types of what is exported. One module
 * holds one engine. `create` allocates all that it will ever need, so that the memory does not grow, and views on it
 * stay valid, while it runs.
 */
#include <stdlib.h>

#include "../engine/engine.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* What `create` made, as five numbers. */
typedef struct {
  int32_t code;      /* a tinyml_engine_code */
  int32_t exhausted; /* 1 where it says that there is no memory */
  int32_t step;      /* at fault, or -1 */
  tinyml_engine *engine;
  uint8_t *arena;
} creation;

EXPORT(version) int32_t version(void) {
  return TINYML_ENGINE_VERSION;
}

/* How many instruction sets there are. */
EXPORT(isas) int32_t isas(void) {
  return (int32_t)tinyml_isa_native() + 1;
}

EXPORT(isaName) const char *isa_name(int32_t isa) {
  return tinyml_isa_name((tinyml_isa)isa);
}

EXPORT(message) const char *message(int32_t code) {
  return tinyml_engine_message((tinyml_engine_code)code);
}

/* Bytes at a multiple of 64, or NULL. */
EXPORT(allocate) void *allocate(size_t bytes) {
  return aligned_alloc(64, bytes);
}

EXPORT(create)
void create(const int32_t *code, size_t length, const uint8_t *constants, size_t constants_bytes, size_t arena_bytes,
            int32_t isa, creation *out) {
  tinyml_engine_error error;
  tinyml_engine_create(code, length, constants, constants_bytes, arena_bytes, (tinyml_isa)isa, &out->engine, &error);
  if (error.code == TINYML_ENGINE_OK) {
    out->arena = allocate(arena_bytes);
    /* A run of no steps takes and gives back the scratch. */
    error.code = out->arena == NULL ? TINYML_ENGINE_MEMORY : tinyml_engine_run(out->engine, out->arena, 0, 0, 1);
  }
  out->code = (int32_t)error.code;
  out->exhausted = error.code == TINYML_ENGINE_MEMORY;
  out->step = error.step;
}

EXPORT(run) int32_t run(const tinyml_engine *engine, uint8_t *arena, int32_t first, int32_t end) {
  return (int32_t)tinyml_engine_run(engine, arena, first, end, 1);
}

EXPORT(stepIsa) const char *step_isa(const tinyml_engine *engine, int32_t step) {
  return tinyml_isa_name(tinyml_engine_step_isa(engine, step));
}
