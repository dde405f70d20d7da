/* Products for JavaScript: createProduct, runProduct. */
#include "../float/product.h"

#include "arguments.h"

static const napi_type_tag TAG = {UINT64_C(0x3b90f7c2a4de5168), UINT64_C(0xb1e6470d98c25f3a)};

/* Products of weights that change are made for every run: the garbage collector has to know what they hold. */
static void account(napi_env env, int64_t bytes) {
  int64_t total;
  napi_adjust_external_memory(env, bytes, &total);
}

static void finalize(napi_env env, void *product, void *hint) {
  (void)hint;
  account(env, -tinyml_product_bytes(product));
  tinyml_product_free(product);
}

static napi_value create(napi_env env, napi_callback_info info) {
  napi_value values[10];
  tinyml_array weights, bias, offsets, starts;
  int64_t groups, rows, group_stride, row_stride, column_stride, isa;
  if (!tinyml_arguments(env, info, 10, values)) return tinyml_fail(env, "createProduct takes ten arguments");
  if (!tinyml_array_argument(env, values[0], napi_float32_array, &weights)) {
    return tinyml_fail(env, "weights are not a Float32Array");
  }
  if (!tinyml_array_argument(env, values[1], napi_float64_array, &bias)) {
    return tinyml_fail(env, "the bias is not a Float64Array");
  }
  if (!tinyml_array_argument(env, values[2], napi_int32_array, &offsets) ||
      !tinyml_array_argument(env, values[3], napi_int32_array, &starts)) {
    return tinyml_fail(env, "offsets and starts are not Int32Arrays");
  }
  if (!tinyml_integer_argument(env, values[4], 0, INT32_MAX, &groups) ||
      !tinyml_integer_argument(env, values[5], 0, INT32_MAX, &rows) ||
      !tinyml_integer_argument(env, values[6], 0, INT32_MAX, &group_stride) ||
      !tinyml_integer_argument(env, values[7], 0, INT32_MAX, &row_stride) ||
      !tinyml_integer_argument(env, values[8], 0, INT32_MAX, &column_stride) ||
      !tinyml_integer_argument(env, values[9], 0, TINYML_ISAS - 1, &isa)) {
    return tinyml_fail(env, "sizes, strides and isa are not whole numbers of int32");
  }
  /* The lengths bound every product of sizes: weights fill [groups * rows][depth]. */
  const uint64_t all_rows = (uint64_t)groups * (uint64_t)rows;
  if (offsets.length > INT32_MAX || starts.length > INT32_MAX || bias.length > INT32_MAX || bias.length != all_rows ||
      weights.length != all_rows * offsets.length) {
    return tinyml_fail(env, "the lengths of weights, bias and offsets do not fit groups and rows");
  }
  const tinyml_product_shape shape = {groups,       rows,       (int64_t)offsets.length, (int64_t)starts.length,
                                      group_stride, row_stride, column_stride};
  tinyml_product *product =
      tinyml_product_create(&shape, weights.data, bias.data, offsets.data, starts.data, (tinyml_isa)isa);
  if (product == NULL) return tinyml_fail(env, "an index is negative, or there is no memory or instruction set");
  account(env, tinyml_product_bytes(product));
  return tinyml_handle(env, product, &TAG, finalize);
}

static napi_value run(napi_env env, napi_callback_info info) {
  napi_value values[5];
  void *product;
  tinyml_array x, narrow, wide;
  int64_t from, out_start;
  if (!tinyml_arguments(env, info, 5, values)) return tinyml_fail(env, "runProduct takes product, x, from, out, start");
  if (!tinyml_handle_argument(env, values[0], &TAG, &product)) {
    return tinyml_fail(env, "the product does not come from createProduct");
  }
  if (!tinyml_array_argument(env, values[1], napi_float32_array, &x)) return tinyml_fail(env, "x is not a Float32Array");
  const bool is_narrow = tinyml_array_argument(env, values[3], napi_float32_array, &narrow);
  if (!is_narrow && !tinyml_array_argument(env, values[3], napi_float64_array, &wide)) {
    return tinyml_fail(env, "out is neither a Float32Array nor a Float64Array");
  }
  if (!tinyml_integer_argument(env, values[2], 0, (double)x.length, &from) ||
      !tinyml_integer_argument(env, values[4], 0, (double)(is_narrow ? narrow : wide).length, &out_start)) {
    return tinyml_fail(env, "a start lies outside its array");
  }
  const tinyml_product_output out = {is_narrow ? narrow.data : NULL, is_narrow ? NULL : wide.data,
                                     (int64_t)(is_narrow ? narrow : wide).length};
  if (!tinyml_product_run(product, x.data, (int64_t)x.length, from, &out, out_start)) {
    return tinyml_fail(env, "x or out is too short, or there is no memory");
  }
  return NULL;
}

bool tinyml_export_product(napi_env env, napi_value exports) {
  return tinyml_export_function(env, exports, "createProduct", create) &&
         tinyml_export_function(env, exports, "runProduct", run);
}
