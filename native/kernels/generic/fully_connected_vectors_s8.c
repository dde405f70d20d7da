#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_vectors.h"
#include "tinyml_clamp_codes.h"

#ifdef TINYML_VECTORS_MVE
#include "../mve/fully_connected_vectors_s8.h"
#else
/* Eight features of a vector of inputs. */
enum { BLOCK = TINYML_EIGHT * TINYML_VECTOR };

static void all_eights(const tinyml_fully_connected_vectors_s8_params *p, const int8_t *x, const int8_t *weights,
                       const int32_t *bias, const int32_t *scales, int8_t *output) {
  const int32_t inputs = p->in_features, vectors = (inputs + TINYML_VECTOR - 1) / TINYML_VECTOR;
  /* The first vector has those that are left over, and then nothing. */
  const int32_t missing = TINYML_VECTOR * vectors - inputs, first = TINYML_VECTOR - missing;
  for (int32_t feature = 0; feature < p->out_features; feature++) {
    const int32_t eight = feature / TINYML_EIGHT, place = tinyml_place_in_eight(feature);
    const int8_t *of = weights + eight * vectors * BLOCK + feature % TINYML_EIGHT * TINYML_VECTOR;
    const int32_t *scale = scales + (p->scaled > 1 ? eight : 0) * 2 * TINYML_EIGHT + place;
    uint32_t sum = (uint32_t)bias[eight * TINYML_EIGHT + place];
    for (int32_t i = 0; i < inputs; i++) {
      const int32_t at = i < first ? i : i + missing;
      sum += (uint32_t)(x[i] * of[at / TINYML_VECTOR * BLOCK + at % TINYML_VECTOR]);
    }
    output[feature] = tinyml_narrow_onto(p->output_zero_point, sum, scale[0], scale[TINYML_EIGHT]);
  }
}
#endif

void tinyml_fully_connected_vectors_s8(const tinyml_fully_connected_vectors_s8_params *params, const int8_t *input,
                                       const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                       int8_t *output, void *scratch) {
  TINYML_FACTS(fully_connected_vectors_s8, params);
  const int32_t count = params->out_features, min = params->act_min, max = params->act_max;
  (void)scratch;
  all_eights(params, input, weights, bias, scales, output);
  tinyml_clamp_codes(output, count, min, max);
}
