/** Prints the part of the README of a bundle that says how firmware trains: a program that builds as it stands. */
import { lossText } from './loss-text.ts';
import type { Training } from './training.ts';

export function printTrainingReadme({ programs }: Training, name: string): string {
  const macro = name.toUpperCase();
  const { loss } = programs;
  const { argument, learns } = lossText(loss);
  return `
## Training

\`${name}_train_step()\` learns ${learns}${loss.kind === 'cross-entropy' ? `, of ${loss.classes}` : ''}; \`${name}_invoke()\` computes with what was learned from the next call on.
\`${name}_training.h\` says what that takes and which rates are sound. Parameters are a record of \`${macro}_PARAMETERS_BYTES\` bytes that is written and
read through callbacks, so that it may lie in flash, in a file or come over the air. One that was cut, of another version or of
another model is refused, and the parameters stay as they are.

\`\`\`c
#include <stdio.h>
#include <string.h>

#include "${name}.h"
#include "${name}_training.h"

static unsigned char flash[${macro}_PARAMETERS_BYTES]; /* a sector of yours */
static uint32_t written;

static int32_t write_flash(void *context, const void *bytes, uint32_t count) {
  (void)context;
  memcpy(flash + written, bytes, count);
  written += count;
  return 0;
}

static int32_t read_flash(void *context, uint32_t offset, void *bytes, uint32_t count) {
  (void)context;
  memcpy(bytes, flash + offset, count);
  return 0;
}

int main(void) {
  ${name}_training_result result;
  if (${name}_parameters_load(read_flash, NULL) != ${macro}_PARAMETERS_OK) puts("beginning anew");
  for (int i = 0; i < ${macro}_INPUT_ELEMENTS; i++) ${name}_input()[i] = 0; /* your sample */
  if (${name}_train_step(${name}_input(), ${argument('0')}${macro}_LEARNING_RATE, &result) != ${macro}_TRAINING_OK) return 1;
  printf("loss %f\\n", (double)result.loss);
  return (int)${name}_parameters_save(write_flash, NULL);
}
\`\`\`
`;
}
