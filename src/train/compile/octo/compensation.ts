/** Loss-aware compensation (LAC) of a layer: constants added to its sums, trained by the task loss. */
import type { TensorId } from '../../../program/types.ts';
import type { OctoSettings } from '../../options.ts';
import type { Bias, Flow, Kept, Weights } from '../arithmetic.ts';
import { arena, constant, type Emitter, push, state } from '../emit.ts';
import { normal } from '../initial.ts';
import type { Updates } from '../updates.ts';
import { wholeWeights } from '../whole-weights.ts';
import { codeLimit } from './arithmetic.ts';

/** The constants of a layer: y' = y + alpha * mu + o. */
export type Compensation = {
  readonly size: number;
  /** What they are added to; null: nothing. */
  readonly bias: Bias | null;
  /** Names of the state. */
  readonly names: { readonly alpha: string; readonly mu: string; readonly o: string };
  /** Names of what is trained: all, but a mu that is tied to the quantiser. */
  readonly trained: readonly string[];
  readonly tensors: { readonly alpha: TensorId; readonly mu: TensorId; readonly o: TensorId };
};

/** Standard deviation of the first mu and o, as in the published code. */
const FIRST_DEVIATION = 1e-3;

/**
 * Makes the constants of a layer, and the step that adds them to its bias. Tied to the quantiser, mu is the zero-point term.
 * Sums that lack it (`faithful`) start with alpha = 1; exact sums hold it already, also at padded borders, and the alpha that
 * is kept here is the published one less 1: the same function.
 */
export function compensate(
  e: Emitter,
  settings: OctoSettings,
  layer: {
    readonly name: string;
    readonly bias: Bias | null;
    readonly channels: number;
    readonly positions: number;
  },
  x: Kept,
  weights: Weights,
  random: () => number,
): { readonly bias: Bias; readonly parts: Compensation } {
  const { name, channels, positions } = layer;
  const size = settings.lac.kind === 'position' ? positions * channels : channels;
  const noise = (): Float32Array =>
    Float32Array.from({ length: size }, () => normal(random) * FIRST_DEVIATION);
  const names = { alpha: `${name}/lac-alpha`, mu: `${name}/lac-mu`, o: `${name}/lac-o` };
  const tied = settings.lac.kind === 'tied';
  const alpha = state(e, names.alpha, new Float32Array(size).fill(tied && !settings.faithful ? 0 : 1));
  const mu = state(e, names.mu, tied ? new Float32Array(size) : noise());
  if (tied) pushZeroPointTerm(e, settings, name, x, weights, mu);
  const o = state(e, names.o, tied ? new Float32Array(size) : noise());
  const base = layer.bias ?? { tensor: constant(e, `${name}/no-bias`, new Float32Array(1)), size: 1 };
  const sum = arena(e, `${name}/compensated-bias`, 'float32', size);
  const operands = { inputs: [base.tensor, alpha, mu, o], outputs: [sum] };
  push(e, 'compensation_f32', name, operands, { size, biasSize: base.size });
  const parts = {
    size,
    bias: layer.bias,
    names,
    trained: tied ? [names.alpha, names.o] : Object.values(names),
    tensors: { alpha, mu, o },
  };
  return { bias: { tensor: sum, size }, parts };
}

/** What sums without the zero point of the input lack: one number per channel, where nothing is padded. */
export function pushZeroPointTerm(
  e: Emitter,
  settings: OctoSettings,
  name: string,
  x: Kept,
  weights: Weights,
  term: TensorId,
): void {
  if (x.kind !== 'codes') throw new TypeError('only codes have a zero point');
  const { rows, columns } = weights;
  const { codes, scale } = ((): { readonly codes: TensorId; readonly scale: TensorId } => {
    if (weights.kind === 'codes') return { codes: wholeWeights(e, weights), scale: weights.scale };
    const made = {
      codes: arena(e, `${name}/tied-codes`, 'int8', rows * columns),
      scale: arena(e, `${name}/tied-scale`, 'float32', rows),
    };
    const outputs = [made.codes, made.scale];
    const limit = codeLimit(settings.bitsWeights);
    push(
      e,
      'encode_weights_s8',
      name,
      { inputs: [wholeWeights(e, weights)], outputs },
      { rows, columns, limit },
    );
    return made;
  })();
  push(
    e,
    'tied_compensation_f32',
    name,
    { inputs: [codes, scale, x.quantizer], outputs: [term] },
    { rows, columns },
  );
}

/**
 * Trains the constants from the gradient of the layer's output.
 * @param biasGradient the gradient of the layer's bias per channel, which is that of constants per channel
 */
export function trainCompensation(
  e: Emitter,
  updates: Updates,
  settings: OctoSettings,
  name: string,
  { size, names, trained, tensors }: Compensation,
  g: Flow,
  biasGradient: TensorId,
): void {
  const d = ((): TensorId => {
    if (settings.lac.kind !== 'position') return biasGradient;
    const sums = arena(e, `${name}/lac-gradient`, 'float32', size, 'gradient');
    push(e, 'sum_rows_f32', name, { inputs: [g.data], outputs: [sums] }, { size, rows: g.size / size });
    return sums;
  })();
  const [dAlpha, dMu, dO] = ['alpha', 'mu', 'o'].map((which) =>
    arena(e, `${name}/lac-${which}-gradient`, 'float32', size, 'gradient'),
  ) as [TensorId, TensorId, TensorId];
  push(
    e,
    'compensation_gradient_f32',
    name,
    {
      inputs: [d, tensors.alpha, tensors.mu, tensors.o],
      constants: [constant(e, `${name}/lac-decay`, Float32Array.of(settings.lac.l2 / size))],
      outputs: [dAlpha, dMu, dO],
    },
    { size },
  );
  updates.float(e, names.alpha, tensors.alpha, dAlpha);
  if (trained.includes(names.mu)) updates.float(e, names.mu, tensors.mu, dMu);
  updates.float(e, names.o, tensors.o, dO);
}
