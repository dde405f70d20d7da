/** The decomposition of a quantised product (Octo, Zhou et al., USENIX ATC 2021), and what LAC tied to it restores. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Graph } from '../../../../src/graph/types.ts';
import { compensationF32, tiedCompensationF32 } from '../../../../src/program/kernels/compensation.ts';
import { conv2dSumsS8 } from '../../../../src/program/kernels/conv2d-sums.ts';
import { encodeS8 } from '../../../../src/program/kernels/encode-s8.ts';
import { encodeWeightsS8 } from '../../../../src/program/kernels/encode-weights-s8.ts';
import { rescaleS32 } from '../../../../src/program/kernels/rescale-s32.ts';
import { trackRangeF32 } from '../../../../src/program/kernels/track-range-f32.ts';
import { createTrainer } from '../../../../src/train/run/trainer.ts';
import { randomNumbers } from '../../../passes/helpers.ts';
import { batchFor, type Changes, network, pads, settings } from '../../networks.ts';

const [ROWS, K, CHANNELS] = [7, 18, 5];
const DENSE = {
  ...{ batch: ROWS, inH: 1, inW: 1, inChannels: K, outH: 1, outW: 1, outChannels: CHANNELS },
  ...{ kernelH: 1, kernelW: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padTop: 0, padLeft: 0 },
  groups: 1,
};
const STEP = { name: '', inputs: [], constants: [], outputs: [] };
const OPEN = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
const NEUTRAL = Float32Array.of(1, 1, 0, 0);

/** Codes of random activations in [-1, 3) with a zero point, and of random weights with a scale per channel. */
function quantized(seed: number) {
  const random = randomNumbers(seed);
  const x = Float32Array.from({ length: ROWS * K }, () => 1 + 2 * random());
  const w = Float32Array.from({ length: CHANNELS * K }, random);
  const extent = Float32Array.of(Math.min(...x), Math.max(...x));
  const [range, quantizer] = [new Float32Array(4), new Float32Array(4)];
  trackRangeF32.run(
    { ...STEP, kernel: 'track_range_f32', params: { limit: 127, affine: 1, frozen: 0 } },
    { inputs: [extent], constants: [OPEN, Float32Array.of(0)], outputs: [range, quantizer] },
  );
  const [qx, qw, scale] = [new Int8Array(x.length), new Int8Array(w.length), new Float32Array(CHANNELS)];
  const size = { size: x.length, low: -128, high: 127, stochastic: 0, stream: 1 };
  encodeS8.run(
    { ...STEP, kernel: 'encode_s8', params: size },
    { inputs: [x, quantizer, Int32Array.of(1)], constants: [OPEN], outputs: [qx] },
  );
  encodeWeightsS8.run(
    { ...STEP, kernel: 'encode_weights_s8', params: { rows: CHANNELS, columns: K, limit: 127 } },
    { inputs: [w], constants: [], outputs: [qw, scale] },
  );
  return { x, w, qx, qw, scale, quantizer };
}

function sums(qx: Int8Array, quantizer: Float32Array, qw: Int8Array): Int32Array {
  const y = new Int32Array(ROWS * CHANNELS);
  conv2dSumsS8.run(
    { ...STEP, kernel: 'conv2d_sums_s8', params: DENSE },
    { inputs: [qx, quantizer, qw], constants: [], outputs: [y] },
  );
  return y;
}

function real(
  x: Int32Array,
  quantizer: Float32Array,
  scale: Float32Array,
  bias: Float32Array | null,
): Float32Array {
  const y = new Float32Array(x.length);
  const params = {
    size: x.length,
    channels: CHANNELS,
    perChannel: 1,
    biasSize: bias === null ? 0 : CHANNELS,
  };
  rescaleS32.run(
    { ...STEP, kernel: 'rescale_s32', params },
    { inputs: [x, quantizer, scale, bias ?? scale], constants: [], outputs: [y, new Float32Array(2)] },
  );
  return y;
}

/** The bias that LAC adds where it is tied: alpha = 1 and o = 0. */
function tiedBias(qw: Int8Array, scale: Float32Array, quantizer: Float32Array): Float32Array {
  const [mu, bias] = [new Float32Array(CHANNELS), new Float32Array(CHANNELS)];
  tiedCompensationF32.run(
    { ...STEP, kernel: 'tied_compensation_f32', params: { rows: CHANNELS, columns: K } },
    { inputs: [qw, scale, quantizer], constants: [], outputs: [mu] },
  );
  const [alpha, zero] = [new Float32Array(CHANNELS).fill(1), new Float32Array(CHANNELS)];
  compensationF32.run(
    { ...STEP, kernel: 'compensation_f32', params: { size: CHANNELS, biasSize: CHANNELS } },
    { inputs: [zero, alpha, mu, zero], constants: [], outputs: [bias] },
  );
  return bias;
}

const columnSum = (qw: Int8Array, channel: number): number =>
  qw.subarray(channel * K, (channel + 1) * K).reduce((sum, code) => sum + code, 0);

describe('the terms of a quantised product', () => {
  for (const seed of [1, 2, 3]) {
    const { x, w, qx, qw, scale, quantizer } = quantized(seed);
    const zeroPoint = quantizer[2]!;
    const scaleX = quantizer[0]!;
    const exact = sums(qx, quantizer, qw);
    const dropped = sums(qx, NEUTRAL, qw);

    it(`T1 + T2 is the exact sum, in int32 (seed ${seed})`, () => {
      assert.ok(zeroPoint < -40, 'the activations have a zero point');
      exact.forEach((sum, i) => {
        assert.equal(sum, dropped[i]! - zeroPoint * columnSum(qw, i % CHANNELS));
      });
    });

    it(`T1 + T2 + T5 is the product of the real numbers (seed ${seed})`, () => {
      exact.forEach((sum, i) => {
        const [row, c] = [Math.floor(i / CHANNELS), i % CHANNELS];
        let [product, lost] = [0, 0];
        for (let k = 0; k < K; k++) {
          const [xi, wi] = [x[row * K + k]!, w[c * K + k]!];
          const xCode = scaleX * (qx[row * K + k]! - zeroPoint);
          const wCode = scale[c]! * qw[c * K + k]!;
          product += xi * wi;
          lost += xCode * (wi - wCode) + (xi - xCode) * wCode + (xi - xCode) * (wi - wCode);
        }
        assert.ok(Math.abs(scaleX * scale[c]! * sum + lost - product) < 1e-12 * K);
        assert.ok(Math.abs(lost) < 0.1, 'T5 is a rounding error');
      });
    });

    it(`LAC tied to the zero point restores what sums without it lack (seed ${seed})`, () => {
      const expected = real(exact, quantizer, scale, null);
      const without = real(dropped, quantizer, scale, null);
      const restored = real(dropped, quantizer, scale, tiedBias(qw, scale, quantizer));
      const rms = (values: Float32Array): number => Math.hypot(...values) / Math.sqrt(values.length);
      const error = (values: Float32Array): number =>
        rms(values.map((value, i) => value - expected[i]!)) / rms(expected);
      assert.ok(error(without) > 0.3, `without zero points the error is ${error(without)}`);
      // The integers add up exactly; three float32 roundings, of both products and of their sum, are what differs.
      expected.forEach((value, i) => {
        const bound =
          (Math.abs(without[i]!) + Math.abs(restored[i]! - without[i]!) + Math.abs(value)) * 2 ** -22;
        assert.ok(Math.abs(restored[i]! - value) <= bound, `${restored[i]} for ${value}`);
      });
    });

    it(`with scales of powers of two it restores it bit for bit (seed ${seed})`, () => {
      const [ofX, ofW] = [Float32Array.of(2 ** -5, 2 ** 5, zeroPoint, 0), scale.map(() => 2 ** -7)];
      const restored = real(dropped, ofX, ofW, tiedBias(qw, ofW, ofX));
      assert.deepEqual(restored, real(exact, ofX, ofW, null));
    });
  }
});

describe('training with tied LAC', () => {
  const padded = (): Graph =>
    network([1, 2, 4, 4], ({ conv, op, gemm }, x) => {
      const a = op('Relu', 'relu', [conv('conv', x, [3, 2, 3, 3], { attributes: pads(1, 1, 1, 1) })]);
      return gemm('dense', op('Flatten', 'flat', [a]), 3, 48);
    });
  const dense = (): Graph =>
    network([1, 9], ({ gemm, op }, x) => gemm('second', op('Relu', 'relu', [gemm('first', x, 8, 9)]), 3, 8));
  const firstLoss = (graph: Graph, octo: Changes['octo']): number => {
    const options = settings({ method: 'octo', octo: { activations: 'affine', ...octo } });
    const batch = batchFor(graph, options);
    // Positive inputs, as pictures are: their zero point is -128.
    const inputs = batch.inputs.map((value) => 1 + value);
    return createTrainer(graph, options).step({ ...batch, inputs }, { step: 0, learningRate: 0 }).loss;
  };
  const TIED = { lac: { kind: 'tied', l2: 0 } } as const;

  it('starts as exact arithmetic, at padded borders too', () => {
    assert.equal(firstLoss(padded(), TIED), firstLoss(padded(), {}));
  });

  it('restores dropped zero points where nothing is padded, which change the loss grossly without it', () => {
    const exact = firstLoss(dense(), {});
    assert.ok(Math.abs(firstLoss(dense(), { faithful: true }) - exact) > 0.1);
    assert.ok(Math.abs(firstLoss(dense(), { faithful: true, ...TIED }) - exact) < 1e-5);
  });
});
