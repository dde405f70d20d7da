/**
 * Taps as steps. What is made of a place is linear in it, axis by axis, so the gradient has taps as well: each place of the input sums what the
 * outputs that were made of it give back, by the same weights.
 */
import { type AxisTaps, type ResizePass, wholeWeights } from '../../lower/shared/resize.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow } from './arithmetic.ts';
import { arena, constant, type Emitter, push } from './emit.ts';
import type { TapsSource } from './taps.ts';

/** What is made of numbers, or of codes with the quantiser of the input. */
export function pushTaps(
  e: Emitter,
  name: string,
  { passes }: TapsSource,
  x: TensorId,
  batch: number,
): TensorId {
  const { dtype } = e.tensors[x]!;
  return passes.reduce((input, { params, rows, columns }) => {
    const { outH, outW, channels } = params;
    const all = { ...params, batch: params.batch * batch };
    const output = arena(e, `${name}/made`, dtype, all.batch * outH * outW * channels);
    const weigh = ({ weights, count }: AxisTaps) =>
      dtype === 'int8' ? wholeWeights(weights, count) : Float32Array.from(weights);
    pushPass(
      e,
      name,
      dtype === 'int8' ? 'resize2d_s8' : 'resize2d_f32',
      [input, output],
      all,
      [rows, columns],
      weigh,
    );
    return output;
  }, x);
}

/** The gradient of the input from that of the output. */
export function throughTaps(e: Emitter, name: string, { passes }: TapsSource, g: Flow, batch: number): Flow {
  return [...passes].reverse().reduce((gradient, { params, rows, columns }) => {
    const { inH, inW, outH, outW, channels } = params;
    const axes = [readsOf(rows, inH), readsOf(columns, inW)];
    const taps = Math.max(LEAST_TAPS, ...axes.flat().map(({ length }) => length));
    const size = params.batch * batch * inH * inW * channels;
    const data = arena(e, `${name}/input-gradient`, 'float32', size, 'gradient');
    const turnedParams = {
      ...{ inH: outH, inW: outW, outH: inH, outW: inW, channels },
      batch: params.batch * batch,
      taps,
    };
    const weigh = ({ weights }: AxisTaps) => Float32Array.from(weights);
    pushPass(
      e,
      name,
      'resize2d_f32',
      [gradient.data, data],
      turnedParams,
      axes.map((reads) => tapsOf(reads, taps)),
      weigh,
    );
    return { data, size, extent: null };
  }, g);
}

/** A kernel of one tap copies without weights, and what nothing was made of has the gradient 0. */
const LEAST_TAPS = 2;

function pushPass(
  e: Emitter,
  name: string,
  kernel: 'resize2d_s8' | 'resize2d_f32',
  [input, output]: readonly [TensorId, TensorId],
  params: ResizePass['params'],
  axes: readonly AxisTaps[],
  weigh: (axis: AxisTaps) => Int32Array | Float32Array,
): void {
  const constants = axes.flatMap((axis) => [
    constant(e, `${name}/places`, axis.places),
    constant(e, `${name}/weights`, weigh(axis)),
  ]);
  push(e, kernel, name, { inputs: [input], constants, outputs: [output] }, params);
}

/** What a place of the input is read by. */
type Reads = readonly { readonly output: number; readonly weight: number }[];

/** Of each place of an axis of the input, the outputs that were made of it. */
function readsOf({ places, weights, count }: AxisTaps, size: number): readonly Reads[] {
  const reads: Reads[number][][] = Array.from({ length: size }, () => []);
  places.forEach((place, i) => {
    // A kernel of one tap copies, whatever the weight.
    const weight = count === 1 ? 1 : weights[i]!;
    if (weight !== 0) reads[place]!.push({ output: Math.floor(i / count), weight });
  });
  return reads;
}

/** As taps of one number: what is left is outputs of weight 0. */
function tapsOf(reads: readonly Reads[], count: number): AxisTaps {
  const places = new Int32Array(reads.length * count);
  const weights = new Float64Array(reads.length * count);
  reads.forEach((own, place) => {
    own.forEach(({ output, weight }, tap) => {
      places[place * count + tap] = output;
      weights[place * count + tap] = weight;
    });
  });
  return { count, places, weights };
}
