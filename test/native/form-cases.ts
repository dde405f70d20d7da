/** Random calls of the kernels that gather, resize, combine, choose, sum and rank. */
import type { Parts } from './cases.ts';
import {
  activation,
  box,
  channelCount,
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

export const FORM_CASES = {
  gather_s8(random: Random): Parts {
    const { outer, size, inner } = rows(random);
    const count = integer(random, 1, 20);
    const indices = words(random, count, -size, size - 1);
    if (random() < 0.2) indices[0] = pick(random, [-(2 ** 31), 2 ** 31 - 1, size, -size - 1]);
    return {
      params: { outer, size, inner, count },
      inputs: [int8s(random, outer * size * inner), indices],
      outputs: [new Int8Array(outer * count * inner)],
    };
  },

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
        operation: integer(random, 0, 8),
        unit: pick(random, [1, 127, 2 ** 15]),
        ...output(random),
      },
      inputs: [int8s(random, a.length), int8s(random, b.length)],
      constants: [meanings(random), meanings(random)],
      outputs: [new Int8Array(elements)],
    };
  },

  select_s8(random: Random): Parts {
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
        int8s(random, a.length),
        int8s(random, b.length),
      ],
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

  top_k_s8(random: Random): Parts {
    const { outer, size, inner } = rows(random);
    const k = integer(random, 1, Math.min(size, 6));
    const ties = random() < 0.5;
    const x = int8s(random, outer * size * inner);
    return {
      params: { outer, size, inner, k, largest: integer(random, 0, 1), last: integer(random, 0, 1) },
      inputs: [ties ? x.map((value) => value >> 6) : x],
      outputs: [new Int8Array(outer * k * inner), new Int32Array(outer * k * inner)],
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
};
