/** What a trainer is made with: plain values, the same for every backend. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { ReplayOptions } from './replay.ts';
import type { GivenGradient, Loss, Method, PatchContrast } from './types.ts';

/** How gradients become updates. Learning rates come with each step. */
export type Optimizer =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly weightDecay: number }
  | {
      readonly kind: 'adam';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** Added to the gradient, as of SGD. */
      readonly weightDecay: number;
    };

/** Which tensors are trained; nothing is computed for the others that these do not need. */
export type Scheme =
  | { readonly kind: 'full' }
  /** Weights and biases of the last `layers` layers that have weights. */
  | { readonly kind: 'last'; readonly layers: number }
  /** Biases of all layers. */
  | { readonly kind: 'bias' }
  /** As a JSON file lists them (scheme.ts). */
  | {
      readonly kind: 'listed';
      /** Names of layers whose biases are trained, 'all', or how many of the last ones. */
      readonly biases: 'all' | number | readonly string[];
      /** `channels`: the share (0 .. 1] of input channels, the first ones, whose weights are trained. */
      readonly weights: readonly { readonly layer: string; readonly channels: number }[];
      /** Which layers it was made for (schemeModel in compile/trained.ts). */
      readonly model?: string;
    };

/** How the range of a gradient is chosen before it is rounded (parameterised range clipping, Octo section 5). */
export type Prc =
  /** The largest magnitude: no clipping. */
  | { readonly kind: 'off' }
  /** That share of the largest magnitude (0 .. 1]. */
  | { readonly kind: 'fixed'; readonly share: number }
  /** |mean| + `deviations` standard deviations. */
  | { readonly kind: 'zscore'; readonly deviations: number }
  /** The range with the least mean squared error. */
  | { readonly kind: 'mse' }
  /** A share of the largest magnitude that is learned by a local objective. */
  | { readonly kind: 'learned' };

/** Loss-aware compensation: learned constants added to the pre-activations. */
export type Lac = {
  /** One constant per channel or per output position, or tied to the quantiser (the zero-point term, scaled). */
  readonly kind: 'off' | 'channel' | 'position' | 'tied';
  /** Its L2 penalty, averaged over the constants. */
  readonly l2: number;
};

/** Integer training (method octo) and, as far as it applies, fake quantisation (method qat). */
export type OctoSettings = {
  /** Bits of the codes, 2 .. 8. */
  readonly bitsWeights: number;
  readonly bitsActivations: number;
  readonly bitsGradients: number;
  readonly activations: 'symmetric' | 'affine';
  readonly lac: Lac;
  readonly prc: Prc;
  readonly gradientRounding: 'nearest' | 'stochastic';
  /** The choices of the published code: zero-point terms dropped, ranges of the batch alone. For ablation only. */
  readonly faithful: boolean;
  /** How weights are kept between steps: float32, or int8 with quantisation-aware scaling of the updates (QAS). */
  readonly weights: 'float' | 'int8';
  /** Ranges of values: learned on the way, or taken from the data before the first step and fixed. */
  readonly ranges: 'learned' | 'fixed';
  /** Share of the earlier range that a running range keeps per step. */
  readonly rangeDecay: number;
};

export type TrainerOptions = {
  readonly method: Method;
  readonly loss: Loss;
  /** Samples per step. */
  readonly batchSize: number;
  /** Steps whose gradients are averaged for one update; 1: every step updates. */
  readonly accumulate: number;
  /** Left out: nothing is replayed. */
  readonly replay?: ReplayOptions | null;
  readonly optimizer: Optimizer;
  readonly scheme: Scheme;
  /** Names of layers that are not trained, `*` for any letters (matchesAny in names.ts). */
  readonly freeze: readonly string[];
  /** Weights of the model, or fresh ones: He normal, biases 0. */
  readonly init: 'model' | 'random';
  /** A new last layer for so many classes; null keeps the model's. */
  readonly classes: number | null;
  readonly seed: number;
  readonly octo: OctoSettings;
  /** What computes the steps. */
  readonly backend: 'native' | 'tfjs-node';
  /** Threads; the bytes do not depend on it. */
  readonly jobs: number;
};

/** What a training step is derived with: gates and parts of networks have losses of their own. */
export type StepOptions = Omit<TrainerOptions, 'loss'> & {
  readonly loss: Loss | PatchContrast | GivenGradient;
  /** Whether the step gives the gradient of its input, too; left out: it does not. */
  readonly ofInput?: boolean;
};

export const ADAM: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

export const OCTO_DEFAULTS: OctoSettings = {
  bitsWeights: 8,
  bitsActivations: 8,
  bitsGradients: 8,
  activations: 'affine',
  lac: { kind: 'off', l2: 1e-4 },
  prc: { kind: 'mse' },
  gradientRounding: 'nearest',
  faithful: false,
  weights: 'float',
  ranges: 'learned',
  rangeDecay: 0.9,
};

/** @throws TinymlError E_USAGE for settings that exclude each other */
export function checkTrainerOptions({
  method,
  loss,
  batchSize,
  accumulate,
  replay,
  optimizer,
  octo,
  backend,
  init,
}: TrainerOptions): void {
  const wrong = (message: string, at: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at, hint });
  };
  if (backend === 'tfjs-node' && method !== 'float') {
    wrong(
      `tfjs-node trains in float, not by --method ${method}`,
      '--backend tfjs-node',
      'Give --method float, or --backend native.',
    );
  }
  if (backend === 'tfjs-node' && accumulate > 1) {
    wrong(
      'tfjs-node updates after every step',
      '--accumulate',
      'Give --backend native, or a larger --batch-size.',
    );
  }
  if (replay !== undefined && replay !== null) {
    const isOfOne = batchSize === 1 && accumulate === 1;
    if (!isOfOne || octo.ranges !== 'fixed' || loss.kind !== 'cross-entropy') {
      wrong(
        'latents are replayed in steps of one sample of a class, in codes of ranges that are fixed, each with its update',
        '--replay',
        'Give --batch-size 1 --ranges fixed, leave out --accumulate and --loss mse, or leave out --replay.',
      );
    }
  }
  if (octo.weights === 'int8') {
    const at = '--weights int8';
    if (method !== 'octo') {
      wrong('weights are kept in int8 by integer training alone', at, 'Give --method octo, or leave it out.');
    }
    if (optimizer.kind !== 'sgd' || optimizer.momentum !== 0) {
      wrong(
        'weights in int8 are updated by plain descent: there is no float32 memory for moments',
        at,
        'Give --optimizer sgd --momentum 0, or leave both out.',
      );
    }
  }
  if (octo.ranges === 'fixed') {
    const at = '--ranges fixed';
    if (method !== 'octo' || octo.faithful) {
      wrong(
        'ranges are fixed in integer training alone, and the published code has those of each batch',
        at,
        'Give --method octo without --faithful, or leave it out.',
      );
    }
    if (init === 'random') {
      wrong(
        'what random weights give says nothing of the ranges of trained ones',
        at,
        'Give --init model, or --ranges learned.',
      );
    }
  }
  if (octo.lac.kind === 'tied' && (method !== 'octo' || octo.activations !== 'affine')) {
    wrong(
      'LAC that is tied to the zero points needs integer training with zero points',
      '--lac tied',
      'Give --method octo --activations affine, or --lac channel.',
    );
  }
}
