/** Sums of gradients that are computed twice stay from the first time to the second, as far as memory is free. Law: the same bytes. */
import type { Step } from '../../program/kernels/index.ts';
import { arenaAndLiveBytes, arenaBytesOf, type PlanOptions } from '../../program/plan.ts';
import type { Program } from '../../program/program.ts';
import { KEPT_CHANNELS, mostKept } from '../../program/rules.ts';
import type { ProgramTensor, TensorId } from '../../program/types.ts';
import { type KernelStep, usesOf } from './device-steps.ts';

type FirstPass = KernelStep<'conv2d_input_gradient_extent_s8'>;

/** A gradient that is computed twice: at the first step and at the last. */
type Pair = { readonly first: number; readonly last: number; readonly step: FirstPass };

const ROW_BYTES = 4 * KEPT_CHANNELS;

/** Of the bytes that are free beside what is live: the more is filled, the harder it is to place. */
const SHARES = [0.85, 0.7, 0.5, 0.25] as const;

/** How much larger an arena may be for it. */
const WORTH_IT = 1 / 200;

/** Keeps as many sums as find their place in the arena that it takes without them. */
export function keepSums(program: Program, options: PlanOptions): Program {
  const pairs = pairsOf(program.steps);
  if (pairs.length === 0) return program;
  const { bytes, live } = arenaAndLiveBytes(program, options);
  for (const share of SHARES) {
    const kept = withKept(program, keptRows(pairs, live, share));
    if (arenaBytesOf(kept, options) <= (1 + WORTH_IT) * bytes) return kept;
  }
  return program;
}

/** Rows of each pair by the tensor that keeps them. */
function keptRows(
  pairs: readonly Pair[],
  live: readonly number[],
  share: number,
): ReadonlyMap<TensorId, number> {
  const beside = [...live];
  const peakOf = (some: readonly number[]): number => some.reduce((peak, bytes) => Math.max(peak, bytes), 0);
  const most = peakOf(live);
  return new Map(
    pairs.map(({ first, last, step }) => {
      const free = share * (most - peakOf(beside.slice(first, last + 1)));
      const rows = Math.min(mostKept(step.params), Math.floor(free / ROW_BYTES));
      for (let i = first; i <= last; i++) beside[i] = beside[i]! + rows * ROW_BYTES;
      return [keptBy(step), rows] as const;
    }),
  );
}

function pairsOf(steps: readonly Step[]): readonly Pair[] {
  const uses = usesOf(steps);
  return steps.flatMap((step, first) => {
    if (step.kernel !== 'conv2d_input_gradient_extent_s8') return [];
    return [{ first, last: uses.readers(keptBy(step))[0]!, step }];
  });
}

function keptBy({ outputs }: FirstPass): TensorId {
  return outputs[2]!;
}

function withKept(program: Program, rows: ReadonlyMap<TensorId, number>): Program {
  const tensors = program.tensors.map((tensor, id): ProgramTensor => {
    const kept = rows.get(id) ?? 0;
    return kept === 0 ? tensor : { ...tensor, shape: [kept, KEPT_CHANNELS] };
  });
  const steps = program.steps.map((step): Step => {
    switch (step.kernel) {
      case 'conv2d_input_gradient_extent_s8':
        return { ...step, params: { ...step.params, kept: rows.get(keptBy(step))! } };
      case 'conv2d_input_gradient_encode_s8':
        return { ...step, params: { ...step.params, kept: rows.get(step.inputs.at(-1)!)! } };
      default:
        return step;
    }
  });
  return { ...program, tensors, steps };
}
