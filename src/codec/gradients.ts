/**
 * Gradients on the way back through a codec of features. A channel that is not coded has none, one that is coded for squares has their mean (what it is exactly),
 * and levels pass straight through. What is left is rounded stochastically to steps of its channel, which is unbiased within the
 * clip and never further off than a step, and coded in stripes like the features, so that the same decoder reads both.
 */
import { roundAtRandom } from '../numbers/rounding.ts';
import { fitClasses, fitFrequencies } from './contexts.ts';
import { createMessages } from './message.ts';
import { createDecoder, createEncoder } from './run.ts';
import { squareOfPositions } from './squares.ts';
import type { StripeCodec, StripeGroup } from './types.ts';

/** The greatest value that there is, of the root of the mean square of a channel: small ones first, which take more bytes and are nearer. */
const CLIPS = [4, 6, 9, 14, 20, 30, 45] as const;
const LEVELS = 7;
/** Steps up, and as many down. */
const MOST_STEPS = (LEVELS - 1) / 2;
/** Channels of a stripe. */
const TOGETHER = 2;
/** Codes of a step, of the channel that has the greatest one. */
const MOST_STEP = Math.floor(127 / MOST_STEPS);

/** A codec of gradients, whose scale comes with each message. */
type GradientCodec = {
  readonly codec: StripeCodec;
  /** The greatest value that comes out, of the root of the mean square of its channel. */
  readonly clip: number;
};

/**
 * What of a gradient reaches the maps that a codec was given: where a channel lies beyond the outermost codes that it can come out as, what
 * leads further out changes nothing, and is left out.
 * @returns of float32 [H][W][C] of what was decoded, and the int8 codes [H][W][C] that were encoded, a new gradient
 */
export function createPathBack(
  codec: StripeCodec,
): (gradient: Float32Array, codes: Int8Array) => Float32Array {
  const { channels } = codec;
  const paths = codec.groups.flatMap(({ side, channels: own, centroids }) =>
    own.map((channel, k) => {
      const codes = centroids.filter((_, i) => i % own.length === k);
      const within = { least: Math.min(...codes), most: Math.max(...codes) };
      return { channel, side, ...within };
    }),
  );
  const squares = squaresBySide(codec);
  return (gradient, codes) => {
    const through = new Float32Array(gradient.length);
    for (const { channel, side, least, most } of paths) {
      const { of, sizes } = squares.get(side)!;
      const [sums, sumsOfCodes] = [new Float64Array(sizes.length), new Float64Array(sizes.length)];
      for (let i = 0, at = channel; i < of.length; i++, at += channels) {
        sums[of[i]!]! += gradient[at]!;
        sumsOfCodes[of[i]!]! += codes[at]!;
      }
      for (let i = 0, at = channel; i < of.length; i++, at += channels) {
        const square = of[i]!;
        const mean = sumsOfCodes[square]! / sizes[square]!;
        const own = sums[square]! / sizes[square]!;
        // Descent goes against the gradient.
        if (own > 0 ? mean >= least : mean <= most) through[at] = own;
      }
    }
    return through;
  };
}

type Squares = {
  /** The square of each position. */
  readonly of: Int32Array;
  /** Positions of each square. */
  readonly sizes: Int32Array;
};

function squaresBySide(codec: StripeCodec): ReadonlyMap<number, Squares> {
  return new Map(
    codec.groups.map(({ side }) => {
      const of = squareOfPositions(codec, side);
      const sizes = new Int32Array(of.at(-1)! + 1);
      for (const square of of) sizes[square]!++;
      return [side, { of, sizes }];
    }),
  );
}

/**
 * A codec for gradients like these, of the least clip whose messages fit.
 * @param of the codec of the features @param gradients what comes along the path back, [H][W][C] of each map
 * @param bytes that a map may take on the mean
 */
export function fitGradients(
  of: StripeCodec,
  gradients: readonly Float32Array[],
  bytes: number,
  random: () => number,
): GradientCodec {
  const steps = stepsOf(of, gradients);
  const shares = [...squaresBySide(of).keys()].flatMap((side) => {
    const own = of.groups.filter((group) => group.side === side).flatMap(({ channels }) => channels);
    return Array.from({ length: Math.ceil(own.length / TOGETHER) }, (_, i) => ({
      side: side as StripeGroup['side'],
      channels: own.slice(i * TOGETHER, (i + 1) * TOGETHER),
    }));
  });
  const blank: StripeCodec = {
    ...{ ...of, scale: 1, zeroPoint: 0, fill: new Int8Array(of.channels) },
    groups: shares.map((share) => groupOf(share, steps)),
  };
  const fitted = (clip: number): GradientCodec => {
    const { codes } = createRounding({ codec: blank, clip }, random)(gradients);
    return {
      clip,
      codec: { ...blank, groups: blank.groups.map((group) => withFrequencies(blank, group, codes)) },
    };
  };
  for (const clip of CLIPS.slice(0, -1)) {
    const found = fitted(clip);
    const message = createGradientMessages(found, random).write(gradients);
    if (message.length <= bytes * gradients.length) return found;
  }
  return fitted(CLIPS.at(-1)!);
}

type GradientMessages = {
  /** One message for the gradients of several maps. */
  readonly write: (gradients: readonly Float32Array[]) => Uint8Array;
  /** @throws TinymlError E_CODEC for what is no message of this codec */
  readonly read: (message: Uint8Array) => readonly Float32Array[];
};

export function createGradientMessages(fitted: GradientCodec, random: () => number): GradientMessages {
  const [encode, decode] = [createEncoder(fitted.codec), createDecoder(fitted.codec)];
  const { write, read } = createMessages(fitted.codec);
  const round = createRounding(fitted, random);
  return {
    write: (gradients) => {
      const { codes, scale } = round(gradients);
      return write(codes.map(encode), scale);
    },
    read: (message) => {
      const { streams, scale } = read(message);
      return streams.map((stream) => {
        const real = new Float32Array(decode(stream));
        for (let i = 0; i < real.length; i++) real[i]! *= scale;
        return real;
      });
    },
  };
}

/** Codes of a step of each channel, in proportion to the root of its mean square. */
function stepsOf({ channels }: StripeCodec, gradients: readonly Float32Array[]): Int8Array {
  const squares = new Float64Array(channels);
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) squares[i % channels]! += gradient[i]! ** 2;
  }
  const most = Math.max(...squares);
  return Int8Array.from(squares, (sum) => Math.max(1, Math.round(MOST_STEP * Math.sqrt(sum / most || 0))));
}

function groupOf({ side, channels }: Pick<StripeGroup, 'side' | 'channels'>, steps: Int8Array): StripeGroup {
  const count = LEVELS ** channels.length;
  const levelOf = (cell: number, k: number): number => (Math.floor(cell / LEVELS ** k) % LEVELS) - MOST_STEPS;
  return {
    ...{ side, channels },
    thresholds: channels.map((channel) =>
      Array.from({ length: LEVELS - 1 }, (_, i) => (i + 1 - MOST_STEPS) * steps[channel]!),
    ),
    cells: Uint8Array.from({ length: count }, (_, cell) => cell),
    centroids: Int8Array.from({ length: count * channels.length }, (_, i) => {
      const k = i % channels.length;
      return levelOf(Math.floor(i / channels.length), k) * steps[channels[k]!]!;
    }),
    ...{ classes: new Uint8Array(count), frequencies: [] },
  };
}

/** How often each symbol comes, and beside which. */
function withFrequencies(codec: StripeCodec, group: StripeGroup, maps: readonly Int8Array[]): StripeGroup {
  const { side, channels, cells } = group;
  const squares = squareOfPositions(codec, side);
  const symbols = maps.map((map) => {
    const own = new Uint8Array(squares.at(-1)! + 1);
    squares.forEach((square, i) => {
      own[square] = channels.reduce(
        (cell, channel, k) =>
          cell + (map[i * codec.channels + channel]! / stepOf(group, k) + MOST_STEPS) * LEVELS ** k,
        0,
      );
    });
    return own;
  });
  const columns = Math.ceil(codec.width / side);
  const classes = fitClasses({ columns, maps: symbols }, cells.length);
  return { ...group, classes, frequencies: fitFrequencies({ columns, maps: symbols }, classes) };
}

/** The last cell is the one of all steps up in all channels. */
function stepOf({ channels, centroids }: StripeGroup, k: number): number {
  return centroids[centroids.length - channels.length + k]! / MOST_STEPS;
}

type Rounded = { readonly codes: readonly Int8Array[]; readonly scale: number };

/** Each value to one of the two steps beside it, so that it comes out right on the mean. Values of a square are drawn by one number: they come together, in fewer symbols. */
function createRounding(
  { codec, clip }: GradientCodec,
  random: () => number,
): (gradients: readonly Float32Array[]) => Rounded {
  const { channels } = codec;
  const squares = squaresBySide(codec);
  const paths = codec.groups.flatMap((group) =>
    group.channels.map((channel, k) => ({ channel, side: group.side, step: stepOf(group, k) })),
  );
  return (gradients) => {
    let [sum, count] = [0, 0];
    for (const gradient of gradients) {
      for (const { channel, step } of paths) {
        for (let at = channel; at < gradient.length; at += channels) sum += (gradient[at]! / step) ** 2;
      }
      count += (paths.length * gradient.length) / channels;
    }
    const scale = Math.fround((clip / MOST_STEPS) * Math.sqrt(sum / count)) || SMALLEST;
    const codes = gradients.map((gradient) => {
      const map = new Int8Array(gradient.length);
      const draws = new Map(
        [...squares].map(([side, { sizes }]) => [side, Float64Array.from(sizes, random)]),
      );
      for (const { channel, side, step } of paths) {
        const [drawn, { of }] = [draws.get(side)!, squares.get(side)!];
        for (let i = 0, at = channel; i < of.length; i++, at += channels) {
          const steps = roundAtRandom(gradient[at]! / (scale * step), drawn[of[i]!]!);
          map[at] = step * Math.max(-MOST_STEPS, Math.min(MOST_STEPS, steps));
        }
      }
      return map;
    });
    return { codes, scale };
  };
}

/** The scale of gradients that are all 0. */
const SMALLEST = 2 ** -100;
