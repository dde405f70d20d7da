/** The part of a self-test that trains: on golden inputs, from the first values on, and on from a record of parameters. */
import type { DeviceLoss } from '../../../train/compile/device.ts';
import { type LossText, lossText } from './loss-text.ts';
import { TRACE_STEPS, type TrainingTrace } from './trace.ts';

/** What the self-test trains on, and what that must come to. */
export type TrainingGolden = {
  readonly loss: DeviceLoss;
  /** Class of each golden vector; 0 where there are none. */
  readonly labels: readonly number[];
  readonly trace: TrainingTrace;
};

/** Steps before parameters are saved, and as many behind, where nobody says how many. */
const DEFAULT_STEPS = 10;

/**
 * Tables and functions; `train()` returns how much was wrong. Lines it prints:
 * `step <name> <index> <state> <results> <instructions>`, sums as in TrainingStep, instructions of the step on a board, else 0;
 * `parameters <name> <case> <expected status> <status> <state>`.
 */
/** @param floatInput whether the input may hold what is no number */
export function printTrainingSelftest(
  { trace, loss }: TrainingGolden,
  name: string,
  floatInput: boolean,
): string {
  const macro = name.toUpperCase();
  const text = lossText(loss);
  const { argument, judges } = text;
  const words = (values: readonly number[]): string => {
    const texts = values.map((value) => `0x${value.toString(16).padStart(8, '0')}u`);
    return Array.from(
      { length: Math.ceil(texts.length / 8) },
      (_, row) => `  ${texts.slice(8 * row, 8 * row + 8).join(', ')},`,
    ).join('\n');
  };
  return `/* Steps of training before parameters are saved, and as many behind: at most ${TRACE_STEPS / 2}. */
#ifndef ${macro}_SELFTEST_STEPS
#define ${macro}_SELFTEST_STEPS ${DEFAULT_STEPS}
#endif

/* Of the state before all steps and after each, and of what each gave. */
static const uint32_t trained_first = 0x${trace.first.toString(16)}u;
static const uint32_t trained_states[${TRACE_STEPS}] = {
${words(trace.steps.map(({ state }) => state))}
};
static const uint32_t trained_results[${TRACE_STEPS}] = {
${words(trace.steps.map(({ results }) => results))}
};

static ${name}_training_result trained_result;
static ${name}_training_status trained_status;

static void train_current(void) {
  trained_status = ${name}_train_step(${name}_input(), ${argument('current->label')}${macro}_LEARNING_RATE, &trained_result);
}

static uint32_t state_sum(void) {
  return crc32(0u, ${name}_arena(), ${macro}_STATE_BYTES);
}

static uint32_t result_sum(uint32_t before) {
  const uint32_t status = (uint32_t)trained_status;
  uint32_t sum = crc32(before, (const uint8_t *)&trained_result.loss, 4u);
${judges ? '  sum = crc32(sum, (const uint8_t *)&trained_result.correct, 4u);\n' : ''}  return crc32(sum, (const uint8_t *)&status, 4u);
}

/* One step, an evaluation of the same sample, and an inference. */
static uint32_t train_one(uint32_t index) {
  uint32_t state, results, instructions = 0u;
  current = &vectors[index % VECTORS];
  write_inputs(current);
#ifdef ${macro}_SELFTEST_BOARD
  ${name}_mcu_cost cost;
  ${name}_mcu_measure(train_current, &cost);
  instructions = cost.instructions;
#else
  train_current();
#endif
  state = state_sum();
  results = result_sum(0u);
  write_inputs(current);
  trained_status = ${name}_evaluate(${name}_input(), ${argument('current->label')}&trained_result);
  results = result_sum(results);
  write_inputs(current);
  ${name}_invoke();
  results = crc32(results, (const uint8_t *)${name}_output(), ${macro}_OUTPUT_BYTES);
  WRITE("step ${name}");
  write_number(index);
  write_number(state);
  write_number(results);
  write_number(instructions);
  WRITE("\\n");
  return state == trained_states[index] && results == trained_results[index] ? 0u : 1u;
}

static uint8_t record[${macro}_PARAMETERS_BYTES];
static uint32_t recorded; /* bytes of it that are there: behind them all ones, as in erased flash */

static int32_t write_record(void *context, const void *bytes, uint32_t count) {
  const uint8_t *from = bytes;
  (void)context;
  for (uint32_t i = 0; i < count; i++) record[recorded++] = from[i];
  return 0;
}

static int32_t read_record(void *context, uint32_t offset, void *bytes, uint32_t count) {
  uint8_t *to = bytes;
  const uint32_t *there = context;
  for (uint32_t i = 0; i < count; i++) to[i] = offset + i < *there ? record[offset + i] : (uint8_t)0xff;
  return 0;
}

/* Loads the record, which must come to a status and leave this state. */
static uint32_t load(uint32_t which, uint32_t there, ${name}_parameters_status expected, uint32_t state) {
  const ${name}_parameters_status status = ${name}_parameters_load(read_record, &there);
  const uint32_t sum = state_sum();
  WRITE("parameters ${name}");
  write_number(which);
  write_number((uint32_t)expected);
  write_number((uint32_t)status);
  write_number(sum);
  WRITE("\\n");
  return status == expected && sum == state ? 0u : 1u;
}

static void seal(void) {
  const uint32_t sum = crc32(0u, record, 20u);
  for (uint32_t i = 0; i < 4u; i++) record[20u + i] = (uint8_t)(sum >> (8u * i));
}

static uint32_t train(void) {
  const uint32_t half = ${macro}_SELFTEST_STEPS, whole = ${macro}_PARAMETERS_BYTES;
  uint32_t wrong;
  ${name}_reset();
  wrong = state_sum() == trained_first ? 0u : 1u;
  for (uint32_t i = 0; i < half; i++) wrong += train_one(i);
  recorded = 0u;
  if (${name}_parameters_save(write_record, NULL) != ${macro}_PARAMETERS_OK || recorded != ${name}_parameters_size()) wrong++;
  ${name}_reset();
  current = &vectors[0];
  write_inputs(current);
${judges ? refusesLabels(name, macro) : ''}  if (${name}_train_step(${name}_input(), ${argument('0')}-1.0f, NULL) != ${macro}_TRAINING_RATE) wrong++;
${floatInput ? refusesNotFinite(name, macro, text) : ''}  wrong += load(0u, 0u, ${macro}_PARAMETERS_NONE, trained_first);
  wrong += load(1u, 12u, ${macro}_PARAMETERS_DAMAGED, trained_first);
  wrong += load(2u, whole - 4u, ${macro}_PARAMETERS_DAMAGED, trained_first);
  record[whole / 2u] ^= 4u;
  wrong += load(3u, whole, ${macro}_PARAMETERS_DAMAGED, trained_first);
  record[whole / 2u] ^= 4u;
  record[4] ^= 1u;
  seal();
  wrong += load(4u, whole, ${macro}_PARAMETERS_OTHER_VERSION, trained_first);
  record[4] ^= 1u;
  record[8] ^= 1u;
  seal();
  wrong += load(5u, whole, ${macro}_PARAMETERS_OTHER_MODEL, trained_first);
  record[8] ^= 1u;
  seal();
  wrong += load(6u, whole, ${macro}_PARAMETERS_OK, half == 0u ? trained_first : trained_states[half - 1u]);
  for (uint32_t i = half; i < 2u * half; i++) wrong += train_one(i);
  ${name}_reset();
  return wrong;
}
`;
}

function refusesLabels(name: string, macro: string): string {
  return `  if (${name}_train_step(${name}_input(), ${macro}_CLASSES, ${macro}_LEARNING_RATE, NULL) != ${macro}_TRAINING_LABEL) wrong++;
  if (${name}_train_step(${name}_input(), -1, ${macro}_LEARNING_RATE, NULL) != ${macro}_TRAINING_LABEL) wrong++;
`;
}

function refusesNotFinite(name: string, macro: string, { argument }: LossText): string {
  return `  {
    const uint32_t not_a_number = 0x7fc00000u;
    (void)memcpy(${name}_input(), &not_a_number, sizeof(not_a_number));
    if (${name}_train_step(${name}_input(), ${argument('0')}${macro}_LEARNING_RATE, NULL) != ${macro}_TRAINING_INPUT) wrong++;
    if (${name}_evaluate(${name}_input(), ${argument('0')}NULL) != ${macro}_TRAINING_INPUT) wrong++;
  }
`;
}
