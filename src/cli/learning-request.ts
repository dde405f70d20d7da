/** What firmware is to learn, as `tinyml verify --learn` is told. */
import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { LearningRequest } from '../targets/target.ts';
import { checkClasses } from '../train/run/labels.ts';
import type { Context } from './context.ts';
import { bundleDataFor } from './dataset.ts';
import { numberOption, type Options, textOption } from './options.ts';

const OF_LEARNING = ['eval', 'every', 'epochs', 'lr', 'limit-train', 'limit-eval'] as const;

/** @throws TinymlError E_USAGE for settings of what is not asked for */
export function learningRequest(options: Options, context: Context): LearningRequest | null {
  const path = textOption(options, 'learn');
  const tests = textOption(options, 'eval');
  const alone = path === undefined ? OF_LEARNING : tests === undefined ? (['limit-eval'] as const) : [];
  const given = alone.filter((name) => options[name] !== undefined);
  if (given.length > 0) {
    throw new TinymlError(
      'E_USAGE',
      path === undefined ? 'nothing is to be learned' : 'nothing is measured on',
      {
        at: given.map((name) => `--${name}`),
        hint:
          path === undefined
            ? 'give --learn with samples, or leave them out'
            : 'give --eval, or leave it out',
      },
    );
  }
  if (path === undefined) return null;
  return {
    open: async (input) => {
      const open = async (from: string, limit: 'limit-train' | 'limit-eval'): Promise<IndexedDataset> =>
        bundleDataFor(from, input, numberOption(options, limit), context);
      const samples = await open(path, 'limit-train');
      const { classes } = input;
      const warning = classes === null ? null : checkClasses(samples, classes);
      if (warning !== null) context.warn('W_CLASSES', warning);
      if (tests === undefined) return { samples, tests: null };
      const measured = await open(tests, 'limit-eval');
      if (classes !== null) checkClasses(measured, classes);
      return { samples, tests: measured };
    },
    epochs: numberOption(options, 'epochs') ?? 1,
    every: numberOption(options, 'every') ?? null,
    learningRate: numberOption(options, 'lr') ?? null,
    seed: context.seed,
  };
}
