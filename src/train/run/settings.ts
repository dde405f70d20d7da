/** The settings of a training run: from what was given, to values that fit each other. */
import { TinymlError } from '../../diagnostics/errors.ts';
import {
  ADAM,
  checkTrainerOptions,
  type OctoSettings,
  type Optimizer,
  type TrainerOptions,
} from '../options.ts';
import type { Loss, Method } from '../types.ts';
import { type Augmentation, parseAugmentations } from './augment.ts';
import type { Identity } from './checkpoint.ts';
import { octoSettings, parseLac, parsePrc, parseScheme } from './option-texts.ts';
import { parseSchedule, parseWarmup, type Schedule, type Warmup } from './schedule.ts';

/** As the command line has them: null where there is no such option, texts of parsePrc, parseScheme and their like. */
type GivenSettings = {
  readonly method: Method;
  readonly loss: 'cross-entropy' | 'mse';
  readonly labelSmoothing: number;
  readonly batchSize: number;
  readonly accumulate: number;
  /** Latents that are kept, and steps on them behind each sample. */
  readonly replay: number | null;
  readonly replaySteps: number | null;
  readonly epochs: number;
  readonly rate: number | null;
  readonly optimizer: Optimizer['kind'] | null;
  readonly momentum: number | null;
  readonly weightDecay: number;
  readonly schedule: string;
  readonly warmup: string;
  readonly augment: readonly string[];
  readonly scheme: string;
  readonly freeze: readonly string[];
  readonly init: TrainerOptions['init'];
  readonly classes: number | null;
  readonly bitsWeights: number;
  readonly bitsActivations: number;
  readonly bitsGradients: number;
  readonly activations: OctoSettings['activations'] | null;
  readonly gradientRounding: OctoSettings['gradientRounding'] | null;
  readonly prc: string | null;
  readonly lac: string | null;
  readonly lacL2: number;
  readonly weights: OctoSettings['weights'];
  readonly ranges: OctoSettings['ranges'];
  readonly faithful: boolean;
  readonly backend: TrainerOptions['backend'];
  /** Whether there are validation data of their own. */
  readonly hasValidation: boolean;
  /** 0: none. */
  readonly validationShare: number | null;
  readonly patience: number | null;
};

/** Where validation data come from. */
export type ValidationChoice =
  | { readonly kind: 'none' }
  /** Data of their own. */
  | { readonly kind: 'data' }
  /** A share (0 .. 1) of the training data. */
  | { readonly kind: 'share'; readonly share: number; readonly isDefault: boolean };

export type TrainingSettings = {
  readonly trainer: TrainerOptions;
  readonly epochs: number;
  readonly rate: number;
  readonly schedule: Schedule;
  readonly warmup: Warmup;
  readonly augment: readonly Augmentation[];
  readonly patience: number | null;
  readonly validation: ValidationChoice;
};

/** Share of the training data that is held out where trained weights go on. */
const DEFAULT_VALIDATION_SHARE = 0.1;

/** @throws TinymlError E_USAGE for values and combinations that make no sense, E_FILE */
export async function trainingSettings(
  given: GivenSettings,
  { seed, jobs }: { readonly seed: number; readonly jobs: number },
): Promise<TrainingSettings> {
  checkHeard(given);
  const trainer: TrainerOptions = {
    method: given.method,
    loss: lossOf(given),
    batchSize: given.batchSize,
    accumulate: given.accumulate,
    replay: given.replay === null ? null : { latents: given.replay, steps: given.replaySteps ?? 1 },
    optimizer: optimizerOf(given),
    scheme: await parseScheme(given.scheme),
    freeze: given.freeze,
    init: given.init,
    classes: given.classes,
    seed,
    octo: octoOf(given),
    backend: given.backend,
    jobs,
  };
  checkTrainerOptions(trainer);
  const validation = validationOf(given, trainer);
  if (given.patience !== null && validation.kind === 'none') {
    throw wrong(
      '--patience needs validation data',
      '--patience',
      'Give --validation <data> or --validation-share 10%.',
    );
  }
  return {
    trainer,
    epochs: given.epochs,
    rate: given.rate ?? defaultRate(trainer),
    schedule: parseSchedule(given.schedule),
    warmup: parseWarmup(given.warmup),
    augment: parseAugmentations(given.augment),
    patience: given.patience,
    validation,
  };
}

/** Whether training goes on from a model that knows its classes already: then it can be made worse. */
export function goesOn({ init, classes }: Pick<TrainerOptions, 'init' | 'classes'>): boolean {
  return init === 'model' && classes === null;
}

/**
 * Weights that are trained already are moved a hundredth as fast: faster, and the first steps undo what they know; slower, and
 * they do not follow other data (docs/octo.md).
 */
function defaultRate(trainer: TrainerOptions): number {
  return (trainer.optimizer.kind === 'adam' ? 1e-3 : 1e-2) * (goesOn(trainer) ? 0.01 : 1);
}

function validationOf(
  { hasValidation, validationShare }: GivenSettings,
  trainer: TrainerOptions,
): ValidationChoice {
  if (hasValidation) return { kind: 'data' };
  if (validationShare === 0) return { kind: 'none' };
  if (validationShare !== null) return { kind: 'share', share: validationShare, isDefault: false };
  return goesOn(trainer)
    ? { kind: 'share', share: DEFAULT_VALIDATION_SHARE, isDefault: true }
    : { kind: 'none' };
}

function lossOf({ loss, labelSmoothing }: GivenSettings): Loss {
  return loss === 'mse' ? { kind: 'mean-squared-error' } : { kind: 'cross-entropy', labelSmoothing };
}

/** Weights kept in int8 are updated by plain SGD, as in MCUNetV3 (Lin et al. 2022, section 3.1): no moments in float. */
function optimizerOf({ optimizer, momentum, weightDecay, weights }: GivenSettings): Optimizer {
  const inInt8 = weights === 'int8';
  if ((optimizer ?? (inInt8 ? 'sgd' : 'adam')) === 'adam') return { ...ADAM, weightDecay };
  return { kind: 'sgd', momentum: momentum ?? (inInt8 ? 0 : 0.9), weightDecay };
}

function octoOf(given: GivenSettings): OctoSettings {
  const { bitsWeights, bitsActivations, bitsGradients, faithful, weights, ranges } = given;
  const { activations, gradientRounding, prc, lac, lacL2 } = given;
  return octoSettings({
    bitsWeights,
    bitsActivations,
    bitsGradients,
    faithful,
    weights,
    ranges,
    ...(activations === null ? {} : { activations }),
    ...(gradientRounding === null ? {} : { gradientRounding }),
    ...(prc === null ? {} : { prc: parsePrc(prc) }),
    lac: parseLac(lac ?? (faithful ? 'position' : 'off'), lacL2),
  });
}

/** Options that would be left unheard are mistakes. */
function checkHeard(given: GivenSettings): void {
  if (given.optimizer === 'adam' && given.momentum !== null) {
    throw wrong('--momentum is for sgd', '--momentum', 'Give --optimizer sgd, or leave it out.');
  }
  if (given.replaySteps !== null && given.replay === null) {
    throw wrong('--replay-steps is for --replay', '--replay-steps', 'Give --replay, or leave it out.');
  }
  if (given.faithful && given.method !== 'octo') {
    throw wrong('--faithful is for --method octo', '--faithful', 'Leave it out.');
  }
  if (given.loss === 'mse' && given.classes !== null) {
    throw wrong('--classes is for --loss cross-entropy', '--classes', 'Leave it out.');
  }
  if (given.hasValidation && given.validationShare !== null) {
    throw wrong('there are two sets of validation data', '--validation, --validation-share', 'Give one.');
  }
}

function wrong(message: string, at: string, hint: string): TinymlError {
  return new TinymlError('E_USAGE', message, { at, hint });
}

/** Digests of what is read, and descriptions of data sets. */
type ReadIdentity = {
  readonly model: string;
  readonly data: string;
  readonly validation: string;
  readonly preprocess: string;
};

/** What the parts of a run must share: everything that its state depends on. */
export function identityOf({ trainer, augment, validation }: TrainingSettings, read: ReadIdentity): Identity {
  const { jobs: _, octo, ...others } = trainer;
  const held = validation.kind === 'share' ? validation.share : null;
  const entries = Object.entries({ ...others, ...octo, augment, validationShare: held });
  return { ...read, ...Object.fromEntries(entries.map(([key, value]) => [key, JSON.stringify(value)])) };
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
