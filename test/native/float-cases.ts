/** Random calls of float32 kernels that are no sums of products. */
import { BINARY_F32 } from '../../src/program/kernels/binary-f32.ts';
import { REDUCTION } from '../../src/program/kernels/reduce-f32.ts';
import { TRIGONOMETRY } from '../../src/program/kernels/trigonometry-f32.ts';
import { UNARY } from '../../src/program/kernels/unary-f32.ts';
import type { Parts } from './cases.ts';
import { bounds, box, channelCount, floats, integer, matmulShape, pick, type Random } from './random.ts';

/** Numbers of the size of activations, now and then special ones. */
function activations(random: Random, length: number): Float32Array {
  if (random() < 0.3) return floats(random, length);
  const magnitude = pick(random, [1, 5, 30, 120]);
  return Float32Array.from({ length }, () => (random() * 2 - 1) * magnitude);
}

/** One of the codes of a table. */
function code(random: Random, table: Readonly<Record<string, number>>): number {
  return integer(random, 0, Object.keys(table).length - 1);
}

/** Two operands at any strides, of which axes may repeat. */
function broadcastShape(random: Random) {
  const sizes = [integer(random, 1, 3), integer(random, 1, 3), integer(random, 1, 4), integer(random, 1, 20)];
  const operand = () => {
    const shape = sizes.map((size) => (random() < 0.25 ? 1 : size));
    const one = box(random, shape);
    return { ...one, strides: one.strides.map((stride, k) => (shape[k] === sizes[k] ? stride : 0)) };
  };
  const operands = [operand(), operand()] as const;
  const walk = (name: string, { offset, strides }: ReturnType<typeof operand>) => ({
    [`${name}Offset`]: offset,
    ...Object.fromEntries(strides.map((stride, k) => [`${name}Stride${k}`, stride])),
  });
  return {
    params: {
      ...Object.fromEntries(sizes.map((size, k) => [`size${k}`, size])),
      ...walk('input1', operands[0]),
      ...walk('input2', operands[1]),
    },
    inputs: operands.map(({ length }) => length) as [number, number],
    outputs: sizes.reduce((product, size) => product * size, 1),
  };
}

/** [outer][size][inner] */
function rowsShape(random: Random) {
  const [outer, inner] = [integer(random, 1, 20), pick(random, [1, 1, integer(random, 1, 30)])];
  const size = integer(random, 1, inner === 1 ? 60 : 12);
  return { params: { outer, size, inner }, inputs: outer * size * inner, outputs: outer * inner };
}

export const FLOAT_CASES = {
  unary_f32(random: Random): Parts {
    const size = integer(random, 1, 100);
    return {
      params: { size, function: integer(random, 0, Object.keys(UNARY).length - 1) },
      inputs: [activations(random, size)],
      constants: [Float32Array.of(pick(random, [0.5, 1, 1.67, -0.3]), pick(random, [0, 0.5, 1.05]))],
      outputs: [new Float32Array(size)],
    };
  },

  trigonometry_f32(random: Random): Parts {
    const size = integer(random, 1, 40);
    const x = random() < 0.5 ? activations(random, size) : floats(random, size).map((v) => v % 1);
    return {
      params: { size, function: code(random, TRIGONOMETRY) },
      inputs: [x],
      outputs: [new Float32Array(size)],
    };
  },

  binary_f32(random: Random): Parts {
    const { params, inputs, outputs } = broadcastShape(random);
    return {
      params: { ...params, operation: code(random, BINARY_F32) },
      inputs: inputs.map((length) => floats(random, length)),
      constants: [bounds(random)],
      outputs: [new Float32Array(outputs)],
    };
  },

  power_f32(random: Random): Parts {
    const { params, inputs, outputs } = broadcastShape(random);
    const exponents = Float32Array.from({ length: inputs[1] }, () =>
      pick(random, [0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.7, 40, Number.POSITIVE_INFINITY, random() * 8 - 4]),
    );
    return {
      params,
      inputs: [activations(random, inputs[0]), exponents],
      outputs: [new Float32Array(outputs)],
    };
  },

  reduce_f32(random: Random): Parts {
    const { params, inputs, outputs } = rowsShape(random);
    return {
      params: { ...params, operation: code(random, REDUCTION) },
      inputs: [activations(random, inputs)],
      outputs: [new Float32Array(outputs)],
    };
  },

  softmax_f32(random: Random): Parts {
    const { params, inputs } = rowsShape(random);
    return {
      params: { ...params, log: integer(random, 0, 1) },
      inputs: [activations(random, inputs)],
      outputs: [new Float32Array(inputs)],
    };
  },

  normalize_f32(random: Random): Parts {
    const rows = random() < 0.5;
    const batch = integer(random, 1, rows ? 20 : 3);
    const [positions, groups] = rows ? [1, 1] : [integer(random, 1, 12), integer(random, 1, 6)];
    const channels = channelCount(random);
    const size = batch * positions * groups * channels;
    return {
      params: { batch, positions, groups, channels, centred: integer(random, 0, 1) },
      inputs: [activations(random, size)],
      constants: [
        floats(random, groups * channels),
        floats(random, groups * channels),
        Float32Array.of(pick(random, [1e-5, 1e-12, 0])),
      ],
      outputs: [new Float32Array(size)],
    };
  },

  lrn_f32(random: Random): Parts {
    const [outer, channels] = [integer(random, 1, 9), channelCount(random)];
    return {
      params: { outer, channels, before: integer(random, 0, 4), behind: integer(random, 0, 4) },
      inputs: [activations(random, outer * channels)],
      constants: [Float32Array.of(random(), 0.75, pick(random, [0.5, 1, 2]))],
      outputs: [new Float32Array(outer * channels)],
    };
  },

  batch_matmul_f32(random: Random): Parts {
    const { params, left, right, output } = matmulShape(random);
    const { room: _, ...stacks } = params;
    return {
      params: stacks,
      inputs: [floats(random, left), floats(random, right)],
      outputs: [new Float32Array(output)],
    };
  },

  recurrent_f32(random: Random): Parts {
    const [steps, batch] = [integer(random, 1, 4), integer(random, 1, 3)];
    const [inputSize, hidden] = [integer(random, 1, 9), integer(random, 1, 7)];
    const gates = pick(random, [1, 3, 4]);
    const directions = integer(random, 1, 2);
    const state = batch * hidden;
    return {
      params: {
        ...{ steps, batch, inputSize, hidden, directions, direction: integer(random, 0, directions - 1) },
        ...{ reverse: integer(random, 0, 1), gates, resetAfter: integer(random, 0, 1) },
      },
      inputs: [
        activations(random, steps * batch * inputSize),
        activations(random, state),
        activations(random, state),
      ],
      constants: [gates * hidden * inputSize, gates * hidden * hidden, 2 * gates * hidden, 3 * hidden].map(
        (length) => floats(random, length),
      ),
      outputs: [new Float32Array(steps * directions * state), new Float32Array(state)],
    };
  },
};
