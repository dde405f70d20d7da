/* The engine for JavaScript: create, run, stepIsa. */
#include "../engine/engine.h"

#include "arguments.h"

/* Tells our engines from the objects of other addons. */
static const napi_type_tag TAG = {UINT64_C(0x8f2b6b1c5d1e4a70), UINT64_C(0x9c3d0e7f42a86b15)};

/* The garbage collector has to know what an engine holds: it sees a small object. */
static void account(napi_env env, int64_t bytes) {
  int64_t total;
  napi_adjust_external_memory(env, bytes, &total);
}

static void finalize(napi_env env, void *engine, void *hint) {
  (void)hint;
  account(env, -(int64_t)tinyml_engine_bytes(engine));
  tinyml_engine_free(engine);
}

/* An Error with the number of the step that is at fault; a RangeError where there is no memory. */
static napi_value fail_step(napi_env env, tinyml_engine_error at) {
  napi_value message, error, step;
  const char *text = tinyml_engine_message(at.code);
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok ||
      (at.code == TINYML_ENGINE_MEMORY ? napi_create_range_error : napi_create_error)(env, NULL, message, &error) !=
          napi_ok ||
      napi_create_int32(env, at.step, &step) != napi_ok ||
      napi_set_named_property(env, error, "step", step) != napi_ok) {
    return tinyml_fail(env, text);
  }
  napi_throw(env, error);
  return NULL;
}

static napi_value create(napi_env env, napi_callback_info info) {
  napi_value values[4];
  tinyml_array code, constants;
  int64_t arena_bytes, isa;
  if (!tinyml_arguments(env, info, 4, values)) return tinyml_fail(env, "create takes code, constants, arenaBytes, isa");
  if (!tinyml_array_argument(env, values[0], napi_int32_array, &code)) {
    return tinyml_fail(env, "code is not an Int32Array");
  }
  if (!tinyml_array_argument(env, values[1], napi_uint8_array, &constants)) {
    return tinyml_fail(env, "constants are not a Uint8Array");
  }
  if (!tinyml_integer_argument(env, values[2], 0, INT32_MAX, &arena_bytes)) {
    return tinyml_fail(env, "arenaBytes is not a size");
  }
  if (!tinyml_integer_argument(env, values[3], 0, TINYML_ISAS - 1, &isa)) {
    return tinyml_fail(env, "isa is not an index in isas");
  }
  tinyml_engine *engine;
  tinyml_engine_error error;
  if (tinyml_engine_create(code.data, code.length, constants.data, constants.length, (size_t)arena_bytes,
                           (tinyml_isa)isa, &engine, &error) != TINYML_ENGINE_OK) {
    return fail_step(env, error);
  }
  account(env, (int64_t)tinyml_engine_bytes(engine));
  return tinyml_handle(env, engine, &TAG, finalize);
}

static napi_value run(napi_env env, napi_callback_info info) {
  napi_value values[5];
  void *engine;
  tinyml_array arena;
  int64_t first, end, threads;
  if (!tinyml_arguments(env, info, 5, values)) return tinyml_fail(env, "run takes engine, arena, first, end, threads");
  if (!tinyml_handle_argument(env, values[0], &TAG, &engine)) {
    return tinyml_fail(env, "the engine does not come from create");
  }
  if (!tinyml_array_argument(env, values[1], napi_uint8_array, &arena)) {
    return tinyml_fail(env, "the arena is not a Uint8Array");
  }
  if (!tinyml_integer_argument(env, values[2], 0, INT32_MAX, &first) ||
      !tinyml_integer_argument(env, values[3], 0, INT32_MAX, &end)) {
    return tinyml_fail(env, "first and end are not steps");
  }
  if (!tinyml_integer_argument(env, values[4], 1, INT32_MAX, &threads)) {
    return tinyml_fail(env, "threads is not a number of threads");
  }
  if (arena.length < tinyml_engine_arena_bytes(engine)) return tinyml_fail(env, "the arena is too small");
  const tinyml_engine_code code = tinyml_engine_run(engine, arena.data, (int32_t)first, (int32_t)end,
                                                    (int32_t)threads);
  return code == TINYML_ENGINE_OK ? NULL : tinyml_fail(env, tinyml_engine_message(code));
}

static napi_value step_isa(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  void *engine;
  int64_t step;
  if (!tinyml_arguments(env, info, 2, values)) return tinyml_fail(env, "stepIsa takes engine, step");
  if (!tinyml_handle_argument(env, values[0], &TAG, &engine)) {
    return tinyml_fail(env, "the engine does not come from create");
  }
  if (!tinyml_integer_argument(env, values[1], 0, INT32_MAX, &step)) return tinyml_fail(env, "step is not a step");
  const char *name = tinyml_isa_name(tinyml_engine_step_isa(engine, (int32_t)step));
  return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &result) == napi_ok ? result : NULL;
}

bool tinyml_export_engine(napi_env env, napi_value exports) {
  return tinyml_export_function(env, exports, "create", create) && tinyml_export_function(env, exports, "run", run) &&
         tinyml_export_function(env, exports, "stepIsa", step_isa);
}
