/** What an ablation can vary, how it is written, and what it means for a trainer. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { OCTO_DEFAULTS, type OctoSettings, type Prc } from '../options.ts';
import { octoSettings, parseLac, parsePrc } from '../run/option-texts.ts';
import type { Method } from '../types.ts';

export const FACTORS = [
  'method',
  'batch-norm',
  'lac',
  'prc',
  'bits-w',
  'bits-a',
  'bits-g',
  'round',
  'activations',
  'zero-points',
  'ranges',
] as const;

export type Factor = (typeof FACTORS)[number];

/**
 * The settings of one arm of an ablation: a value for every factor that applies to it, as it is written. Float training
 * has no codes, fake quantisation none for gradients, and dropped zero points go with the ranges of the batch.
 */
export type Arm = Readonly<Partial<Record<Factor, string>>>;

type FactorSpec = {
  /** For errors. */
  readonly wanted: string;
  /** The one way to write a value, or null for what is none. @throws TinymlError E_USAGE */
  readonly parse: (text: string) => string | null;
  readonly methods: readonly Method[];
};

const ALL: readonly Method[] = ['octo', 'qat', 'float'];
const CODES: readonly Method[] = ['octo', 'qat'];
const INTEGERS: readonly Method[] = ['octo'];

const oneOf = (methods: readonly Method[], ...values: readonly string[]): FactorSpec => ({
  wanted: values.join(', '),
  parse: (text) => (values.includes(text) ? text : null),
  methods,
});

const SPECS: Readonly<Record<Factor, FactorSpec>> = {
  method: oneOf(ALL, 'octo', 'qat', 'float'),
  'batch-norm': oneOf(ALL, 'on', 'off'),
  lac: oneOf(ALL, 'off', 'channel', 'position', 'tied'),
  prc: {
    wanted: 'off, fixed:<share>, zscore:<deviations>, mse, learned',
    parse: (text) => prcText(parsePrc(text)),
    methods: INTEGERS,
  },
  'bits-w': oneOf(CODES, '8', '7', '6', '5', '4', '3', '2'),
  'bits-a': oneOf(CODES, '8', '7', '6', '5', '4', '3', '2'),
  'bits-g': oneOf(INTEGERS, '8', '7', '6', '5', '4', '3', '2'),
  round: oneOf(INTEGERS, 'nearest', 'stochastic'),
  activations: oneOf(CODES, 'symmetric', 'affine'),
  'zero-points': oneOf(INTEGERS, 'exact', 'dropped'),
  ranges: oneOf(CODES, 'running', 'batch'),
};

function prcText(prc: Prc): string {
  switch (prc.kind) {
    case 'fixed':
      return `fixed:${prc.share}`;
    case 'zscore':
      return `zscore:${prc.deviations}`;
    case 'off':
    case 'mse':
    case 'learned':
      return prc.kind;
  }
}

/** @param at the option that names it @throws TinymlError E_USAGE */
export function parseFactor(text: string, at = '--grid'): Factor {
  const factor = FACTORS.find((one) => one === text);
  if (factor !== undefined) return factor;
  const [meant] = nearest(text, FACTORS);
  throw new TinymlError('E_USAGE', `there is no factor "${text}"`, {
    at,
    hint: meant === undefined ? `Factors are ${FACTORS.join(', ')}.` : `Did you mean ${meant}?`,
  });
}

/** @throws TinymlError E_USAGE */
export function parseValue(factor: Factor, text: string): string {
  const { wanted, parse } = SPECS[factor];
  const value = ((): string | null => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof TinymlError) return null;
      throw error;
    }
  })();
  if (value !== null) return value;
  throw new TinymlError('E_USAGE', `${factor} takes ${wanted}, not "${text}"`, { at: `--grid ${factor}` });
}

/**
 * The arm of some settings, with the defaults of `tinyml train` for the others and without what does not apply.
 * @param batchNorm whether the model has batch normalisations
 */
export function completeArm(given: Arm, batchNorm: boolean): Arm {
  const method = (given.method ?? 'octo') as Method;
  const defaults = octoSettings({
    ...(given['bits-g'] === undefined ? {} : { bitsGradients: Number(given['bits-g']) }),
    // One for all roundings: an arm differs from another in what the grid names.
    prc: OCTO_DEFAULTS.prc,
  });
  const all: Readonly<Record<Factor, string>> = {
    method,
    'batch-norm': batchNorm ? 'on' : 'off',
    lac: defaults.lac.kind,
    prc: prcText(defaults.prc),
    'bits-w': String(defaults.bitsWeights),
    'bits-a': String(defaults.bitsActivations),
    'bits-g': String(defaults.bitsGradients),
    round: defaults.gradientRounding,
    activations: defaults.activations,
    'zero-points': 'exact',
    ranges: 'running',
    ...given,
  };
  const applies = (factor: Factor): boolean =>
    SPECS[factor].methods.includes(method) &&
    (factor !== 'ranges' || method !== 'octo' || all['zero-points'] === 'exact');
  return Object.fromEntries(FACTORS.filter(applies).map((factor) => [factor, all[factor]]));
}

/** Why an arm cannot be trained, or null. */
export function whyNot(arm: Arm): string | null {
  if (arm.lac === 'tied' && (arm.method !== 'octo' || arm.activations !== 'affine')) {
    return 'lac=tied needs method=octo and activations=affine';
  }
  if (arm['zero-points'] === 'dropped' && arm.activations !== 'affine') {
    return 'zero-points=dropped needs activations=affine: there are no others';
  }
  return null;
}

/** One text for each arm. */
export function armKey(arm: Arm): string {
  return FACTORS.flatMap((factor) => (arm[factor] === undefined ? [] : [`${factor}=${arm[factor]}`])).join(
    ' ',
  );
}

/** How an arm is trained. @param lacL2 penalty on LAC constants */
export function armSettings(
  arm: Arm,
  lacL2: number,
): { readonly method: Method; readonly octo: OctoSettings } {
  // Factors that do not apply are never read: any value of theirs will do.
  const all = { ...completeArm({}, false), ...arm };
  return {
    method: all.method as Method,
    octo: octoSettings({
      bitsWeights: Number(all['bits-w']),
      bitsActivations: Number(all['bits-a']),
      bitsGradients: Number(all['bits-g']),
      activations: all.activations as OctoSettings['activations'],
      lac: parseLac(all.lac!, lacL2),
      prc: parsePrc(all.prc!),
      gradientRounding: all.round as OctoSettings['gradientRounding'],
      faithful: all['zero-points'] === 'dropped',
      ...(all.ranges === 'batch' ? { rangeDecay: 0 } : {}),
    }),
  };
}

/**
 * Whether the exported model computes something else than what was trained: integers with all zero points, codes of
 * 8 bits, and one LAC constant per channel.
 */
export function exportDiffers(arm: Arm): boolean {
  return (
    arm.lac === 'position' ||
    arm['zero-points'] === 'dropped' ||
    [arm['bits-w'], arm['bits-a']].some((bits) => bits !== undefined && bits !== '8')
  );
}
