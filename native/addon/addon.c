/*
 * The host engine as a Node addon (Node-API 8). Every argument is checked: a wrong call throws, it never crashes.
 *
 *   version: number                                  of the code that `create` takes
 *   isas: string[]                                   instruction sets of this processor, each including those before
 *   create(code: Int32Array, constants: Uint8Array, arenaBytes: number, isa: number): engine
 *                                                    isa: index in isas; the error of a bad step has its number as `step`
 *   run(engine, arena: Uint8Array, first: number, end: number): void
 *   stepIsa(engine, step: number): string            instruction set of the kernel chosen for a step
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>

#include "../engine/engine.h"

/* Tells our engines from the externals of other addons. */
static const napi_type_tag ENGINE_TAG = {UINT64_C(0x8f2b6b1c5d1e4a70), UINT64_C(0x9c3d0e7f42a86b15)};

/* An array that JavaScript gave. */
typedef struct {
  void *data;
  size_t length; /* elements */
} array;

static napi_value fail(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, NULL, message);
  return NULL;
}

/* Exactly `count` arguments. */
static bool arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count;
}

/* A typed array over an ArrayBuffer that is neither shared nor detached: nobody changes it while we work. */
static bool array_argument(napi_env env, napi_value value, napi_typedarray_type type, array *out) {
  bool is_typed_array = false, is_buffer = false, detached = true;
  napi_typedarray_type found;
  napi_value buffer;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  if (napi_get_typedarray_info(env, value, &found, &out->length, &out->data, &buffer, NULL) != napi_ok) return false;
  if (found != type || napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok || !is_buffer) return false;
  return napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && !detached;
}

/* A whole number in [least, most]. */
static bool integer_argument(napi_env env, napi_value value, double least, double most, int64_t *out) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= least && number <= most) || (double)(int64_t)number != number) return false;
  *out = (int64_t)number;
  return true;
}

static bool engine_argument(napi_env env, napi_value value, tinyml_engine **out) {
  napi_valuetype type;
  bool ours = false;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return false;
  if (napi_check_object_type_tag(env, value, &ENGINE_TAG, &ours) != napi_ok || !ours) return false;
  return napi_get_value_external(env, value, (void **)out) == napi_ok;
}

static void finalize(napi_env env, void *engine, void *hint) {
  (void)env;
  (void)hint;
  tinyml_engine_free(engine);
}

static napi_value fail_step(napi_env env, tinyml_engine_code code, int32_t step) {
  napi_value message, error, number;
  if (napi_create_string_utf8(env, tinyml_engine_message(code), NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_error(env, NULL, message, &error) != napi_ok || napi_create_int32(env, step, &number) != napi_ok ||
      napi_set_named_property(env, error, "step", number) != napi_ok) {
    return fail(env, tinyml_engine_message(code));
  }
  napi_throw(env, error);
  return NULL;
}

static napi_value create(napi_env env, napi_callback_info info) {
  napi_value values[4], result;
  array code, constants;
  int64_t arena_bytes, isa;
  if (!arguments(env, info, 4, values)) return fail(env, "create takes code, constants, arenaBytes and isa");
  if (!array_argument(env, values[0], napi_int32_array, &code)) return fail(env, "code is not an Int32Array");
  if (!array_argument(env, values[1], napi_uint8_array, &constants)) return fail(env, "constants are not a Uint8Array");
  if (!integer_argument(env, values[2], 0, INT32_MAX, &arena_bytes)) return fail(env, "arenaBytes is not a size");
  if (!integer_argument(env, values[3], 0, TINYML_ISAS - 1, &isa)) return fail(env, "isa is not an index in isas");

  tinyml_engine *engine;
  tinyml_engine_error error;
  if (tinyml_engine_create(code.data, code.length, constants.data, constants.length, (size_t)arena_bytes,
                           (tinyml_isa)isa, &engine, &error) != TINYML_ENGINE_OK) {
    return fail_step(env, error.code, error.step);
  }
  if (napi_create_external(env, engine, finalize, NULL, &result) != napi_ok) {
    tinyml_engine_free(engine);
    return fail(env, "the engine cannot be handed out");
  }
  if (napi_type_tag_object(env, result, &ENGINE_TAG) != napi_ok) return fail(env, "the engine cannot be tagged");
  return result;
}

static napi_value run(napi_env env, napi_callback_info info) {
  napi_value values[4];
  tinyml_engine *engine;
  array arena;
  int64_t first, end;
  if (!arguments(env, info, 4, values)) return fail(env, "run takes engine, arena, first and end");
  if (!engine_argument(env, values[0], &engine)) return fail(env, "engine does not come from create");
  if (!array_argument(env, values[1], napi_uint8_array, &arena)) return fail(env, "the arena is not a Uint8Array");
  if (!integer_argument(env, values[2], 0, INT32_MAX, &first)) return fail(env, "first is not a step");
  if (!integer_argument(env, values[3], 0, INT32_MAX, &end)) return fail(env, "end is not a step");
  if (arena.length < tinyml_engine_arena_bytes(engine)) return fail(env, "the arena is too small");
  const tinyml_engine_code code = tinyml_engine_run(engine, arena.data, (int32_t)first, (int32_t)end);
  return code == TINYML_ENGINE_OK ? NULL : fail(env, tinyml_engine_message(code));
}

static napi_value step_isa(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  tinyml_engine *engine;
  int64_t step;
  if (!arguments(env, info, 2, values)) return fail(env, "stepIsa takes engine and step");
  if (!engine_argument(env, values[0], &engine)) return fail(env, "engine does not come from create");
  if (!integer_argument(env, values[1], 0, INT32_MAX, &step)) return fail(env, "step is not a step");
  const char *name = tinyml_isa_name(tinyml_engine_step_isa(engine, (int32_t)step));
  return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &result) == napi_ok ? result : NULL;
}

static bool set_isas(napi_env env, napi_value exports) {
  napi_value list, name;
  if (napi_create_array(env, &list) != napi_ok) return false;
  for (uint32_t isa = 0; isa <= (uint32_t)tinyml_isa_native(); isa++) {
    if (napi_create_string_utf8(env, tinyml_isa_name((tinyml_isa)isa), NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_set_element(env, list, isa, name) != napi_ok) {
      return false;
    }
  }
  return napi_set_named_property(env, exports, "isas", list) == napi_ok;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"create", create}, {"run", run}, {"stepIsa", step_isa}};
  napi_value value;
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &value) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, value) != napi_ok) {
      return fail(env, "the addon cannot be set up");
    }
  }
  if (napi_create_int32(env, TINYML_ENGINE_VERSION, &value) != napi_ok ||
      napi_set_named_property(env, exports, "version", value) != napi_ok || !set_isas(env, exports)) {
    return fail(env, "the addon cannot be set up");
  }
  return exports;
}
