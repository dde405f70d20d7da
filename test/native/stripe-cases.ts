/** Random calls of the kernels of stripes: codecs that are ones, maps of few levels, and whatever numbers. */
import { kernelOf, type Step } from '../../src/program/kernels/index.ts';
import {
  CONTEXTS,
  ENTRY_WORDS,
  FREQUENCY_BITS,
  STRIPE,
  SYMBOL_SHIFT,
} from '../../src/program/kernels/stripes-s8.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import type { Parts } from './cases.ts';
import { int8s, integer, pick, type Random } from './random.ts';

const CODES = 256;

type Codec = {
  readonly params: Readonly<Record<string, number>>;
  readonly layout: Int32Array;
  readonly levels: Uint8Array;
  readonly cells: Int16Array;
  readonly classes: Uint8Array;
  readonly entries: Int32Array;
};

function bytes(random: Random, length: number, most = 255): Uint8Array {
  return Uint8Array.from({ length }, () => integer(random, 0, most));
}

/** Frequencies of at least 2 that add up to 2^12. */
function frequenciesOf(random: Random, symbols: number): readonly number[] {
  const total = 2 ** FREQUENCY_BITS;
  const weights = Array.from({ length: symbols }, () => random() ** pick(random, [1, 4, 12]));
  const sum = weights.reduce((a, b) => a + b, 1e-9);
  const frequencies = weights.map((weight) => 2 + Math.floor(((total - 2 * symbols) * weight) / sum));
  frequencies[0]! += total - frequencies.reduce((a, b) => a + b);
  return frequencies;
}

function randomCodec(random: Random): Codec {
  const [height, width] = [integer(random, 1, 9), integer(random, 1, 9)];
  const channels = integer(random, 1, 12);
  const groups = integer(random, 1, 4);
  const counts = Array.from({ length: groups }, () => integer(random, 2, pick(random, [9, CODES])));
  const firsts = counts.map((_, g) => counts.slice(0, g).reduce((a, b) => a + b, 0));
  const symbols = firsts.at(-1)! + CODES + integer(random, 0, 3);
  const entries = new Int32Array(symbols * CONTEXTS * ENTRY_WORDS);
  firsts.forEach((first, g) => {
    for (let context = 0; context < CONTEXTS; context++) {
      let start = 0;
      frequenciesOf(random, counts[g]!).forEach((frequency, symbol) => {
        const at = ((first + symbol) * CONTEXTS + context) * ENTRY_WORDS;
        entries[at] = Math.ceil(2 ** 32 / frequency);
        entries[at + 1] = (2 ** FREQUENCY_BITS - frequency) | (start << 16);
        start += frequency;
      });
    }
  });
  const isCodec = random() < 0.8;
  const noise = (): number => integer(random, -(2 ** 31), 2 ** 31 - 1);
  if (!isCodec) entries.set(Int32Array.from(entries, noise));
  const classes = bytes(random, groups * CODES, 1);
  const layout = counts.flatMap((count, g) => {
    const own = Array.from({ length: STRIPE }, () => integer(random, 0, channels - 1));
    return [...own, integer(random, 0, 2), integer(random, 1, STRIPE), firsts[g]!, count];
  });
  return {
    params: { height, width, channels, groups, symbols, capacity: pick(random, [4, 20, 400, 1000]) },
    layout: Int32Array.from(layout, (word) =>
      isCodec || random() < 0.5 ? word : pick(random, [-9, 9, noise()]),
    ),
    levels: bytes(random, groups * STRIPE * CODES, pick(random, [3, 63, 255])),
    cells: Int16Array.from({ length: groups * CODES }, (_, i) => {
      const group = Math.floor(i / CODES);
      const symbol = integer(random, 0, counts[group]! - 1);
      return isCodec ? (symbol << SYMBOL_SHIFT) | classes[group * CODES + symbol]! : noise();
    }),
    classes,
    entries,
  };
}

export const STRIPE_CASES = {
  encode_stripes_s8(random: Random): Parts {
    const { params, layout, levels, cells, entries } = randomCodec(random);
    return {
      params,
      inputs: [mapOf(random, params)],
      constants: [layout, levels, cells, entries],
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
  const { params, layout, levels, cells, entries } = codec;
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
    constants: [layout, levels, cells, entries],
    outputs,
  });
  return outputs as [Uint8Array, Int32Array];
}

function noise(random: Random, { capacity }: Codec['params']): readonly [Uint8Array, Int32Array] {
  const length = pick(random, [capacity!, 0, integer(random, 0, capacity!), -(2 ** 31), 2 ** 31 - 1]);
  return [bytes(random, capacity!), Int32Array.of(length, pick(random, [0, 1, -5]))];
}
