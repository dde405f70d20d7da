/** Counts of kernels with weights of 4 bits: those of 8 bits, block by block, and what unpacks the weights. */
import { FOUR_BIT_RUN } from '../../../program/kernels/four-bits.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { convolution, rowDots, together } from './work-builtin.ts';
import type { Loops, Work } from './work-types.ts';

type FourBitStep = Extract<Step, { readonly kernel: 'conv2d_s4' | 'fully_connected_s4' }>;

/** Runs that vectors unpack at once. */
const VECTOR_RUNS = 4;

export function fourBitWork(step: Step, loops: Loops): Work | null {
  if (step.kernel !== 'conv2d_s4' && step.kernel !== 'fully_connected_s4') return null;
  const blocks = blocksOf(step);
  const computed = blocks.map(({ channels, count }) => times(blockWork(step, channels, loops), count));
  const total = computed.reduce(together);
  return {
    ...total,
    call: 1,
    block: blocks.reduce((sum, { count }) => sum + count, 0),
    ...unpacking(step, loops),
  };
}

type Blocks = { readonly channels: number; readonly count: number };

/** Blocks of each size: whole ones, and what a group of channels has left. */
function blocksOf(step: FourBitStep): readonly Blocks[] {
  const [groups, channels] =
    step.kernel === 'conv2d_s4'
      ? [step.params.groups, step.params.outChannels / step.params.groups]
      : [1, step.params.outFeatures];
  const { block } = step.params;
  const rest = channels % block;
  return [
    { channels: block, count: groups * Math.floor(channels / block) },
    { channels: rest, count: rest === 0 ? 0 : groups },
  ].filter(({ count }) => count > 0);
}

function blockWork(step: FourBitStep, channels: number, loops: Loops): Work {
  if (step.kernel === 'conv2d_s4') return convolution(step.params, loops, { groups: 1, channels });
  const { rows, inFeatures } = step.params;
  return rowDots({ calls: 1, rows, channels, count: inFeatures }, loops);
}

function unpacking(step: FourBitStep, loops: Loops): Work {
  const channels = step.kernel === 'conv2d_s4' ? step.params.outChannels : step.params.outFeatures;
  const { rowSize, group } = step.params;
  const sizes = [
    ...new Array<number>(Math.floor(rowSize / group)).fill(group),
    ...(rowSize % group === 0 ? [] : [rowSize % group]),
  ];
  const runs = sizes.map((size) => size / FOUR_BIT_RUN);
  const total = (of: (run: number) => number): number =>
    channels * runs.reduce((sum, run) => sum + of(run), 0);
  return {
    unpackedRow: channels,
    unpackedGroup: channels * sizes.length,
    ...(loops === 'mve'
      ? {
          unpackedVector: total((run) => Math.floor(run / VECTOR_RUNS)),
          unpackedRest: total((run) => Number(run % VECTOR_RUNS > 0)),
        }
      : { unpackedRun: total((run) => run) }),
  };
}

function times(work: Work, count: number): Work {
  return Object.fromEntries(Object.entries(work).map(([name, amount]) => [name, amount * count]));
}
