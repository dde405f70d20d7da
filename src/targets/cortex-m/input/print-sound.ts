/** Prints the C function that makes an input of 16-bit samples of sound. */
import { frontEndScratch, needsAllFrames } from '../print-front-end.ts';
import type { FeatureConversion, SoundConversion } from './conversions.ts';

export function samplesPrototype(name: string): string {
  return `void ${name}_input_from_pcm16(const int16_t *samples)`;
}

/** Bytes of the arena that the function works in, before the model runs. */
export function soundScratchBytes({ features }: SoundConversion): number {
  if (features === null) return 0;
  const { tables } = features;
  const values = tables.values * (needsAllFrames(tables) ? tables.frames : 1);
  return 4 * (frontEndScratch(tables) + values);
}

/** @param symbols of the encoders @param scratch where in the arena it may work */
export function printSound(
  { features }: SoundConversion,
  name: string,
  type: string,
  symbols: readonly string[],
  scratch: number,
): string {
  if (features !== null) return printFeatures(features, name, type, symbols, scratch);
  return `${samplesPrototype(name)} {
  ${type} *to = ${name}_input();
  for (int32_t i = 0; i < ${name.toUpperCase()}_INPUT_ELEMENTS; i++) to[i] = ${symbols[0]}(samples[i]);
}
`;
}

/** Frame by frame, so that the integers of one are kept at a time, where a frame does not depend on others. */
function printFeatures(
  { tables, frameStride, valueStride, laneAxis }: FeatureConversion,
  name: string,
  type: string,
  symbols: readonly string[],
  scratch: number,
): string {
  const macro = `${name.toUpperCase()}_FRONT_END`;
  const whole = needsAllFrames(tables);
  const before = whole
    ? `  ${name}_front_end_run(&${name}_front_end_tables, samples, scratch, values);`
    : `  const ${name}_sound_level level = ${name}_front_end_level(&${name}_front_end_tables, samples);`;
  const each = whole
    ? ''
    : `    ${name}_front_end_frame(&${name}_front_end_tables, &level, samples, frame, scratch, values);\n`;
  const from = whole ? `values[frame * ${macro}_VALUES + value]` : 'values[value]';
  const place = `to[frame * ${frameStride} + value * ${valueStride}]`;
  const put =
    laneAxis === null
      ? `      ${place} = ${symbols[0]}(${from});`
      : `      switch (${laneAxis}) {
${symbols
  .map((symbol, lane) => {
    const label = lane === symbols.length - 1 ? 'default:' : `case ${lane}:`;
    return `        ${label}\n          ${place} = ${symbol}(${from});\n          break;`;
  })
  .join('\n')}
      }`;
  return `${samplesPrototype(name)} {
  /* Of the arena, what the model does not need before it runs. */
  int32_t *const scratch = (int32_t *)(void *)((int8_t *)${name}_arena() + ${scratch});
  int32_t *const values = scratch + ${macro}_SCRATCH;
${before}
  ${type} *const to = ${name}_input();
  for (int32_t frame = 0; frame < ${macro}_FRAMES; frame++) {
${each}    for (int32_t value = 0; value < ${macro}_VALUES; value++) {
${put}
    }
  }
}
`;
}
