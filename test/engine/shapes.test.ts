/**
 * Convolutions of shapes that compiled kernels compute in other ways than most: windows of 3x3 on images of all small sizes,
 * and layers with many weights. They write the bytes of the reference.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { KernelName, Step } from '../../src/program/kernels/index.ts';
import type { Case } from '../native/cases.ts';
import {
  type Axis,
  bounds,
  floats,
  int8s,
  offsets,
  type Random,
  requantization,
  windowParams,
} from '../native/random.ts';
import { compiledKernels, judged, wrongByte } from './programs.ts';

type Layer = {
  readonly size: readonly [number, number];
  readonly inChannels: number;
  /** null: depthwise. */
  readonly outChannels: number | null;
  readonly stride: number;
  /** Before and behind an axis. */
  readonly pad: readonly [number, number];
};

const WINDOW = 3;

function caseOf(layer: Layer, type: 's8' | 'f32', random: Random): Case {
  const { size, inChannels, outChannels, stride, pad } = layer;
  const [h, w] = size.map((n) => {
    const out = Math.floor((n + pad[0] + pad[1] - WINDOW) / stride) + 1;
    return { size: n, out, kernel: WINDOW, stride, dilation: 1, pad: pad[0] };
  }) as [Axis, Axis];
  const channels = outChannels ?? inChannels;
  const terms = WINDOW * WINDOW * (outChannels === null ? 1 : inChannels);
  const params = {
    batch: 1,
    inChannels,
    ...windowParams(h, w, true),
    ...(outChannels === null ? { depthMultiplier: 1 } : { outChannels, groups: 1 }),
    ...(type === 's8' ? offsets(random) : {}),
  };
  const kernel: KernelName = `${outChannels === null ? 'depthwise_' : ''}conv2d_${type}`;
  const [inputs, outputs] = [h.size * w.size * inChannels, h.out * w.out * channels];
  const operands =
    type === 's8'
      ? {
          inputs: [int8s(random, inputs)],
          constants: [int8s(random, terms * channels), ...requantization(random, channels, terms)],
          outputs: [new Int8Array(outputs)],
        }
      : {
          inputs: [floats(random, inputs)],
          constants: [floats(random, terms * channels), floats(random, channels), bounds(random)],
          outputs: [new Float32Array(outputs)],
        };
  const step = { kernel, name: kernel, inputs: [], constants: [], outputs: [], params } as unknown as Step;
  return { step, operands, updates: [], alias: -1, distance: null, misalignment: 1 };
}

const SIZES = [1, 2, 3, 4, 5, 6, 7, 9, 13].map((n, i) => [1 + ((3 * i) % 8), n] as const);
const PADS = [
  [1, 1],
  [0, 1],
  [2, 2],
] as const;

const DEPTHWISE = SIZES.flatMap((size) =>
  [8, 24, 40].flatMap((inChannels) =>
    [1, 2].flatMap((stride) => PADS.map((pad) => ({ size, inChannels, outChannels: null, stride, pad }))),
  ),
).filter(({ size, pad }) => Math.min(...size) + pad[0] + pad[1] >= WINDOW);

const DENSE: readonly Layer[] = [
  { size: [4, 4], inChannels: 192, outChannels: 192, stride: 1, pad: [1, 1] },
  { size: [7, 7], inChannels: 208, outChannels: 170, stride: 1, pad: [1, 1] },
  { size: [7, 7], inChannels: 24, outChannels: 40, stride: 1, pad: [1, 1] },
  { size: [14, 14], inChannels: 8, outChannels: 24, stride: 2, pad: [0, 1] },
  { size: [3, 11], inChannels: 5, outChannels: 9, stride: 1, pad: [1, 1] },
];

describe('convolutions of 3x3 compute the meaning', () => {
  for (const type of ['s8', 'f32'] as const) {
    for (const [name, layers] of Object.entries({ depthwise: DEPTHWISE, dense: DENSE })) {
      const random = seededRandom(7);
      const cases = layers.map((layer, i) => judged(caseOf(layer, type, random), i));
      for (const { kind, library, isa } of compiledKernels()) {
        test(`${name}, ${type}, ${kind} with ${isa}`, () => {
          for (const one of cases) {
            const engine = library.create(one.encoded, isa);
            engine.arena.set(one.before);
            engine.run(0, 1);
            assert.equal(wrongByte(one, engine.arena.slice()), null);
          }
        });
      }
    }
  }
});
