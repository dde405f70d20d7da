/** Random calls of the kernels of stripes: codecs that are ones, maps of few levels, and whatever numbers. */
import { kernelOf, type Step } from '../../src/program/kernels/index.ts';
import {
  CONTEXTS,
  ENTRY_WORDS,
  FREQUENCY_BITS,
  GROUP_WORDS,
  STRIPE,
} from '../../src/program/kernels/stripes-s8.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import type { Parts } from './cases.ts';
import { int8s, integer, pick, type Random } from './random.ts';

const CODES = 256;

type Codec = {
  readonly params: Readonly<Record<string, number>>;
  readonly layout: Int32Array;
  readonly levels: Uint8Array;
  readonly cells: Uint8Array;
  readonly classes: Uint8Array;
  readonly entries: Int32Array;
};

function bytes(random: Random, length: number, most = 255): Uint8Array {
  return Uint8Array.from({ length }, () => integer(random, 0, most));
}

/** Frequencies of at least 2 that add up to 2^12, of `used` symbols; behind them starts that no slot reaches. */
function context(random: Random, used: number, symbols: number): readonly number[] {
  const total = 2 ** FREQUENCY_BITS;
  const weights = Array.from({ length: used }, () => random() ** pick(random, [1, 4, 12]));
  const sum = weights.reduce((a, b) => a + b, 1e-9);
  const frequencies = weights.map((weight) => 2 + Math.floor(((total - 2 * used) * weight) / sum));
  frequencies[0]! += total - frequencies.reduce((a, b) => a + b);
  let start = 0;
  return Array.from({ length: symbols }, (_, symbol) => {
    const frequency = frequencies[symbol] ?? 0;
    const entry = [frequency === 0 ? 0 : Math.ceil(2 ** 32 / frequency) | 0, frequency | (start << 16)];
    start += frequency;
    return entry;
  }).flat();
}

function randomCodec(random: Random): Codec {
  const [height, width] = [integer(random, 1, 9), integer(random, 1, 9)];
  const channels = integer(random, 1, 12);
  const groups = integer(random, 1, 4);
  const symbols = pick(random, [64, 100, 256]);
  const used = integer(random, 2, symbols);
  const entries = new Int32Array((groups + 1) * CONTEXTS * symbols * ENTRY_WORDS);
  for (let i = 0; i < groups * CONTEXTS; i++) {
    entries.set(context(random, used, symbols), i * symbols * ENTRY_WORDS);
  }
  const isCodec = random() < 0.8;
  if (!isCodec)
    entries.forEach((_, i) => {
      entries[i] = integer(random, -(2 ** 31), 2 ** 31 - 1);
    });
  return {
    params: { height, width, channels, groups, symbols, capacity: pick(random, [4, 20, 400, 1000]) },
    layout: Int32Array.from({ length: groups * GROUP_WORDS }, (_, i) =>
      i % GROUP_WORDS === STRIPE
        ? integer(random, isCodec ? 0 : -9, isCodec ? 2 : 9)
        : integer(random, isCodec ? 0 : -9, channels + (isCodec ? -1 : 9)),
    ),
    levels: bytes(random, groups * STRIPE * CODES, pick(random, [3, 63, 255])),
    cells: bytes(random, groups * CODES, isCodec ? used - 1 : 255),
    classes: bytes(random, groups * CODES, 1),
    entries,
  };
}

export const STRIPE_CASES = {
  encode_stripes_s8(random: Random): Parts {
    const { params, layout, levels, cells, classes, entries } = randomCodec(random);
    return {
      params,
      inputs: [mapOf(random, params)],
      constants: [layout, levels, cells, classes, entries],
      outputs: [new Uint8Array(params.capacity!), new Int32Array(2)],
    };
  },

  decode_stripes_s8(random: Random): Parts {
    const codec = randomCodec(random);
    const { params, layout, classes, entries } = codec;
    const [stream, count] = random() < 0.5 ? encoded(random, codec) : noise(random, params);
    return {
      params,
      inputs: [stream, count],
      constants: [
        layout,
        classes,
        entries,
        int8s(random, params.groups! * CODES * STRIPE),
        int8s(random, params.channels!),
      ],
      outputs: [new Int8Array(params.height! * params.width! * params.channels!)],
    };
  },
};

function mapOf(random: Random, { height, width, channels }: Codec['params']): Int8Array {
  const map = int8s(random, height! * width! * channels!);
  return random() < 0.5 ? map : map.map((code) => (code < 64 ? -128 : code));
}

/** What the meaning of the encoder writes. */
function encoded(random: Random, codec: Codec): readonly [Uint8Array, Int32Array] {
  const { params, layout, levels, cells, classes, entries } = codec;
  const outputs: ProgramArray[] = [new Uint8Array(params.capacity!), new Int32Array(2)];
  const step = {
    kernel: 'encode_stripes_s8',
    name: '',
    inputs: [],
    constants: [],
    outputs: [],
    params,
  } as unknown as Step;
  kernelOf(step).run(step, {
    inputs: [mapOf(random, params)],
    constants: [layout, levels, cells, classes, entries],
    outputs,
  });
  return outputs as [Uint8Array, Int32Array];
}

function noise(random: Random, { capacity }: Codec['params']): readonly [Uint8Array, Int32Array] {
  const length = pick(random, [capacity!, 0, integer(random, 0, capacity!), -(2 ** 31), 2 ** 31 - 1]);
  return [bytes(random, capacity!), Int32Array.of(length, pick(random, [0, 1, -5]))];
}
