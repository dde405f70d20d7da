import { TinymlError } from '../../diagnostics/errors.ts';

/** How the learning rate goes over a run, after the warm-up. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** From the full rate to 0 over half a period of the cosine (Loshchilov and Hutter 2017, without restarts). */
  | { readonly kind: 'cosine' }
  /** Times `factor` at the start of each of these epochs (ascending). */
  | { readonly kind: 'step'; readonly factor: number; readonly epochs: readonly number[] };

/** A warm-up in steps or epochs; the rate grows in equal parts from step to step. */
export type Warmup = { readonly unit: 'steps' | 'epochs'; readonly count: number };

/**
 * `constant`, `cosine` or `step:0.1@30,60`.
 * @throws TinymlError E_USAGE
 */
export function parseSchedule(text: string): Schedule {
  if (text === 'constant' || text === 'cosine') return { kind: text };
  const [, factorText, list = ''] = /^step:(\d*\.?\d+)@([\d,]+)$/.exec(text) ?? [];
  const factor = Number(factorText);
  const epochs = list.split(',').map(Number);
  const ascending = epochs.every((epoch, i) => epoch > (epochs[i - 1] ?? 0));
  if (factor > 0 && factor <= 1 && ascending) return { kind: 'step', factor, epochs };
  throw new TinymlError(
    'E_USAGE',
    `--schedule takes constant, cosine or step:<factor>@<epochs>, not "${text}"`,
    {
      at: '--schedule',
      hint: 'For example: --schedule step:0.1@30,60 divides the rate by ten after 30 and 60 epochs.',
    },
  );
}

/**
 * `500` or `500steps`, `2epochs`.
 * @throws TinymlError E_USAGE
 */
export function parseWarmup(text: string): Warmup {
  const [, count, unit] = /^(\d{1,9})\s*(steps?|epochs?)?$/.exec(text) ?? [];
  if (count !== undefined)
    return { unit: unit?.startsWith('epoch') ? 'epochs' : 'steps', count: Number(count) };
  throw new TinymlError('E_USAGE', `--warmup takes a number of steps or epochs, not "${text}"`, {
    at: '--warmup',
    hint: 'For example: --warmup 500 or --warmup 2epochs',
  });
}

export type RateOptions = {
  readonly schedule: Schedule;
  readonly warmup: Warmup;
  /** The largest learning rate. */
  readonly rate: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
};

/** Learning rate of every step (from 0), a float32 value: the same on every machine. */
export function learningRates(options: RateOptions): (step: number) => number {
  const { schedule, warmup, rate, epochs, stepsPerEpoch } = options;
  const total = epochs * stepsPerEpoch;
  const warm = Math.min(total, warmup.count * (warmup.unit === 'epochs' ? stepsPerEpoch : 1));
  return (step) => {
    if (step < warm) return Math.fround((rate * (step + 1)) / (warm + 1));
    return Math.fround(rate * shareAt(schedule, step, warm, total, stepsPerEpoch));
  };
}

function shareAt(
  schedule: Schedule,
  step: number,
  warm: number,
  total: number,
  stepsPerEpoch: number,
): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'cosine':
      return (1 + cosineOfHalfTurns(Math.min(1, (step - warm) / Math.max(1, total - warm)))) / 2;
    case 'step':
      return schedule.epochs
        .filter((epoch) => step >= epoch * stepsPerEpoch)
        .reduce((share) => share * schedule.factor, 1);
  }
}

/** cos(pi x) for x in 0 .. 1 by its Taylor series, since Math.cos is not the same everywhere; error below 1e-15. */
function cosineOfHalfTurns(x: number): number {
  if (x > 0.5) return -cosineOfHalfTurns(1 - x);
  const square = Math.PI * x * Math.PI * x;
  let sum = 0;
  for (let n = 20; n > 0; n -= 2) sum = ((1 + sum) * -square) / (n * (n - 1));
  return 1 + sum;
}
