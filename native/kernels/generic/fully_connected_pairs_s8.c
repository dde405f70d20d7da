#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_clamp_codes.h"

/* Output features of a block, and pairs of them. */
enum { LANES = 8, PAIRS = 4 };

#ifdef TINYML_PAIRS_DSP
#include "../armv7em/fully_connected_pairs_s8.h"
#else
/* The sums of a pair of a block. */
static tinyml_pair_sums pair_of(const int32_t *block, int32_t pair, const int8_t *x, int32_t count) {
  tinyml_pair_sums sums = {(uint32_t)block[pair], (uint32_t)block[PAIRS + pair]};
  const int32_t *weights = block + LANES + pair;
  for (int32_t i = 0; i < count; i++) {
    const uint32_t word = (uint32_t)weights[PAIRS * (i / 4 * 2 + i % 2)];
    sums = tinyml_pair_add(sums, x[i], i % 4 < 2 ? word : word >> 16);
  }
  return sums;
}

static void all_blocks(const tinyml_fully_connected_pairs_s8_params *p, const int8_t *x, const int32_t *table,
                       const int32_t *scales, int8_t *output, void *scratch) {
  (void)scratch;
  const int32_t step = 2 * p->per_channel;
  for (int32_t feature = 0; feature < p->out_features; feature += 2) {
    const int32_t *block = table + feature / LANES * (LANES + PAIRS * p->words), *scale = scales + feature * step;
    const tinyml_pair_sums sums = pair_of(block, feature % LANES / 2, x, p->in_features);
    output[feature] = tinyml_pair_narrow(tinyml_pair_first(sums), scale[0], scale[1], p->output_zero_point);
    if (feature + 1 == p->out_features) return;
    scale += step;
    output[feature + 1] = tinyml_pair_narrow(tinyml_pair_second(sums), scale[0], scale[1], p->output_zero_point);
  }
}
#endif

void tinyml_fully_connected_pairs_s8(const tinyml_fully_connected_pairs_s8_params *params, const int8_t *input,
                                     const int32_t *table, const int32_t *scales, int8_t *output, void *scratch) {
  TINYML_FACTS(fully_connected_pairs_s8, params);
  const tinyml_fully_connected_pairs_s8_params p = *params;
  all_blocks(&p, input, table, scales, output, scratch);
  tinyml_clamp_codes(output, p.out_features, p.act_min, p.act_max);
}
