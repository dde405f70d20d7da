/* The loops, written so that compilers make vectors of them: included once for every instruction set. */
#include <string.h>

#include "reductions.h"

/* Values that are worked on side by side: so many that compilers make vectors of the inner loops. */
enum { LANES = 32 };

static bool extent(const float *values, size_t count, float *least, float *greatest) {
  float low[LANES], high[LANES], poison[LANES];
  for (int k = 0; k < LANES; k++) {
    low[k] = high[k] = values[0];
    poison[k] = 0;
  }
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (int k = 0; k < LANES; k++) {
      const float value = values[i + k];
      low[k] = value < low[k] ? value : low[k];
      high[k] = value > high[k] ? value : high[k];
      poison[k] += value * 0;
    }
  }
  for (; i < count; i++) {
    low[0] = values[i] < low[0] ? values[i] : low[0];
    high[0] = values[i] > high[0] ? values[i] : high[0];
    poison[0] += values[i] * 0;
  }
  for (int k = 1; k < LANES; k++) {
    low[0] = low[k] < low[0] ? low[k] : low[0];
    high[0] = high[k] > high[0] ? high[k] : high[0];
    poison[0] += poison[k];
  }
  *least = low[0] + 0; /* no -0: which of the zeros comes first is chance */
  *greatest = high[0] + 0;
  return poison[0] == 0;
}

/* Values whose bins are found before any is counted, and tables that are counted in by turns: one value after another in
 * the same bin (zeros behind a Relu) would wait for each other. */
enum { BLOCK = 512, TABLES = 4, MAX_BINS = 8192 };

/* Fewer values than this are not worth tables. */
enum { FEW = 4 * MAX_BINS };

static void find_bins(const float *values, size_t count, float per_unit, int32_t bins, int32_t *found) {
  const float first = (float)-(bins / 2), last = (float)(bins / 2 - 1);
  for (size_t i = 0; i < count; i++) {
    float scaled = values[i] * per_unit;
    scaled = scaled > first ? scaled : first; /* NaN, too */
    const int32_t truncated = (int32_t)(scaled < last ? scaled : last);
    const int32_t underflow = (values[i] < 0) & (scaled == 0); /* below zero, whatever per_unit makes of it */
    found[i] = truncated - ((float)truncated > scaled) - underflow + bins / 2;
  }
}

static void count_few(const float *values, size_t count, float per_unit, double *counts, int32_t bins) {
  int32_t found[BLOCK];
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t size = count - start < BLOCK ? count - start : BLOCK;
    find_bins(values + start, size, per_unit, bins, found);
    for (size_t i = 0; i < size; i++) counts[found[i]] += 1;
  }
}

static void count_bins(const float *values, size_t count, float per_unit, double *counts, int32_t bins) {
  if (count < FEW || bins > MAX_BINS) {
    count_few(values, count, per_unit, counts, bins);
    return;
  }
  uint32_t tables[TABLES][MAX_BINS];
  int32_t found[BLOCK];
  memset(tables, 0, sizeof(tables));
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t size = count - start < BLOCK ? count - start : BLOCK;
    find_bins(values + start, size, per_unit, bins, found);
    size_t i = 0;
    for (; i + TABLES <= size; i += TABLES) {
      for (int k = 0; k < TABLES; k++) tables[k][found[i + k]]++;
    }
    for (; i < size; i++) tables[0][found[i]]++;
  }
  for (int32_t bin = 0; bin < bins; bin++) {
    uint64_t sum = 0;
    for (int k = 0; k < TABLES; k++) sum += tables[k][bin];
    counts[bin] += (double)sum;
  }
}

/* Two tables in turns, for the same reason. */
static void count_octaves(const float *values, size_t count, double *counts) {
  uint32_t bits;
  if (count < FEW) {
    for (size_t i = 0; i < count; i++) {
      memcpy(&bits, values + i, sizeof(bits));
      counts[bits >> TINYML_OCTAVE_SHIFT] += 1;
    }
    return;
  }
  uint32_t tables[2][TINYML_OCTAVE_BINS];
  memset(tables, 0, sizeof(tables));
  for (size_t i = 0; i < count; i++) {
    memcpy(&bits, values + i, sizeof(bits));
    tables[i & 1][bits >> TINYML_OCTAVE_SHIFT]++;
  }
  for (int32_t bin = 0; bin < TINYML_OCTAVE_BINS; bin++) {
    counts[bin] += (double)((uint64_t)tables[0][bin] + tables[1][bin]);
  }
}

static tinyml_errors compare_codes(const float *values, const int8_t *codes, size_t count, double scale,
                                   double zero_point, double low, double high) {
  double signal[LANES] = {0}, noise[LANES] = {0};
  int64_t beyond[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (int k = 0; k < LANES; k++) {
      const double value = values[i + k];
      const double error = value - (codes[i + k] - zero_point) * scale;
      signal[k] += value * value;
      noise[k] += error * error;
      beyond[k] += (value < low) + (value > high);
    }
  }
  for (int k = 0; i < count; i++, k++) {
    const double value = values[i];
    const double error = value - (codes[i] - zero_point) * scale;
    signal[k] += value * value;
    noise[k] += error * error;
    beyond[k] += (value < low) + (value > high);
  }
  tinyml_errors sums = {0, 0, 0};
  for (int k = 0; k < LANES; k++) {
    sums.signal += signal[k];
    sums.noise += noise[k];
    sums.beyond += (double)beyond[k];
  }
  return sums;
}

const tinyml_reductions TINYML_REDUCTIONS = {extent, count_bins, count_octaves, compare_codes};
