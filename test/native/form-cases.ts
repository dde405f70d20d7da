/** Random calls of the kernels that gather, resize, combine, choose, sum and rank. */
import type { Parts } from './cases.ts';
import {
  activation,
  box,
  channelCount,
  floats,
  int8s,
  int16s,
  integer,
  multiplier,
  offsets,
  pick,
  type Random,
  zeroPoint,
} from './random.ts';

type Parameters = Readonly<Record<string, number>>;

function rows(random: Random): { readonly outer: number; readonly size: number; readonly inner: number } {
  return { outer: integer(random, 1, 4), size: integer(random, 1, 20), inner: integer(random, 1, 12) };
}

function words(random: Random, length: number, least: number, most: number): Int32Array {
  return Int32Array.from({ length }, () => integer(random, least, most));
}

/** What codes stand for: small numbers, now and then any. */
function meanings(random: Random): Int32Array {
  const reach = pick(random, [255, 2 ** 16, 2 ** 29, 2 ** 31 - 1]);
  return words(random, 256, -reach, reach);
}

function output(random: Random): Parameters {
  const { q, shift } = multiplier(random, integer(random, 1, 50));
  return {
    outputOffset: zeroPoint(random),
    outputMultiplier: q,
    outputShift: shift,
    ...activation(random),
  };
}

/** A walk of an operand through a box: in any order, repeated along some axes. */
function walk(random: Random, name: string, sizes: readonly number[]) {
  const repeats = sizes.map(() => random() < 0.25);
  const own = box(
    random,
    sizes.map((size, axis) => (repeats[axis] ? 1 : size)),
  );
  const strides = own.strides.map((stride, axis) => (repeats[axis] ? 0 : stride));
  return {
    length: own.length,
    params: {
      [`${name}Offset`]: own.offset,
      ...Object.fromEntries(strides.map((stride, k) => [`${name}Stride${k}`, stride])),
    },
  };
}

function boxOf(random: Random) {
  const sizes = Array.from({ length: 4 }, () => integer(random, 1, 6));
  return {
    sizes,
    params: Object.fromEntries(sizes.map((size, k) => [`size${k}`, size])),
    elements: sizes.reduce((product, size) => product * size, 1),
  };
}

/** Places and weights of an interpolation along two axes. */
function resizeShape(random: Random) {
  const [inH, inW, outH, outW] = [1, 2, 3, 4].map(() => integer(random, 1, 8)) as [
    number,
    number,
    number,
    number,
  ];
  const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
  const taps = pick(random, [1, 2, 2, 3, 4]);
  const any = random() < 0.1;
  const weights = (length: number): Int32Array => {
    const data = words(random, length * taps, any ? -(2 ** 31) : -700, any ? 2 ** 31 - 1 : 2500);
    if (any) return data;
    for (let i = 0; i < length; i++) {
      const [start, end] = [i * taps, (i + 1) * taps];
      if (random() < 0.3) data.fill(0, start, end);
      const others = data.subarray(start, end - 1).reduce((sum, weight) => sum + weight, 0);
      data[end - 1] = 2048 - others;
    }
    return data;
  };
  return {
    params: { batch, inH, inW, channels, outH, outW, taps },
    constants: [
      words(random, outH * taps, -1, inH),
      weights(outH),
      words(random, outW * taps, -1, inW),
      weights(outW),
    ],
    inputs: batch * inH * inW * channels,
    outputs: batch * outH * outW * channels,
  };
}

/** Rows by number, of elements that `make` gives. */
function gathered(
  random: Random,
  make: (length: number) => Int8Array | Float32Array,
  like: Int8ArrayConstructor | Float32ArrayConstructor,
): Parts {
  const { outer, size, inner } = rows(random);
  const count = integer(random, 1, 20);
  const indices = words(random, count, -size, size - 1);
  if (random() < 0.2) indices[0] = pick(random, [-(2 ** 31), 2 ** 31 - 1, size, -size - 1]);
  return {
    params: { outer, size, inner, count },
    inputs: [make(outer * size * inner), indices],
    outputs: [new like(outer * count * inner)],
  };
}

/** A choice of elements that `make` gives. */
function selected(
  random: Random,
  make: (length: number) => Int8Array | Float32Array,
  like: Int8ArrayConstructor | Float32ArrayConstructor,
): Parts {
  const { sizes, params, elements } = boxOf(random);
  const [condition, a, b] = ['condition', 'input1', 'input2'].map((name) => walk(random, name, sizes)) as [
    ReturnType<typeof walk>,
    ReturnType<typeof walk>,
    ReturnType<typeof walk>,
  ];
  return {
    params: { ...params, ...condition.params, ...a.params, ...b.params },
    inputs: [
      Int8Array.from({ length: condition.length }, () => integer(random, 0, 1)),
      make(a.length),
      make(b.length),
    ],
    outputs: [new like(elements)],
  };
}

/** The first k, of elements that `make` gives. */
function ranked(
  random: Random,
  make: (length: number) => Int8Array | Float32Array,
  like: Int8ArrayConstructor | Float32ArrayConstructor,
): Parts {
  const { outer, size, inner } = rows(random);
  const k = integer(random, 1, Math.min(size, 6));
  return {
    params: { outer, size, inner, k, largest: integer(random, 0, 1), last: integer(random, 0, 1) },
    inputs: [make(outer * size * inner)],
    outputs: [new like(outer * k * inner), new Int32Array(outer * k * inner)],
  };
}

export const FORM_CASES = {
  gather_s8: (random: Random) => gathered(random, (length) => int8s(random, length), Int8Array),
  gather_f32: (random: Random) => gathered(random, (length) => floats(random, length), Float32Array),
  select_s8: (random: Random) => selected(random, (length) => int8s(random, length), Int8Array),
  select_f32: (random: Random) => selected(random, (length) => floats(random, length), Float32Array),
  top_k_s8: (random: Random) =>
    ranked(
      random,
      (length) => {
        const x = int8s(random, length);
        return random() < 0.5 ? x.map((value) => value >> 6) : x;
      },
      Int8Array,
    ),
  top_k_f32: (random: Random) =>
    ranked(
      random,
      (length) => {
        const x = floats(random, length);
        return random() < 0.5 ? x.map((value) => Math.trunc(value / 2)) : x;
      },
      Float32Array,
    ),

  resize2d_s8(random: Random): Parts {
    const { params, constants, inputs, outputs } = resizeShape(random);
    return { params, inputs: [int8s(random, inputs)], constants, outputs: [new Int8Array(outputs)] };
  },

  resize2d_s16(random: Random): Parts {
    const { params, constants, inputs, outputs } = resizeShape(random);
    return { params, inputs: [int16s(random, inputs)], constants, outputs: [new Int16Array(outputs)] };
  },

  binary_s8(random: Random): Parts {
    const { sizes, params, elements } = boxOf(random);
    const [a, b] = [walk(random, 'input1', sizes), walk(random, 'input2', sizes)];
    return {
      params: {
        ...params,
        ...a.params,
        ...b.params,
        operation: integer(random, 0, 9),
        unit: pick(random, [1, 127, 2 ** 15]),
        ...output(random),
      },
      inputs: [int8s(random, a.length), int8s(random, b.length)],
      constants: [meanings(random), meanings(random)],
      outputs: [new Int8Array(elements)],
    };
  },

  reduce_sum_s8(random: Random): Parts {
    const { outer, size, inner } = rows(random);
    return {
      params: { outer, size, inner, root: integer(random, 0, 1), ...output(random) },
      inputs: [int8s(random, outer * size * inner)],
      constants: [meanings(random)],
      outputs: [new Int8Array(outer * inner)],
    };
  },

  cumsum_s8(random: Random): Parts {
    const { outer, size, inner } = rows(random);
    const { q, shift } = multiplier(random, size);
    return {
      params: {
        ...{ outer, size, inner },
        ...{ exclusive: integer(random, 0, 1), reverse: integer(random, 0, 1) },
        ...{ ...offsets(random), multiplier: q, shift },
      },
      inputs: [int8s(random, outer * size * inner)],
      outputs: [new Int8Array(outer * size * inner)],
    };
  },

  one_hot_s8(random: Random): Parts {
    const { outer, size: depth, inner } = rows(random);
    return {
      params: { outer, depth, inner, off: integer(random, -128, 127), on: integer(random, -128, 127) },
      inputs: [words(random, outer * inner, -depth - 1, depth)],
      outputs: [new Int8Array(outer * depth * inner)],
    };
  },

  one_hot_f32(random: Random): Parts {
    const { outer, size: depth, inner } = rows(random);
    return {
      params: { outer, depth, inner },
      inputs: [words(random, outer * inner, -depth - 1, depth)],
      constants: [floats(random, 2)],
      outputs: [new Float32Array(outer * depth * inner)],
    };
  },

  compare_f32(random: Random): Parts {
    const { sizes, params, elements } = boxOf(random);
    const [a, b] = [walk(random, 'input1', sizes), walk(random, 'input2', sizes)];
    const numbers = (length: number): Float32Array =>
      floats(random, length).map((value) => Math.trunc(value));
    return {
      params: { ...params, ...a.params, ...b.params, operation: integer(random, 0, 3) },
      inputs: [numbers(a.length), numbers(b.length)],
      outputs: [new Int8Array(elements)],
    };
  },

  resize2d_f32(random: Random): Parts {
    const [inH, inW, outH, outW] = [1, 2, 3, 4].map(() => integer(random, 1, 8)) as [
      number,
      number,
      number,
      number,
    ];
    const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
    const taps = pick(random, [1, 2, 2, 4, 6]);
    return {
      params: { batch, inH, inW, channels, outH, outW, taps },
      inputs: [floats(random, batch * inH * inW * channels)],
      constants: [
        words(random, outH * taps, -1, inH),
        floats(random, outH * taps),
        words(random, outW * taps, -1, inW),
        floats(random, outW * taps),
      ],
      outputs: [new Float32Array(batch * outH * outW * channels)],
    };
  },

  log_softmax_s8(random: Random): Parts {
    const { outer, size, inner } = rows(random);
    const any = random() < 0.2;
    const falling = (of: (below: number) => number): Int32Array =>
      any
        ? words(random, 256, -(2 ** 31), 2 ** 31 - 1)
        : Int32Array.from({ length: 256 }, (_, below) => Math.round(of(below)));
    const scale = pick(random, [0.01, 0.1, 1]);
    const logs = any
      ? words(random, 257, -(2 ** 31), 2 ** 31 - 1)
      : Int32Array.from({ length: 257 }, (_, i) => Math.round(Math.log(1 + i / 256) * 2 ** 20));
    const { q, shift } = multiplier(random, integer(random, 1, 50));
    return {
      params: {
        ...{ outer, size, inner, bits: pick(random, [17, 26]), outputOffset: pick(random, [127, 0]) },
        ...{ outputMultiplier: q, outputShift: any ? shift : -15, ...activation(random) },
      },
      inputs: [int8s(random, outer * size * inner)],
      constants: [
        falling((below) => -below * scale * 2 ** 20),
        falling((below) => Math.exp(-below * scale) * 2 ** 17),
        logs,
      ],
      outputs: [new Int8Array(outer * size * inner)],
    };
  },
};
