/*
 * The native code of the host as a Node addon (Node-API 8). Every argument is checked: a wrong call throws, it never
 * crashes. src/engine/load.ts has the types of what is exported.
 */
#include "../engine/engine.h"
#include "arguments.h"

/* The instruction sets of this processor by name. */
static bool export_isas(napi_env env, napi_value exports) {
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
  napi_value version;
  if (napi_create_int32(env, TINYML_ENGINE_VERSION, &version) != napi_ok ||
      napi_set_named_property(env, exports, "version", version) != napi_ok || !export_isas(env, exports) ||
      !tinyml_export_engine(env, exports) || !tinyml_export_reductions(env, exports)) {
    return tinyml_fail(env, "the addon cannot be set up");
  }
  return exports;
}
