/* Reductions for JavaScript: extent, countBins, countOctaves, compareCodes. */
#include "../reductions/reductions.h"

#include "arguments.h"

static bool float_argument(napi_env env, napi_value value, double *out) {
  return napi_get_value_double(env, value, out) == napi_ok;
}

static napi_value extent(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  tinyml_array of, out;
  if (!tinyml_arguments(env, info, 2, values)) return tinyml_fail(env, "extent takes values, result");
  if (!tinyml_array_argument(env, values[0], napi_float32_array, &of) || of.length == 0) {
    return tinyml_fail(env, "the values are not a Float32Array, or there are none");
  }
  if (!tinyml_array_argument(env, values[1], napi_float32_array, &out) || out.length != 2) {
    return tinyml_fail(env, "the result is not a Float32Array of 2");
  }
  float least, greatest;
  const bool finite = tinyml_best_reductions()->extent(of.data, of.length, &least, &greatest);
  ((float *)out.data)[0] = least;
  ((float *)out.data)[1] = greatest;
  return napi_get_boolean(env, finite, &result) == napi_ok ? result : NULL;
}

static napi_value count_bins(napi_env env, napi_callback_info info) {
  napi_value values[3];
  tinyml_array of, counts;
  double per_unit;
  if (!tinyml_arguments(env, info, 3, values)) return tinyml_fail(env, "countBins takes values, perUnit, counts");
  if (!tinyml_array_argument(env, values[0], napi_float32_array, &of)) {
    return tinyml_fail(env, "the values are not a Float32Array");
  }
  if (!float_argument(env, values[1], &per_unit)) return tinyml_fail(env, "perUnit is not a number");
  if (!tinyml_array_argument(env, values[2], napi_float64_array, &counts) || counts.length < 2 ||
      counts.length % 2 != 0 || counts.length > 1 << 20) {
    return tinyml_fail(env, "counts are not a Float64Array of an even length up to 2^20");
  }
  tinyml_best_reductions()->count_bins(of.data, of.length, (float)per_unit, counts.data, (int32_t)counts.length);
  return NULL;
}

static napi_value count_octaves(napi_env env, napi_callback_info info) {
  napi_value values[2];
  tinyml_array of, counts;
  if (!tinyml_arguments(env, info, 2, values)) return tinyml_fail(env, "countOctaves takes values, counts");
  if (!tinyml_array_argument(env, values[0], napi_float32_array, &of)) {
    return tinyml_fail(env, "the values are not a Float32Array");
  }
  if (!tinyml_array_argument(env, values[1], napi_float64_array, &counts) || counts.length != TINYML_OCTAVE_BINS) {
    return tinyml_fail(env, "counts are not a Float64Array of 2^14");
  }
  tinyml_best_reductions()->count_octaves(of.data, of.length, counts.data);
  return NULL;
}

static napi_value compare_codes(napi_env env, napi_callback_info info) {
  napi_value values[7];
  tinyml_array of, codes, sums;
  double scale, zero_point, low, high;
  if (!tinyml_arguments(env, info, 7, values)) {
    return tinyml_fail(env, "compareCodes takes values, codes, scale, zeroPoint, low, high, sums");
  }
  if (!tinyml_array_argument(env, values[0], napi_float32_array, &of) ||
      !tinyml_array_argument(env, values[1], napi_int8_array, &codes) || codes.length != of.length) {
    return tinyml_fail(env, "values and codes are not a Float32Array and an Int8Array of one length");
  }
  if (!float_argument(env, values[2], &scale) || !float_argument(env, values[3], &zero_point) ||
      !float_argument(env, values[4], &low) || !float_argument(env, values[5], &high)) {
    return tinyml_fail(env, "scale, zeroPoint, low and high are not numbers");
  }
  if (!tinyml_array_argument(env, values[6], napi_float64_array, &sums) || sums.length != 3) {
    return tinyml_fail(env, "the sums are not a Float64Array of 3");
  }
  const tinyml_errors errors =
      tinyml_best_reductions()->compare_codes(of.data, codes.data, of.length, scale, zero_point, low, high);
  double *to = sums.data;
  to[0] += errors.signal;
  to[1] += errors.noise;
  to[2] += errors.beyond;
  return NULL;
}

bool tinyml_export_reductions(napi_env env, napi_value exports) {
  return tinyml_export_function(env, exports, "extent", extent) &&
         tinyml_export_function(env, exports, "countBins", count_bins) &&
         tinyml_export_function(env, exports, "countOctaves", count_octaves) &&
         tinyml_export_function(env, exports, "compareCodes", compare_codes);
}
