#include "arguments.h"

napi_value tinyml_fail(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, NULL, message);
  return NULL;
}

bool tinyml_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count;
}

bool tinyml_array_argument(napi_env env, napi_value value, napi_typedarray_type type, tinyml_array *out) {
  bool is_typed_array = false, is_buffer = false, detached = true;
  napi_typedarray_type found;
  napi_value buffer;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  if (napi_get_typedarray_info(env, value, &found, &out->length, &out->data, &buffer, NULL) != napi_ok) return false;
  if (found != type || napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok || !is_buffer) return false;
  return napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && !detached;
}

bool tinyml_integer_argument(napi_env env, napi_value value, double least, double most, int64_t *out) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= least && number <= most) || (double)(int64_t)number != number) return false;
  *out = (int64_t)number;
  return true;
}

bool tinyml_handle_argument(napi_env env, napi_value value, const napi_type_tag *tag, void **out) {
  napi_valuetype type;
  bool ours = false;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return false;
  if (napi_check_object_type_tag(env, value, tag, &ours) != napi_ok || !ours) return false;
  return napi_unwrap(env, value, out) == napi_ok;
}

napi_value tinyml_handle(napi_env env, void *data, const napi_type_tag *tag, napi_finalize finalize) {
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok ||
      napi_wrap(env, result, data, finalize, NULL, NULL) != napi_ok) {
    finalize(env, data, NULL);
    return tinyml_fail(env, "the object cannot be handed out");
  }
  if (napi_type_tag_object(env, result, tag) != napi_ok) return tinyml_fail(env, "the object cannot be tagged");
  return result;
}

bool tinyml_export_function(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}
