/** The options of `tinyml train` as the settings of a run. */
import type { OctoSettings, Optimizer, TrainerOptions } from '../train/options.ts';
import { type TrainingSettings, trainingSettings } from '../train/run/settings.ts';
import type { Method } from '../train/types.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import {
  flagOption,
  listOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';

/** What `tinyml train` does where nothing else is said: for commands that train on the way. */
export function trainDefaults(): Options {
  const train = COMMANDS.find(({ name }) => name === 'train')!;
  return Object.fromEntries(
    train.options.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );
}

/** @throws TinymlError E_USAGE for values and combinations that make no sense, E_FILE */
export function settingsOf(options: Options, context: Context): Promise<TrainingSettings> {
  return trainingSettings(
    {
      method: requiredText(options, 'method') as Method,
      loss: requiredText(options, 'loss') as 'cross-entropy' | 'mse',
      labelSmoothing: requiredNumber(options, 'label-smoothing'),
      batchSize: requiredNumber(options, 'batch-size'),
      accumulate: numberOption(options, 'accumulate') ?? 1,
      replay: numberOption(options, 'replay') ?? null,
      replaySteps: numberOption(options, 'replay-steps') ?? null,
      epochs: requiredNumber(options, 'epochs'),
      rate: numberOption(options, 'lr') ?? null,
      optimizer: (textOption(options, 'optimizer') ?? null) as Optimizer['kind'] | null,
      momentum: numberOption(options, 'momentum') ?? null,
      weightDecay: requiredNumber(options, 'weight-decay'),
      schedule: requiredText(options, 'schedule'),
      warmup: requiredText(options, 'warmup'),
      augment: listOption(options, 'augment'),
      scheme: requiredText(options, 'scheme'),
      freeze: listOption(options, 'freeze'),
      init: requiredText(options, 'init') as TrainerOptions['init'],
      classes: numberOption(options, 'classes') ?? null,
      bitsWeights: requiredNumber(options, 'bits-w'),
      bitsActivations: requiredNumber(options, 'bits-a'),
      bitsGradients: requiredNumber(options, 'bits-g'),
      activations: (textOption(options, 'activations') ?? null) as OctoSettings['activations'] | null,
      gradientRounding: (textOption(options, 'round-gradients') ?? null) as
        | OctoSettings['gradientRounding']
        | null,
      prc: textOption(options, 'prc') ?? null,
      lac: textOption(options, 'lac') ?? null,
      lacL2: requiredNumber(options, 'lac-l2'),
      weights: requiredText(options, 'weights') as OctoSettings['weights'],
      ranges: requiredText(options, 'ranges') as OctoSettings['ranges'],
      faithful: flagOption(options, 'faithful'),
      backend: requiredText(options, 'backend') as TrainerOptions['backend'],
      hasValidation: textOption(options, 'validation') !== undefined,
      validationShare: numberOption(options, 'validation-share') ?? null,
      patience: numberOption(options, 'patience') ?? null,
    },
    { seed: context.seed, jobs: context.jobs },
  );
}
