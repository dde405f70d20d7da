/** The options of `tinyml train` as values. */
import { preprocessSha256 } from '../data/preprocess.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { ADAM, type OctoSettings, type Optimizer, type TrainerOptions } from '../train/options.ts';
import { type Augmentation, parseAugmentations } from '../train/run/augment.ts';
import type { Identity } from '../train/run/checkpoint.ts';
import { octoSettings, parseLac, parsePrc, parseScheme } from '../train/run/option-texts.ts';
import { parseSchedule, parseWarmup, type Schedule, type Warmup } from '../train/run/schedule.ts';
import type { Loss, Method } from '../train/types.ts';
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

export type TrainingSettings = {
  readonly trainer: TrainerOptions;
  readonly epochs: number;
  readonly rate: number;
  readonly schedule: Schedule;
  readonly warmup: Warmup;
  readonly augment: readonly Augmentation[];
  readonly patience: number | null;
  /** Share of the training data for validation; null without. */
  readonly validationShare: number | null;
};

/** @throws TinymlError E_USAGE for values and combinations that make no sense, E_FILE */
export async function trainingSettings(options: Options, context: Context): Promise<TrainingSettings> {
  checkCombinations(options);
  const optimizer = optimizerOf(options);
  const classes = numberOption(options, 'classes') ?? null;
  return {
    trainer: {
      method: requiredText(options, 'method') as Method,
      loss: lossOf(options),
      batchSize: requiredNumber(options, 'batch-size'),
      optimizer,
      scheme: await parseScheme(requiredText(options, 'scheme')),
      freeze: listOption(options, 'freeze'),
      init: requiredText(options, 'init') as TrainerOptions['init'],
      classes,
      seed: context.seed,
      octo: octoOf(options),
      backend: requiredText(options, 'backend') as TrainerOptions['backend'],
      jobs: context.jobs,
    },
    epochs: requiredNumber(options, 'epochs'),
    rate: numberOption(options, 'lr') ?? defaultRate(optimizer, options),
    schedule: parseSchedule(requiredText(options, 'schedule')),
    warmup: parseWarmup(requiredText(options, 'warmup')),
    augment: parseAugmentations(listOption(options, 'augment')),
    patience: numberOption(options, 'patience') ?? null,
    validationShare: numberOption(options, 'validation-share') ?? null,
  };
}

/** Weights that are trained already are moved a tenth as fast: faster, and the first steps undo what they know. */
function defaultRate({ kind }: Optimizer, options: Options): number {
  const goesOn = requiredText(options, 'init') === 'model' && numberOption(options, 'classes') === undefined;
  return (kind === 'adam' ? 1e-3 : 1e-2) * (goesOn ? 0.1 : 1);
}

function lossOf(options: Options): Loss {
  return requiredText(options, 'loss') === 'mse'
    ? { kind: 'mean-squared-error' }
    : { kind: 'cross-entropy', labelSmoothing: requiredNumber(options, 'label-smoothing') };
}

/** Weights kept in int8 are updated by plain SGD, as in MCUNetV3 (Lin et al. 2022, section 3.1): no moments in float. */
function optimizerOf(options: Options): Optimizer {
  const inInt8 = requiredText(options, 'weights') === 'int8';
  const weightDecay = requiredNumber(options, 'weight-decay');
  if ((textOption(options, 'optimizer') ?? (inInt8 ? 'sgd' : 'adam')) === 'adam') {
    return { ...ADAM, weightDecay };
  }
  return { kind: 'sgd', momentum: numberOption(options, 'momentum') ?? (inInt8 ? 0 : 0.9), weightDecay };
}

function octoOf(options: Options): OctoSettings {
  const activations = textOption(options, 'activations') as OctoSettings['activations'] | undefined;
  const gradientRounding = textOption(options, 'round-gradients') as
    | OctoSettings['gradientRounding']
    | undefined;
  const prc = textOption(options, 'prc');
  const faithful = flagOption(options, 'faithful');
  return octoSettings({
    bitsWeights: requiredNumber(options, 'bits-w'),
    bitsActivations: requiredNumber(options, 'bits-a'),
    bitsGradients: requiredNumber(options, 'bits-g'),
    faithful,
    weights: requiredText(options, 'weights') as OctoSettings['weights'],
    ...(activations === undefined ? {} : { activations }),
    ...(gradientRounding === undefined ? {} : { gradientRounding }),
    ...(prc === undefined ? {} : { prc: parsePrc(prc) }),
    lac: parseLac(
      textOption(options, 'lac') ?? (faithful ? 'position' : 'off'),
      requiredNumber(options, 'lac-l2'),
    ),
  });
}

/** Options that would be left unheard are mistakes. */
function checkCombinations(options: Options): void {
  const method = requiredText(options, 'method');
  const wrong = (message: string, at: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at, hint });
  };
  if (textOption(options, 'optimizer') === 'adam' && numberOption(options, 'momentum') !== undefined) {
    wrong('--momentum is for sgd', '--momentum', 'Give --optimizer sgd, or leave it out.');
  }
  if (requiredText(options, 'weights') === 'int8') {
    if (method !== 'octo') wrong('--weights int8 is for --method octo', '--weights', 'Leave it out.');
    if (textOption(options, 'optimizer') === 'adam') {
      wrong('--weights int8 is updated by sgd', '--optimizer', 'Give --optimizer sgd, or leave it out.');
    }
  }
  if (flagOption(options, 'faithful') && method !== 'octo') {
    wrong('--faithful is for --method octo', '--faithful', 'Leave it out.');
  }
  if (requiredText(options, 'backend') === 'tfjs-node' && method !== 'float') {
    wrong('tfjs-node trains in float', '--backend', 'Give --method float, or --backend native.');
  }
  if (requiredText(options, 'loss') === 'mse' && numberOption(options, 'classes') !== undefined) {
    wrong('--classes is for --loss cross-entropy', '--classes', 'Leave it out.');
  }
  if (
    textOption(options, 'validation') !== undefined &&
    numberOption(options, 'validation-share') !== undefined
  ) {
    wrong(
      'there are two sets of validation data',
      ['--validation', '--validation-share'].join(', '),
      'Give one.',
    );
  }
  if (
    numberOption(options, 'patience') !== undefined &&
    textOption(options, 'validation') === undefined &&
    numberOption(options, 'validation-share') === undefined
  ) {
    wrong(
      '--patience needs validation data',
      '--patience',
      'Give --validation <data> or --validation-share 10%.',
    );
  }
  if (numberOption(options, 'min-accuracy') !== undefined) {
    if (requiredText(options, 'loss') === 'mse') {
      wrong('--loss mse has no accuracy', '--min-accuracy', 'Leave it out.');
    }
    if (textOption(options, 'eval') === undefined) {
      wrong('--min-accuracy needs data to measure it on', '--min-accuracy', 'Give --eval <data>.');
    }
  }
  if (flagOption(options, 'resume') && textOption(options, 'checkpoint') === undefined) {
    wrong(
      '--resume needs --checkpoint',
      '--resume',
      'Give the file that --checkpoint of the earlier run named.',
    );
  }
}

/** What the parts of a run must share: everything that its state depends on. */
export function identityOf(
  settings: TrainingSettings,
  options: Options,
  modelSha256: string,
  trainingData: string,
  validationData: string,
): Identity {
  const { trainer, augment, validationShare } = settings;
  const { jobs: _, octo, ...others } = trainer;
  const entries = Object.entries({ ...others, ...octo, augment, validationShare });
  const preprocess = textOption(options, 'preprocess');
  return {
    model: modelSha256,
    data: trainingData,
    validation: validationData,
    preprocess: preprocess === undefined ? 'none' : preprocessSha256(preprocess),
    ...Object.fromEntries(entries.map(([key, value]) => [key, JSON.stringify(value)])),
  };
}

/** What may change from one part of a run to the next, though the result is then another one. */
export function changeable({ epochs, rate, schedule, warmup }: TrainingSettings): Identity {
  return {
    epochs: String(epochs),
    lr: String(rate),
    schedule: JSON.stringify(schedule),
    warmup: JSON.stringify(warmup),
  };
}
