/** Convolutions that compiled kernels take apart (products of sums, pairs of weights) have the bytes of the reference for any weights. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import { type Case, POISON } from '../native/cases.ts';
import { int8s, integer, type Random, requantization } from '../native/random.ts';
import { compiledKernels, judged, wrongByte } from './programs.ts';

/** Height, width, input and output channels, size of the kernel, padding: tiles whole and cut, several strips of them. */
const SHAPES = [
  [6, 6, 16, 16, 3, 1],
  [7, 5, 32, 24, 3, 1],
  [5, 7, 16, 11, 3, 0],
  [4, 140, 16, 8, 3, 1],
  [4, 4, 512, 8, 3, 1],
  [5, 6, 35, 17, 1, 0],
] as const;

/** Bytes that make sums of several greatest, and others. */
const CODES: Readonly<Record<string, (random: Random, length: number) => Int8Array>> = {
  lowest: (_, length) => new Int8Array(length).fill(-128),
  highest: (_, length) => new Int8Array(length).fill(127),
  alternating: (_, length) => Int8Array.from({ length }, (_, i) => (i % 2 === 0 ? -128 : 127)),
  extremes: (random, length) => Int8Array.from({ length }, () => (random() < 0.5 ? -128 : 127)),
  any: int8s,
};

/** Offsets of the input: zero points at both ends, and one between. */
const OFFSETS = [-127, 128, 3];

function convolution(
  random: Random,
  [height, width, inChannels, outChannels, size, pad]: (typeof SHAPES)[number],
  codes: readonly [input: string, weights: string],
  inputOffset: number,
): Case {
  const [outH, outW] = [height, width].map((side) => side + 2 * pad - size + 1) as [number, number];
  const weights = outChannels * size * size * inChannels;
  const params = {
    batch: integer(random, 1, 2),
    inH: height,
    inW: width,
    inChannels,
    outH,
    outW,
    outChannels,
    kernelH: size,
    kernelW: size,
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
    padTop: pad,
    padLeft: pad,
    groups: 1,
    inputOffset,
    outputOffset: integer(random, -128, 127),
    actMin: -128,
    actMax: 127,
  };
  const output = new Int8Array(params.batch * outH * outW * outChannels).fill(POISON);
  return {
    step: { kernel: 'conv2d_s8', name: 'conv', inputs: [], constants: [], outputs: [], params } as Step,
    operands: {
      inputs: [CODES[codes[0]]!(random, params.batch * height * width * inChannels)],
      constants: [
        CODES[codes[1]]!(random, weights),
        ...requantization(random, outChannels, weights / outChannels),
      ],
      outputs: [output],
    },
    alias: -1,
    distance: null,
    updates: [],
    misalignment: integer(random, 0, 3),
  };
}

const random = seededRandom(5);
const names = Object.keys(CODES);
const CASES = SHAPES.flatMap((shape) =>
  names.map((weights, i) =>
    convolution(random, shape, [names[(2 * i + 1) % names.length]!, weights], OFFSETS[i % OFFSETS.length]!),
  ),
).map(judged);

describe('convolutions compute the meaning for weights at the ends of their range', () => {
  for (const { kind, library, isa } of compiledKernels()) {
    test(`${kind} with ${isa}`, () => {
      for (const one of CASES) {
        const engine = library.create(one.encoded, isa);
        engine.arena.set(one.before);
        engine.run(0, 1);
        assert.equal(wrongByte(one, engine.arena.slice()), null);
      }
    });
  }
});
