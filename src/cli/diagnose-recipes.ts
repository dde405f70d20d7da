/** Recipes of a diagnosis as command lines: what a user types to make the same file. */
import { existsSync } from 'node:fs';
import type { Preprocess } from '../data/preprocess.ts';
import { nonDefault } from '../input/contract.ts';
import type { Recipe } from '../quantize/diagnose/recipe.ts';
import type { Remedy } from '../quantize/diagnose/remedies.ts';
import { weightBitsText } from '../quantize/four-bit-weights.ts';
import { QUANTIZE_DEFAULTS } from '../quantize/quantize-graph.ts';
import { COMMANDS } from './commands.ts';
import type { Options } from './options.ts';
import { shellLine } from './shell-words.ts';

export type Called = {
  readonly model: string;
  /** The quantised model that was given; null where there is none. */
  readonly given: string | null;
  readonly options: Options;
  /** Where the file goes that a command line writes. */
  readonly output: string;
};

/** A file that is made where data need another preprocessing: none that is there already. */
function freshDescription(): string {
  for (let i = 1; ; i++) {
    const name = `preprocess.mended${i === 1 ? '' : `-${i}`}.json`;
    if (!existsSync(name)) return name;
  }
}

/** How a preprocessing is given: `raw`, or a file that is made first. @param corrected null where it stays */
function preprocessing(corrected: Preprocess | null): {
  readonly files: readonly string[];
  readonly data: readonly string[];
} {
  if (corrected === null) return { files: [], data: [] };
  const said = nonDefault(corrected);
  if (Object.keys(said).length === 0) return { files: [], data: ['--preprocess', 'raw'] };
  const description = freshDescription();
  // What is null is so by default.
  const text = JSON.stringify(said, (_, value) => value ?? undefined);
  return {
    files: [`echo ${shellLine([text])} > ${description}`],
    data: ['--preprocess', description],
  };
}

/** @param remedies those that made the recipe @param suited the preprocessing of its data, where that is another than was given */
export function commandLines(
  called: Called,
  recipe: Recipe,
  remedies: readonly Remedy[],
  suited: Preprocess | null,
): readonly string[] {
  const { model, given, options, output } = called;
  const corrected = recipe.input === null ? null : suited;
  const { files, data } = preprocessing(corrected);
  const words =
    recipe.origin.kind === 'float'
      ? [
          'quantize',
          model,
          '-o',
          output,
          ...passedOn('quantize', options, corrected !== null),
          ...data,
          ...flagsOf(recipe),
        ]
      : [
          ...['diagnose', model, given!, '--apply', '-o', output],
          ...passedOn('diagnose', options, corrected !== null),
          ...data,
          ...flagsOf(recipe),
          ...remedies.flatMap(({ id }) => ['--remedy', id]),
        ];
  return [...files, shellLine(['tinyml', ...words])];
}

/** What the recipe says itself, and what a command line has anyway. */
const RECIPE_OPTIONS = new Set([
  ...[
    'output',
    'observer',
    'observer-of',
    'equalize',
    'smooth',
    'bias-correction',
    'weights',
    'round',
    'float',
    'bits',
    'weight-bits',
  ],
  ...[
    'calibration-scale',
    'apply',
    'remedy',
    'report',
    'depfile',
    'min-sqnr',
    'min-accuracy',
    'max-drop',
    'eval-size',
  ],
]);

/** Options of the call that another command has, too, where they are not by default. */
export function passedOn(command: string, options: Options, otherPreprocess: boolean): readonly string[] {
  const specs = COMMANDS.find(({ name }) => name === command)!.options;
  return specs.flatMap(({ name, kind, default: usual }) => {
    const value = options[name];
    if (value === undefined || value === usual || value === false || RECIPE_OPTIONS.has(name)) return [];
    if (name === 'preprocess' && otherPreprocess) return [];
    if (kind === 'flag') return [`--${name}`];
    const values = typeof value === 'object' ? value : [String(value)];
    return values.flatMap((one) => [`--${name}`, one]);
  });
}

function flagsOf({ origin, calibrationScale }: Recipe): readonly string[] {
  const scale = calibrationScale === 1 ? [] : ['--calibration-scale', String(calibrationScale)];
  if (origin.kind !== 'float') return scale;
  const {
    observer,
    observers,
    equalize,
    smooth,
    biasCorrection,
    weightRange,
    rounding,
    float,
    bits,
    weightBits,
  } = {
    ...QUANTIZE_DEFAULTS,
    ...origin.options,
  };
  return [
    ...scale,
    ...(observer.kind === QUANTIZE_DEFAULTS.observer.kind ? [] : ['--observer', observer.kind]),
    ...[...observers].flatMap(([name, { kind }]) => ['--observer-of', `${name}=${kind}`]),
    ...(equalize ? ['--equalize'] : []),
    ...(smooth ? ['--smooth'] : []),
    ...(biasCorrection ? ['--bias-correction', 'on'] : []),
    ...(weightRange === 'mse' ? ['--weights', 'mse'] : []),
    ...(rounding === 'adaptive' ? ['--round', 'adaptive'] : []),
    ...float.flatMap((name) => ['--float', name]),
    ...bits.flatMap((wish) => ['--bits', `${wish.layers}=${wish.bits}`]),
    ...weightBits.flatMap((wish) => ['--weight-bits', weightBitsText(wish)]),
  ];
}
