/** What is whole at the peak of a plan, and in words why it does not go by rows. */
import { lifetimes } from './lifetimes.ts';
import { passingTensors, stretchesOf } from './loops.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { tensorBytes } from './plan.ts';
import type { Program } from './program.ts';
import { isFold } from './row-folds.ts';
import { type Rowwise, rowwise } from './rowwise.ts';
import type { TensorId } from './types.ts';

export type WholeTensor = { readonly tensor: string; readonly bytes: number; readonly why: string };

type Step = Program['steps'][number];

/**
 * The tensors that are whole at the peak, those of the most bytes first: all but the buffers of loops.
 * @param lowered the Program before anything of it became loops or was packed
 */
export function wholeAtPeak(
  lowered: Program,
  { program, plan }: { readonly program: Program; readonly plan: MemoryPlan },
): readonly WholeTensor[] {
  const passing = new Set(stretchesOf(program).flatMap((stretch) => [...passingTensors(program, stretch)]));
  const whole = rowwise(lowered);
  const named = new Map(lowered.tensors.map(({ name }, id) => [name, id]));
  const { spans } = lifetimes(program);
  const live = [...spans].filter(
    ([id, { first, last }]) => first <= plan.peakStep && plan.peakStep <= last && !passing.has(id),
  );
  return live
    .map(([id]): WholeTensor => {
      const { name, storage } = program.tensors[id]!;
      const own = named.get(name);
      const why =
        storage.kind === 'state' ? 'state' : own === undefined ? 'made for a loop' : whyWhole(whole, own);
      return { tensor: name, bytes: tensorBytes(program, id), why };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

function whyWhole(whole: Rowwise, id: TensorId): string {
  const { program, forms } = whole;
  const { steps, inputs, outputs } = program;
  const readers = steps.flatMap((step, index) => (step.inputs.includes(id) ? [index] : []));
  for (const index of readers) {
    const step = steps[index]!;
    const form = forms[index]!;
    if (form === null) return `${step.name} ${waysOf(step)}`;
    if (form.inputs[step.inputs.indexOf(id)] === null) return `${step.name} reads all of it for every row`;
  }
  const waiting = waitingReader(whole, id);
  if (waiting !== null) return waiting;
  const writer = steps.findIndex((step) => step.outputs.includes(id));
  if (writer >= 0 && forms[writer] === null) return `${steps[writer]!.name} ${waysOf(steps[writer]!)}`;
  if (inputs.some(({ tensor }) => tensor === id)) return 'an input of the model';
  if (outputs.some(({ tensor }) => tensor === id)) return 'an output of the model';
  const last = readers.at(-1);
  return last !== undefined && readers.length > 1
    ? `kept for ${steps[last]!.name}; could go by rows`
    : 'could go by rows';
}

/** A reader that has to wait until a step that the others lead to has seen all rows: what a mean of an image weighs. */
function waitingReader({ program: { steps }, forms }: Rowwise, id: TensorId): string | null {
  const made = new Set([id]);
  /** What comes of it behind a step that takes all of it, with that step. */
  const behind = new Map<TensorId, Step>();
  for (const [index, step] of steps.entries()) {
    const own = step.inputs.flatMap((from) => behind.get(from) ?? [])[0];
    if (own !== undefined && step.inputs.includes(id)) {
      return `${step.name} waits for ${own.name}, which ${waysOf(own)}`;
    }
    if (own === undefined && !step.inputs.some((from) => made.has(from))) continue;
    const form = forms[index]!;
    const takesAll =
      form === null ||
      isFold(form) ||
      step.inputs.some((from, k) => made.has(from) && form.inputs[k] === null);
    const barrier = own ?? (takesAll ? step : undefined);
    for (const output of step.outputs) {
      if (barrier === undefined) made.add(output);
      else behind.set(output, barrier);
    }
  }
  return null;
}

/** What a step does that does not go by rows, as a verb. */
function waysOf({ kernel }: Step): string {
  switch (kernel) {
    case 'attention_s8':
    case 'linear_attention_s8':
      return 'attends over all positions';
    case 'batch_matmul_s8':
    case 'batch_matmul_s16':
      return 'multiplies whole matrices';
    case 'copy_s8':
    case 'copy_s16':
    case 'gather_s8':
      return 'puts elements into another order';
    case 'avg_pool2d_s8':
    case 'mean_pool2d_s8':
    case 'max_pool2d_s8':
    case 'reduce_sum_s8':
      return 'pools all of it';
    case 'lstm_s8':
    case 'lstm_s16':
    case 'gru_s8':
    case 'gru_s16':
    case 'rnn_s8':
      return 'goes through it step by step';
    default:
      return 'takes all of it at once';
  }
}
