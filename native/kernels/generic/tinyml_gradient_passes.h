/* Gradients some pixels at a time: src/program/kernels/gradient-passes.ts has the meaning. */
#ifndef TINYML_GRADIENT_PASSES_H
#define TINYML_GRADIENT_PASSES_H

#include <stddef.h>
#include <stdint.h>

#include "../tinyml_kernels.h"
#include "tinyml_encode_run.h"
#include "tinyml_specialised.h"

/* Channels and pixels that are computed together, at most. */
enum { TINYML_BLOCK_CHANNELS = 16, TINYML_BLOCK_PIXELS = 16 };

/* Some channels beside each other, of some pixels behind each other. */
typedef struct {
  int32_t first, channels;
  int32_t pixel, pixels; /* by number among all of a batch */
} tinyml_block;

/* What is done with the gradient of a pixel. */
typedef struct {
  int32_t masked, scaled;
  const int8_t *bits;
  const float *factors;
  int32_t channels; /* of a pixel */
} tinyml_finish;

/* Bits of the channels of a block that pass at a pixel. */
static inline uint32_t tinyml_passing(const tinyml_finish *finish, tinyml_block at, int32_t pixel) {
  const int32_t shift = at.first & 7, bytes = (shift + at.channels + 7) >> 3;
  const int8_t *const from = finish->bits + (ptrdiff_t)pixel * ((finish->channels + 7) >> 3) + (at.first >> 3);
  uint32_t bits = (uint8_t)from[0];
  if (bytes > 1) bits |= (uint32_t)(uint8_t)from[1] << 8;
  if (bytes > 2) bits |= (uint32_t)(uint8_t)from[2] << 16;
  return bits >> shift;
}

/* Whether sums are multiplied with nothing that makes NaN of them or of 0. */
static inline int32_t tinyml_is_plain(const tinyml_finish *finish, tinyml_block at, float factor) {
  if (!(fabsf(factor) <= 0x1p30f)) return 0;
  for (int32_t i = 0; finish->scaled != 0 && i < at.channels; i++) {
    if (!(fabsf(finish->factors[at.first + i]) <= 0x1p30f)) return 0;
  }
  return 1;
}

/* Of a pixel of a block the sums times a factor. */
static inline void tinyml_values_of(const int32_t *sums, int32_t count, float factor, float *values) {
  for (int32_t i = 0; i < count; i++) values[i] = (float)sums[i] * factor;
}

/* What passes of values, and, where `sums` is not NULL, what that adds to the sums of the channels; then each times its factor. masked, scaled: constants */
TINYML_SPECIALISED void tinyml_finish_run(const tinyml_finish *finish, tinyml_block at, int32_t pixel, float *values, double *sums,
                                          int32_t masked, int32_t scaled) {
  const float *const factors = finish->factors + at.first;
  const int8_t *const bits = finish->bits + (ptrdiff_t)pixel * ((finish->channels + 7) / 8);
  for (int32_t i = 0; i < at.channels; i++) {
    const int32_t channel = at.first + i;
    float value = values[i];
    if (masked && ((uint8_t)bits[channel >> 3] >> (channel & 7) & 1) == 0) value = 0.0f;
    /* A zero more is the same sum: it begins as 0. */
    if (sums != NULL && value != 0.0f) sums[channel] += (double)value;
    values[i] = scaled ? value * factors[i] : value;
  }
}

static inline void tinyml_finish_values(const tinyml_finish *finish, tinyml_block at, int32_t pixel, float *values, double *sums) {
  if (finish->masked != 0) {
    if (finish->scaled != 0) {
      tinyml_finish_run(finish, at, pixel, values, sums, 1, 1);
    } else {
      tinyml_finish_run(finish, at, pixel, values, sums, 1, 0);
    }
  } else if (finish->scaled != 0) {
    tinyml_finish_run(finish, at, pixel, values, sums, 0, 1);
  } else if (sums != NULL) {
    tinyml_finish_run(finish, at, pixel, values, sums, 0, 0);
  }
}

/* A first pass. */
typedef struct {
  tinyml_finish finish;
  tinyml_extent seen;
  double *sums; /* NULL: nobody asks */
} tinyml_extent_pass;

/* values: of a pixel of a block, which are changed */
static inline void tinyml_extend_pass(tinyml_extent_pass *pass, tinyml_block at, int32_t pixel, float *values) {
  tinyml_finish_values(&pass->finish, at, pixel, values, pass->sums);
  pass->seen = tinyml_extend_run(pass->seen, values, at.channels);
}

/* One channel of a block: what its values are between follows from its sums, which they rise or fall with. masked, summed: constants */
TINYML_SPECIALISED void tinyml_extend_channel(tinyml_extent_pass *pass, tinyml_block at, int32_t channel, const int32_t *from, float factor,
                                              int32_t masked, int32_t summed) {
  const tinyml_finish *const finish = &pass->finish;
  const int32_t row = (finish->channels + 7) >> 3, bit = 1 << (channel & 7);
  const int8_t *bits = masked ? finish->bits + (ptrdiff_t)at.pixel * row + (channel >> 3) : NULL;
  int32_t least = INT32_MAX, greatest = INT32_MIN, stops = 0;
  double total = summed ? pass->sums[channel] : 0.0;
  for (const int32_t *const end = from + at.pixels * TINYML_BLOCK_CHANNELS; from != end; from += TINYML_BLOCK_CHANNELS) {
    const int32_t sum = *from;
    if (masked) {
      const int32_t own = *bits & bit;
      bits += row;
      if (own == 0) {
        stops = 1;
        continue;
      }
    }
    if (sum < least) least = sum;
    if (sum > greatest) greatest = sum;
    /* A zero more is the same sum: it begins as 0. */
    if (summed && sum != 0) total += (double)((float)sum * factor);
  }
  /* What does not pass is 0. */
  if (stops && least > 0) least = 0;
  if (stops && greatest < 0) greatest = 0;
  if (summed) pass->sums[channel] = total;
  const float own = finish->scaled != 0 ? finish->factors[channel] : 1.0f;
  pass->seen = tinyml_extend(pass->seen, (float)least * factor * own);
  pass->seen = tinyml_extend(pass->seen, (float)greatest * factor * own);
}

/* sums: [pixels of the block][TINYML_BLOCK_CHANNELS], which are multiplied with `factor` */
static inline void tinyml_extend_block(tinyml_extent_pass *pass, tinyml_block at, const int32_t *sums, float factor) {
  if (!tinyml_is_plain(&pass->finish, at, factor)) {
    float values[TINYML_BLOCK_CHANNELS];
    for (int32_t i = 0; i < at.pixels; i++, sums += TINYML_BLOCK_CHANNELS) {
      tinyml_values_of(sums, at.channels, factor, values);
      tinyml_extend_pass(pass, at, at.pixel + i, values);
    }
    return;
  }
  for (int32_t c = 0; c < at.channels; c++) {
    if (pass->finish.masked != 0) {
      if (pass->sums != NULL) {
        tinyml_extend_channel(pass, at, at.first + c, sums + c, factor, 1, 1);
      } else {
        tinyml_extend_channel(pass, at, at.first + c, sums + c, factor, 1, 0);
      }
    } else if (pass->sums != NULL) {
      tinyml_extend_channel(pass, at, at.first + c, sums + c, factor, 0, 1);
    } else {
      tinyml_extend_channel(pass, at, at.first + c, sums + c, factor, 0, 0);
    }
  }
}

static inline tinyml_extent_pass tinyml_start_extent(tinyml_finish finish, int32_t summed, double *sums) {
  for (int32_t c = 0; c < finish.channels; c++) sums[c] = 0.0;
  return (tinyml_extent_pass){finish, tinyml_empty_extent(), summed == 1 ? sums : NULL};
}

static inline void tinyml_store_pass(const tinyml_extent_pass *pass, float *extent, float *sums) {
  tinyml_store_extent(pass->seen, extent);
  for (int32_t c = 0; pass->sums != NULL && c < pass->finish.channels; c++) sums[c] = (float)pass->sums[c];
}

/* A second pass. */
typedef struct {
  tinyml_finish finish;
  tinyml_encoding by;
  int32_t stochastic;
  int8_t *codes; /* of all pixels */
} tinyml_encode_pass;

static inline tinyml_encode_pass tinyml_start_codes(tinyml_finish finish, const float *quantizer, int32_t limit,
                                                    int32_t stochastic, uint32_t key, int8_t *codes) {
  const tinyml_encoding by = {
      .inverse = quantizer[TINYML_INVERSE],
      .zero_point = (float)tinyml_zero_point(quantizer),
      .bounds = {-INFINITY, INFINITY},
      .low = -(float)limit,
      .high = (float)limit,
      .key = key,
  };
  return (tinyml_encode_pass){finish, by, stochastic, codes};
}

/* values: of a pixel of a block, which are changed */
static inline void tinyml_encode_passed(const tinyml_encode_pass *pass, tinyml_block at, int32_t pixel, float *values) {
  const int32_t index = pixel * pass->finish.channels + at.first;
  int8_t *const codes = pass->codes + index;
  tinyml_encoding by = pass->by;
  tinyml_finish_values(&pass->finish, at, pixel, values, NULL);
  if (pass->stochastic == 1) {
    /* Numbers by counter, of which those before are of others. */
    by.key += (uint32_t)index * UINT32_C(0x9e3779b9);
    for (int32_t i = tinyml_encode_random(&by, values, at.channels, codes); i < at.channels; i++) {
      codes[i] = (int8_t)tinyml_random_code(&by, values[i], i);
    }
    return;
  }
  for (int32_t i = tinyml_encode_nearest(&by, values, at.channels, codes); i < at.channels; i++) {
    codes[i] = (int8_t)tinyml_nearest_code(&by, values[i]);
  }
}

#if defined(TINYML_SINGLE_FPU) && defined(__ARM_FEATURE_DSP) && !defined(TINYML_VECTOR_FPU)
#include "../armv7em/tinyml_gradient_codes.h"
#else

/* sums: [pixels of the block][TINYML_BLOCK_CHANNELS], which are multiplied with `factor`. @returns whether it made codes of them */
static inline int32_t tinyml_encode_block(const tinyml_encode_pass *pass, tinyml_block at, const int32_t *sums, float factor) {
  (void)pass, (void)at, (void)sums, (void)factor;
  return 0;
}
#endif

static inline void tinyml_encode_sums_of(const tinyml_encode_pass *pass, tinyml_block at, const int32_t *sums, float factor) {
  float values[TINYML_BLOCK_CHANNELS];
  if (tinyml_encode_block(pass, at, sums, factor)) return;
  for (int32_t i = 0; i < at.pixels; i++, sums += TINYML_BLOCK_CHANNELS) {
    tinyml_values_of(sums, at.channels, factor, values);
    tinyml_encode_passed(pass, at, at.pixel + i, values);
  }
}

#endif
