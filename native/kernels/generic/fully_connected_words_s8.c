#include "../tinyml_kernels.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_words.h"

/* Output features of a block. */
enum { LANES = 8 };

#ifdef TINYML_WORDS_THUMB
#include "../armv6m/fully_connected_words_s8.h"
#else
#ifdef TINYML_WORDS_THUMB2
#include "../armv7m/fully_connected_words_s8.h"
#else
/* Sums of four lanes of a block. */
static void four_lanes(const int8_t *x, int32_t count, const int8_t *weights, const int32_t *bias, int32_t *sums) {
  uint32_t a = (uint32_t)bias[0], b = (uint32_t)bias[1], c = (uint32_t)bias[2], d = (uint32_t)bias[3];
  for (const int8_t *const end = x + count; x != end; weights += LANES) {
    const int32_t code = *x++;
    a += (uint32_t)(code * weights[0]);
    b += (uint32_t)(code * weights[1]);
    c += (uint32_t)(code * weights[2]);
    d += (uint32_t)(code * weights[3]);
  }
  sums[0] = (int32_t)a;
  sums[1] = (int32_t)b;
  sums[2] = (int32_t)c;
  sums[3] = (int32_t)d;
}

static void lanes_of(const int8_t *x, int32_t count, const int8_t *weights, const int32_t *bias, int32_t *sums) {
  four_lanes(x, count, weights, bias, sums);
  four_lanes(x, count, weights + 4, bias + 4, sums + 4);
}
#endif

/* Codes of `count` sums. step: int32 from what requantises one to that of the next. */
static void narrow_lanes(const int32_t *sums, int32_t count, const int32_t *scales, int32_t step, int32_t zero_point, int8_t *output) {
  for (const int32_t *const end = sums + count; sums != end; sums++, scales += step) {
    *output++ = tinyml_pair_narrow(*sums, scales[0], scales[1], zero_point);
  }
}
#endif

void tinyml_fully_connected_words_s8(const tinyml_fully_connected_words_s8_params *params, const int8_t *input, const int8_t *weights,
                                     const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  (void)scratch;
  const int32_t count = params->in_features, zero_point = params->output_zero_point, step = 2 * params->per_channel;
  for (int32_t rest = params->out_features; rest > 0; rest -= LANES) {
    const int32_t lanes = rest < LANES ? rest : LANES;
    int32_t sums[LANES];
    lanes_of(input, count, weights, bias, sums);
    narrow_lanes(sums, lanes, scales, step, zero_point, output);
    weights += LANES * count, bias += LANES, scales += LANES * step, output += lanes;
  }
}
