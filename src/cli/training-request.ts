/** What firmware is to train, as `tinyml deploy --training` is told: the options of `tinyml train` that a device has. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { TrainingRequest } from '../targets/target.ts';
import { DEVICE_DEFAULTS, TRAINING_ON_DEVICE } from './commands.ts';
import type { Context } from './context.ts';
import { flagOption, type Options } from './options.ts';
import { settingsOf, trainDefaults } from './training-settings.ts';

/**
 * Where nothing else is said, weights are kept in int8 and gradients rounded at random, which needs no search for a range; a step is of one sample.
 *
 * @throws TinymlError E_USAGE as `settingsOf`
 */
export async function trainingRequest(options: Options, context: Context): Promise<TrainingRequest | null> {
  const given = Object.fromEntries(
    TRAINING_ON_DEVICE.flatMap(({ name }) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  if (!flagOption(options, 'training')) {
    const names = Object.keys(given).map((name) => `--${name}`);
    if (names.length === 0) return null;
    throw new TinymlError('E_USAGE', 'firmware that only infers has no settings of training', {
      at: names,
      hint: 'give --training, or leave them out',
    });
  }
  const all = { ...trainDefaults(), ...DEVICE_DEFAULTS, ...given, 'batch-size': 1 };
  const { trainer, rate } = await settingsOf(all, context);
  return { trainer, learningRate: rate };
}
