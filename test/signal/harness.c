/* Runs every front end of cases.h on its samples of samples.bin, one after the other, and writes all values to values.bin; on an
 * emulated board (TINYML_BOARD) the instructions and the stack of every run are behind them. */
#include "cases.h"

static const tinyml_front_end *front_end;
static const int16_t *samples;
static int32_t *scratch, *values;

static void run(void) {
  tinyml_front_end_run(front_end, samples, scratch, values);
}

/* The frames alone, where they do not depend on each other: 1 if they are the same as all at once. */
static int frames_agree(int32_t *frame) {
  tinyml_sound_level level;
  int32_t t;
  int32_t k;
  if (front_end->range >= 0 || front_end->relative) return 1;
  level = tinyml_front_end_level(front_end, samples);
  for (t = 0; t < front_end->frames; t++) {
    tinyml_front_end_frame(front_end, &level, samples, t, scratch, frame);
    for (k = 0; k < front_end->values; k++) {
      if (frame[k] != values[t * front_end->values + k]) return 0;
    }
  }
  return 1;
}

#ifdef TINYML_BOARD
#include "../../native/mcu/tinyml_mcu.h"

static int16_t all_samples[SAMPLES];
static int32_t all_values[VALUES + 2 * CASES], all_scratch[MOST_SCRATCH], frame[MOST_VALUES];

int main(void) {
  int i;
  if (tinyml_mcu_read_file("samples.bin", all_samples, sizeof(all_samples)) != sizeof(all_samples)) return 2;
  samples = all_samples;
  values = all_values;
  scratch = all_scratch;
  for (i = 0; i < CASES; i++) {
    tinyml_mcu_cost cost;
    front_end = cases[i].front_end;
    tinyml_mcu_measure(run, &cost);
    if (!frames_agree(frame)) return 3;
    all_values[VALUES + 2 * i] = (int32_t)cost.instructions;
    all_values[VALUES + 2 * i + 1] = (int32_t)cost.stack_bytes;
    samples += front_end->samples;
    values += front_end->frames * front_end->values;
  }
  return tinyml_mcu_write_file("values.bin", all_values, sizeof(all_values)) == 0 ? 0 : 2;
}
#else
#include <stdio.h>
#include <stdlib.h>

/* Blocks of their own, so that a sanitiser sees accesses beyond them. */
static void *block(size_t bytes) {
  void *made = malloc(bytes);
  if (made == NULL) exit(2);
  return made;
}

int main(void) {
  FILE *in = fopen("samples.bin", "rb");
  FILE *out = fopen("values.bin", "wb");
  int i;
  if (in == NULL || out == NULL) return 2;
  for (i = 0; i < CASES; i++) {
    int16_t *own;
    int32_t *frame;
    size_t count;
    front_end = cases[i].front_end;
    own = block((size_t)front_end->samples * sizeof(*own));
    if (fread(own, sizeof(*own), (size_t)front_end->samples, in) != (size_t)front_end->samples) return 2;
    samples = own;
    count = (size_t)(front_end->frames * front_end->values);
    values = block(count * sizeof(*values));
    scratch = block((size_t)cases[i].scratch * sizeof(*scratch));
    frame = block((size_t)front_end->values * sizeof(*frame));
    run();
    if (!frames_agree(frame)) return 3;
    fwrite(values, sizeof(*values), count, out);
    free(own);
    free(values);
    free(scratch);
    free(frame);
  }
  fclose(in);
  return fclose(out);
}
#endif
