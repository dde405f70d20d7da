/** First values of what is trained. */
import { QUANTIZER, setQuantizer } from '../../program/kernels/quantizer.ts';
import type { Unit } from './network.ts';
import { codeLimit } from './octo/arithmetic.ts';
import { GATES, type RecurrentSource } from './recurrence.ts';

type LayerSource = Extract<Unit['source'], { kind: 'conv' | 'convTranspose' }>;

/** Fresh weights (He et al. 2015, eq. 10): normal, variance 2 / fan-in. */
export function freshWeights(source: LayerSource, length: number, random: () => number): Float32Array {
  const deviation = Math.sqrt(2 / fanIn(source));
  return Float32Array.from({ length }, () => normal(random) * deviation);
}

/** Fresh rows of a table of embeddings: normal, of length 1 on average. */
export function freshTable(length: number, width: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => normal(random) / Math.sqrt(width));
}

/** Fresh weights of a recurrent layer, uniform within 1 / sqrt(hidden), as PyTorch has them. */
export function freshRecurrentWeights(hidden: number, length: number, random: () => number): Float32Array {
  const most = 1 / Math.sqrt(hidden);
  return Float32Array.from({ length }, () => (2 * random() - 1) * most);
}

/**
 * Fresh biases of a recurrent layer: 0, but 1 for what an LSTM forgets (Jozefowicz et al. 2015).
 * @param which 0: beside the input, 1: beside the state
 */
export function freshRecurrentBias({ cell, hidden }: RecurrentSource, which: 0 | 1): Float32Array {
  const bias = new Float32Array(GATES[cell] * hidden);
  return cell === 'LSTM' && which === 0 ? bias.fill(1, 2 * hidden, 3 * hidden) : bias;
}

/** Products that an output element sums. */
function fanIn({ kind, params: p }: LayerSource): number {
  const taps = p.kernelH * p.kernelW;
  // An output of a transposed convolution meets every stride-th tap.
  return kind === 'conv'
    ? (p.inChannels / p.groups) * taps
    : Math.max(1, (p.outChannels * taps) / (p.strideH * p.strideW));
}

/** A standard normal number (Box and Muller 1958). */
export function normal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Codes of weights and the scales of their rows, which stay as they are. */
export function fixedCodes(
  weights: Float32Array,
  rows: number,
  bits: number,
): { readonly codes: Int8Array; readonly scale: Float32Array } {
  const columns = weights.length / rows;
  const limit = codeLimit(bits);
  const codes = new Int8Array(weights.length);
  const scale = new Float32Array(rows);
  const quantizer = new Float32Array(QUANTIZER.length);
  for (let row = 0; row < rows; row++) {
    const own = weights.subarray(row * columns, (row + 1) * columns);
    const most = own.reduce((greatest, weight) => Math.max(greatest, Math.abs(weight)), 0);
    setQuantizer(quantizer, Math.fround(most / limit), 0);
    scale[row] = quantizer[QUANTIZER.scale]!;
    own.forEach((weight, i) => {
      codes[row * columns + i] = Math.max(-limit, Math.min(limit, Math.round(weight / scale[row]!)));
    });
  }
  return { codes, scale };
}
