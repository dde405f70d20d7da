/* Log-mel and MFCC in whole numbers; see tinyml_front_end.h. */
#include "tinyml_front_end.h"

#include <stddef.h>

#define WEIGHT_BITS 22
#define LOG_BITS 20

/* mantissa * 2^exponent, the mantissa in [2^30, 2^31) or 0. */
typedef struct {
  uint32_t mantissa;
  int32_t exponent;
} scaled;

static int32_t bit_length(uint64_t value) {
  int32_t bits = 0;
  uint32_t word = (uint32_t)value;
  if ((value >> 32) != 0) {
    bits = 32;
    word = (uint32_t)(value >> 32);
  }
#if defined(__GNUC__)
  return word == 0 ? bits : bits + 32 - (int32_t)__builtin_clz(word);
#else
  for (; word != 0; word >>= 1) bits++;
  return bits;
#endif
}

static scaled scaled_of(uint64_t value, int32_t exponent) {
  scaled result = {0, 0};
  if (value != 0) {
    const int32_t over = bit_length(value) - 31;
    result.mantissa = (uint32_t)(over > 0 ? value >> over : value << -over);
    result.exponent = exponent + over;
  }
  return result;
}

static scaled plus(scaled a, scaled b) {
  const scaled large = a.exponent >= b.exponent ? a : b;
  const scaled small = a.exponent >= b.exponent ? b : a;
  const int32_t distance = large.exponent - small.exponent;
  if (a.mantissa == 0) return b;
  if (b.mantissa == 0) return a;
  return scaled_of((uint64_t)large.mantissa + (distance > 31 ? 0u : small.mantissa >> distance), large.exponent);
}

static int32_t between(const int32_t *table, int32_t part, int32_t bits) {
  return table[0] + (((table[1] - table[0]) * part + (1 << (bits - 1))) >> bits);
}

static int32_t log2_of(const tinyml_front_end *f, scaled value) {
  const int32_t *at = f->log2_table + (value.mantissa >> 23) - 128;
  return between(at, (int32_t)((value.mantissa & 0x7fffffu) >> 8), 15) + (value.exponent + 30) * (1 << LOG_BITS);
}

/* 2^10 sqrt(square), between the points of a table. */
static uint64_t root_of(const tinyml_front_end *f, uint64_t square) {
  int32_t shift;
  uint32_t mantissa;
  uint64_t root;
  if (square == 0) return 0;
  shift = (bit_length(square) - 25) >> 1; /* of the root */
  mantissa = (uint32_t)(shift >= 0 ? square >> (2 * shift) : square << (-2 * shift));
  root = (uint64_t)between(f->root_table + (mantissa >> 18) - 64, (int32_t)((mantissa & 0x3ffffu) >> 6), 12);
  return shift >= 3 ? root << (shift - 3) : root >> (3 - shift);
}

/* Of a place that may lie beyond the ends of the recording, 14 bits up. */
static int32_t emphasised(const tinyml_front_end *f, const int16_t *samples, int32_t at) {
  if (at < 0) {
    if (!f->reflect) return 0;
    at = -at;
  } else if (at >= f->samples) {
    if (!f->reflect) return 0;
    at = 2 * (f->samples - 1) - at;
  }
  return samples[at] * (1 << 14) - (at > 0 ? f->pre_emphasis * samples[at - 1] : 0);
}

/* A windowed frame, shifted left so that its greatest value has 30 bits; gives the shift. */
static int32_t take_frame(const tinyml_front_end *f, const int16_t *samples, int32_t frame, int32_t *signal) {
  const int32_t from = f->start + frame * f->frame_step;
  int32_t greatest = 0;
  int32_t shift;
  int32_t i;
  for (i = 0; i < f->frame_length; i++) {
    const int32_t value = emphasised(f, samples, from + i);
    const int32_t size = value < 0 ? -value : value;
    signal[i] = value;
    if (size > greatest) greatest = size;
  }
  shift = greatest == 0 ? 0 : 30 - bit_length((uint64_t)greatest);
  for (i = 0; i < f->frame_length; i++) {
    const int32_t opposite = f->window_period - i;
    const int64_t weight = f->window[i < opposite ? i : opposite];
    signal[i] = (int32_t)((signal[i] * (1 << shift) * weight + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS);
  }
  for (; i < f->fft_size; i++) signal[i] = 0;
  return shift;
}

/* Pairs in the order of numbers whose bits are reversed. */
static void reorder(int32_t *z, int32_t half) {
  int32_t i;
  int32_t reversed = 0;
  for (i = 0; i < half; i++) {
    int32_t bit = half >> 1;
    if (i < reversed) {
      const int32_t re = z[2 * i];
      const int32_t im = z[2 * i + 1];
      z[2 * i] = z[2 * reversed];
      z[2 * i + 1] = z[2 * reversed + 1];
      z[2 * reversed] = re;
      z[2 * reversed + 1] = im;
    }
    for (; (reversed & bit) != 0; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
}

/* Joins transforms of `reach` points to those of twice as many, each halved. */
static void step(const tinyml_front_end *f, int32_t *z, int32_t half, int32_t reach) {
  const int32_t quarter = half / 2;
  const int32_t stride = half / reach;
  int32_t j;
  for (j = 0; j < reach; j++) {
    const int32_t angle = j * stride;
    const int64_t c = f->cosines[angle];
    const int64_t s = f->cosines[angle < quarter ? quarter - angle : angle - quarter];
    int32_t *a = z + 2 * j;
    int32_t *const end = z + 2 * half;
    for (; a < end; a += 4 * reach) {
      int32_t *b = a + 2 * reach;
      const int32_t re = (a[0] + 1) >> 1;
      const int32_t im = (a[1] + 1) >> 1;
      int32_t tr;
      int32_t ti;
      if (j == 0) { /* w is 1: the same numbers without the products */
        tr = (b[0] + 1) >> 1;
        ti = (b[1] + 1) >> 1;
      } else {
        tr = (int32_t)((b[0] * c + b[1] * s + (1 << WEIGHT_BITS)) >> (WEIGHT_BITS + 1));
        ti = (int32_t)((b[1] * c - b[0] * s + (1 << WEIGHT_BITS)) >> (WEIGHT_BITS + 1));
      }
      a[0] = re + tr;
      a[1] = im + ti;
      b[0] = re - tr;
      b[1] = im - ti;
    }
  }
}

/* The energy of a bin, in its place: what is above 26 bits, and what is below. */
static void put_energy(const tinyml_front_end *f, int32_t *z, int64_t re, int64_t im) {
  const uint64_t square = (uint64_t)(re * re) + (uint64_t)(im * im);
  const uint64_t energy = f->magnitude ? root_of(f, square) : square;
  z[0] = (int32_t)(energy >> 26);
  z[1] = (int32_t)(energy & 0x3ffffffu);
}

/* From the transform of pairs to the energies of bins 0 .. half. */
static void energies(const tinyml_front_end *f, int32_t *z, int32_t half) {
  const int32_t quarter = half / 2;
  int32_t k;
  for (k = 0; k < 2 * half; k++) z[k] = (z[k] + 8) >> 4;
  z[2 * half] = z[0];
  z[2 * half + 1] = z[1];
  for (k = 0; k <= quarter; k++) {
    int32_t *const p = z + 2 * k;
    int32_t *const q = z + 2 * (half - k);
    const int64_t er = (int64_t)(p[0] + q[0]) * (1 << WEIGHT_BITS);
    const int64_t ei = (int64_t)(p[1] - q[1]) * (1 << WEIGHT_BITS);
    const int64_t dr = p[0] - q[0];
    const int64_t di = p[1] + q[1];
    const int32_t c = f->cosines[k];
    const int32_t s = f->cosines[quarter - k];
    const int64_t fr = c * di - s * dr;
    const int64_t fi = c * dr + s * di;
    const int64_t one = 1 << (WEIGHT_BITS + 1);
    put_energy(f, p, (er + fr + one) >> (WEIGHT_BITS + 2), (ei - fi + one) >> (WEIGHT_BITS + 2));
    if (p != q) put_energy(f, q, (er - fr + one) >> (WEIGHT_BITS + 2), (-ei - fi + one) >> (WEIGHT_BITS + 2));
  }
}

static int32_t log_energy(const tinyml_front_end *f, const tinyml_sound_level *level, int32_t shifts,
                          const tinyml_mel_band *band, const int32_t *z) {
  const uint16_t *weights = f->weights + band->start;
  const scaled offset = {level->offset_mantissa, level->offset_exponent + shifts + band->bits};
  const int32_t unit = f->magnitude ? f->fft_bits - 35 : 2 * f->fft_bits - 50;
  uint64_t high = 0;
  uint64_t low = 0;
  scaled total;
  int32_t log;
  int32_t i;
  z += 2 * band->first;
  for (i = 0; i < band->count; i++) {
    high += (uint64_t)weights[i] * (uint32_t)z[2 * i];
    low += (uint64_t)weights[i] * (uint32_t)z[2 * i + 1];
  }
  high += low >> 26;
  total = high < ((uint64_t)1 << 26) ? scaled_of((high << 26) + (low & 0x3ffffffu), 0) : scaled_of(high, 26);
  if (f->offset_mantissa != 0) total = plus(total, offset);
  if (total.mantissa == 0) return f->floor;
  log = log2_of(f, total) + (unit - shifts - band->bits) * (1 << LOG_BITS) - level->log;
  return f->offset_mantissa == 0 && log < f->floor ? f->floor : log;
}

static void log_energies(const tinyml_front_end *f, const tinyml_sound_level *level, const int16_t *samples,
                         int32_t frame, int32_t *scratch, int32_t *logs) {
  const int32_t half = f->fft_size / 2;
  const int32_t shift = take_frame(f, samples, frame, scratch);
  int32_t reach;
  int32_t b;
  reorder(scratch, half);
  for (reach = 1; reach < half; reach *= 2) step(f, scratch, half, reach);
  energies(f, scratch, half);
  for (b = 0; b < f->bands; b++) {
    logs[b] = log_energy(f, level, f->magnitude ? shift : 2 * shift, f->mel + b, scratch);
  }
}

/* From logarithms of base 2 to the values of a frame; `logs` and `values` are the same where there is no transform. */
static void finish(const tinyml_front_end *f, const int32_t *logs, int32_t *values) {
  const int32_t *row = f->transform;
  int32_t k;
  int32_t b;
  for (k = 0; k < f->values; k++) {
    int64_t sum;
    if (row == NULL) {
      values[k] = (int32_t)(((int64_t)logs[k] * f->unit + (1 << 25)) >> 26);
      continue;
    }
    sum = 1 << (WEIGHT_BITS - 1);
    for (b = 0; b < f->bands; b++) sum += (int64_t)*row++ * ((logs[b] + 8) >> 4);
    values[k] = (int32_t)(sum >> WEIGHT_BITS);
  }
}

static scaled times(scaled value, int32_t sample) {
  return scaled_of((uint64_t)value.mantissa * (uint32_t)sample, value.exponent - 15);
}

tinyml_sound_level tinyml_front_end_level(const tinyml_front_end *front_end, const int16_t *samples) {
  tinyml_sound_level level = {0, front_end->offset_mantissa, front_end->offset_exponent};
  int32_t greatest = 1;
  scaled offset = {front_end->offset_mantissa, front_end->offset_exponent};
  int32_t i;
  if (!front_end->peak) return level;
  for (i = 0; i < front_end->samples; i++) {
    if (samples[i] > greatest) greatest = samples[i];
  }
  offset = times(offset, greatest);
  level.log = log2_of(front_end, scaled_of((uint64_t)greatest, -15));
  if (!front_end->magnitude) {
    offset = times(offset, greatest);
    level.log *= 2;
  }
  level.offset_mantissa = offset.mantissa;
  level.offset_exponent = offset.exponent;
  return level;
}

void tinyml_front_end_frame(const tinyml_front_end *front_end, const tinyml_sound_level *level, const int16_t *samples,
                            int32_t frame, int32_t *scratch, int32_t *values) {
  int32_t *const logs = front_end->transform == NULL ? values : scratch + front_end->fft_size + 2;
  log_energies(front_end, level, samples, frame, scratch, logs);
  finish(front_end, logs, values);
}

void tinyml_front_end_run(const tinyml_front_end *front_end, const int16_t *samples, int32_t *scratch,
                          int32_t *values) {
  const tinyml_sound_level level = tinyml_front_end_level(front_end, samples);
  const int32_t bands = front_end->bands;
  const int32_t count = front_end->frames * bands;
  int32_t *const logs = front_end->transform == NULL ? values : scratch + front_end->fft_size + 2;
  int32_t greatest = INT32_MIN;
  int32_t least;
  int32_t i;
  if (front_end->range < 0 && !front_end->relative) {
    for (i = 0; i < front_end->frames; i++) {
      tinyml_front_end_frame(front_end, &level, samples, i, scratch, values + i * front_end->values);
    }
    return;
  }
  for (i = 0; i < front_end->frames; i++) log_energies(front_end, &level, samples, i, scratch, logs + i * bands);
  for (i = 0; i < count; i++) {
    if (logs[i] > greatest) greatest = logs[i];
  }
  least = front_end->range < 0 ? INT32_MIN : greatest - front_end->range;
  for (i = 0; i < count; i++) {
    if (logs[i] < least) logs[i] = least;
    if (front_end->relative) logs[i] -= greatest;
  }
  for (i = 0; i < front_end->frames; i++) finish(front_end, logs + i * bands, values + i * front_end->values);
}
