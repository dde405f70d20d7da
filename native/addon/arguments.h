/* Arguments from JavaScript, checked. */
#ifndef TINYML_ADDON_ARGUMENTS_H
#define TINYML_ADDON_ARGUMENTS_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  void *data;
  size_t length; /* elements */
} tinyml_array;

/* Throws a TypeError, unless another exception is on its way; returns NULL. */
napi_value tinyml_fail(napi_env env, const char *message);

/* At least `count` arguments. */
bool tinyml_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

/* A typed array over an ArrayBuffer that is neither shared nor detached: nobody changes it while we work. */
bool tinyml_array_argument(napi_env env, napi_value value, napi_typedarray_type type, tinyml_array *out);

/* A whole number in [least, most]; both within 2^53. */
bool tinyml_integer_argument(napi_env env, napi_value value, double least, double most, int64_t *out);

/* What tinyml_handle made with the same tag. */
bool tinyml_handle_argument(napi_env env, napi_value value, const napi_type_tag *tag, void **out);

/* An object of JavaScript that holds `data` and frees it with `finalize`, at once where it cannot be made. It is no
 * napi_external: some releases of Node.js crash where one becomes the prototype of another object. */
napi_value tinyml_handle(napi_env env, void *data, const napi_type_tag *tag, napi_finalize finalize);

/* Adds functions to the exports of the addon; false with an exception on its way. */
bool tinyml_export_engine(napi_env env, napi_value exports);
bool tinyml_export_reductions(napi_env env, napi_value exports);
bool tinyml_export_function(napi_env env, napi_value exports, const char *name, napi_callback function);

#endif
