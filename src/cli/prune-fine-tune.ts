/** Training of a model that was pruned, as `tinyml train` does it. */
import { TinymlError } from '../diagnostics/errors.ts';
import { importModel } from '../onnx/import.ts';
import { loadBackend } from '../train/run/backend.ts';
import type { TrainingReport } from '../train/run/loop.ts';
import { writtenModel } from '../train/run/score.ts';
import type { TrainingSettings } from '../train/run/settings.ts';
import type { Context } from './context.ts';
import { listOption, type Options, requiredNumber } from './options.ts';
import { openTraining, runSession } from './training-session.ts';
import { settingsOf, trainDefaults } from './training-settings.ts';

/** Options that say how to train, and have no default. */
const ONLY_TRAINING = [
  'lr',
  'optimizer',
  'momentum',
  'augment',
  'validation',
  'validation-share',
  'patience',
];

/** A tenth of the rate from random weights: what is left has farther to go than trained weights that go on whole, and is lost by more. */
const USUAL_RATES = { adam: 1e-4, sgd: 1e-3 };

/** A model as training left it. */
export type FineTuned = { readonly bytes: Uint8Array; readonly report: TrainingReport };

/** What --fine-tune and the options of training say; null where nothing is trained. @throws TinymlError E_USAGE as `settingsOf`, and for such options alone */
export async function fineTuning(options: Options, context: Context): Promise<TrainingSettings | null> {
  const epochs = requiredNumber(options, 'fine-tune');
  if (epochs > 0) {
    const lr = options.optimizer === 'sgd' ? USUAL_RATES.sgd : USUAL_RATES.adam;
    return settingsOf({ ...trainDefaults(), lr, ...options, epochs }, context);
  }
  const given = ONLY_TRAINING.find((name) => options[name] !== undefined);
  if (given === undefined) return null;
  throw new TinymlError('E_USAGE', `--${given} is of training, and nothing is trained`, {
    at: `--${given}`,
    hint: 'Give --fine-tune <epochs>, too.',
  });
}

/**
 * @param bytes of the pruned model
 * @param path where it goes, for messages
 * @throws TinymlError as `openTraining` and `runSession`
 */
export async function fineTune(
  bytes: Uint8Array,
  path: string,
  dataPath: string,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Promise<FineTuned> {
  // Its shapes are static by now.
  const own = listOption(options, 'dim').length === 0 ? options : { ...options, dim: [] };
  const training = await openTraining(
    importModel(bytes, { path }),
    await loadBackend(settings.trainer.backend),
    dataPath,
    settings,
    own,
    context,
  );
  const { report, graph } = await runSession(training, settings, own, context);
  for (const warning of report.warnings) context.warn('W_TRAINING', warning);
  return { bytes: writtenModel(graph), report };
}
