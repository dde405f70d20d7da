/*
 * Front end for sound: log-mel or MFCC from 16-bit samples, in whole numbers. C99, no float, no allocation, no state.
 *
 * The definition is src/signal/fixed.ts of tinyml, and both give the same bits. Everything that settings decide is in the
 * tables of a tinyml_front_end, which are printed beside this file.
 */
#ifndef TINYML_FRONT_END_H
#define TINYML_FRONT_END_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A triangle over the bins of a spectrum: `count` weights from weights[start] on, times 2^bits, for bins from `first` on. */
typedef struct {
  uint16_t first;
  uint16_t count;
  uint16_t start;
  int16_t bits;
} tinyml_mel_band;

/* Logarithms are of base 2 and have 20 fraction bits; weights of the window, cosines, unit and transform have 22. */
typedef struct {
  int32_t samples; /* that the front end takes */
  int32_t frames;
  int32_t values; /* of one frame */
  int32_t frame_length;
  int32_t frame_step;
  int32_t fft_size; /* 2^fft_bits */
  int32_t fft_bits;
  int32_t start;         /* first sample of the first frame */
  int32_t window_period; /* weight i of the window is window[min(i, window_period - i)] */
  int32_t pre_emphasis;  /* 14 fraction bits */
  int32_t bands;
  int32_t floor;            /* least logarithm where there is no offset */
  int32_t range;            /* logarithms further than this below the greatest one are raised; -1: none */
  uint32_t offset_mantissa; /* in [2^30, 2^31), or 0: no offset */
  int32_t offset_exponent;
  int32_t unit;      /* what logarithms are multiplied by where there is no transform */
  uint8_t reflect;   /* samples beyond the ends are mirrored, else 0 */
  uint8_t peak;      /* samples are relative to the greatest one */
  uint8_t magnitude; /* absolute values of the spectrum, not their squares */
  uint8_t relative;  /* logarithms are relative to the greatest one */
  const int32_t *window;
  const int32_t *cosines; /* of 2 pi k / fft_size, k = 0 .. fft_size / 2 */
  const tinyml_mel_band *mel;
  const uint16_t *weights;
  const int32_t *transform;  /* [values][bands], or NULL: the values are the logarithms */
  const int32_t *log2_table; /* log2(1 + i / 128), i = 0 .. 128 */
  const int32_t *root_table; /* 2^25 sqrt(i / 64), i = 64 .. 256; NULL where magnitude is 0 */
} tinyml_front_end;

/* What frames need to know of the whole recording. */
typedef struct {
  int32_t log;
  uint32_t offset_mantissa;
  int32_t offset_exponent;
} tinyml_sound_level;

/* All frames: values[frames][values], of 16 fraction bits. scratch: fft_size + 2 int32, and with a transform bands more, or frames
 * x bands more where range or relative is set. */
void tinyml_front_end_run(const tinyml_front_end *front_end, const int16_t *samples, int32_t *scratch,
                          int32_t *values);

tinyml_sound_level tinyml_front_end_level(const tinyml_front_end *front_end, const int16_t *samples);

/* One frame, where neither range nor relative is set: `values` numbers, each of 16 fraction bits: feature = value / 65536.0f. `samples` are all samples of the front end; without peak
 * only those of the frame are read, so that frames can be computed while sound comes in. */
void tinyml_front_end_frame(const tinyml_front_end *front_end, const tinyml_sound_level *level, const int16_t *samples,
                            int32_t frame, int32_t *scratch, int32_t *values);

#ifdef __cplusplus
}
#endif

#endif
