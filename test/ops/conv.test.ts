import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints, string } from '../../src/graph/build.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { operatorOf } from '../../src/ops/index.ts';
import { type Attributes, floats, nodeOf, ramp, run } from './run.ts';

test('Conv 3x3 without padding sums the window', () => {
  const weights = floats([1, 1, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const { shape, values } = run('Conv', [ramp([1, 1, 4, 4]), weights]);
  assert.deepEqual(shape, [1, 1, 2, 2]);
  assert.deepEqual(values, [45, 54, 81, 90]);
});

test('Conv adds the bias of each filter', () => {
  const weights = floats([2, 1, 1], [1, 10]);
  const { values } = run('Conv', [ramp([1, 1, 3]), weights, floats([2], [0.5, -1])]);
  assert.deepEqual(values, [0.5, 1.5, 2.5, -1, 9, 19]);
});

test('Conv pads asymmetrically: begins first, then ends', () => {
  const { shape, values } = run('Conv', [ramp([1, 1, 3], 1), floats([1, 1, 2], [1, 10])], {
    pads: ints([2, 1]),
    strides: ints([2]),
  });
  assert.deepEqual(shape, [1, 1, 3]);
  assert.deepEqual(values, [0, 21, 3], 'windows (0,0) (1,2) (3,0)');
});

test('Conv SAME_UPPER puts the odd padding at the end, SAME_LOWER at the begin', () => {
  const inputs = [ramp([1, 1, 4], 1), floats([1, 1, 2], [1, 10])];
  assert.deepEqual(run('Conv', inputs, { auto_pad: string('SAME_UPPER') }).values, [21, 32, 43, 4]);
  assert.deepEqual(run('Conv', inputs, { auto_pad: string('SAME_LOWER') }).values, [10, 21, 32, 43]);
});

/** The definition, one multiplication at a time. */
function convolve2d(x: Tensor, w: Tensor, options: Options): number[] {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, groupChannels, kernelH, kernelW] = w.shape as [number, number, number, number];
  const { stride, dilation, group } = options;
  const [top, left, bottom, right] = options.pads as [number, number, number, number];
  const outH = Math.floor((height + top + bottom - (kernelH - 1) * dilation - 1) / stride) + 1;
  const outW = Math.floor((width + left + right - (kernelW - 1) * dilation - 1) / stride) + 1;
  const out: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const firstChannel = Math.floor(f / (filters / group)) * groupChannels;
      for (let i = 0; i < outH; i++) {
        for (let j = 0; j < outW; j++) {
          let sum = 0;
          for (let c = 0; c < groupChannels; c++) {
            for (let a = 0; a < kernelH; a++) {
              for (let b = 0; b < kernelW; b++) {
                const [y, z] = [i * stride - top + a * dilation, j * stride - left + b * dilation];
                if (y < 0 || z < 0 || y >= height || z >= width) continue;
                const at = ((n * channels + firstChannel + c) * height + y) * width + z;
                const weight = ((f * groupChannels + c) * kernelH + a) * kernelW + b;
                sum += Number(x.data[at]) * Number(w.data[weight]);
              }
            }
          }
          out.push(sum);
        }
      }
    }
  }
  return out;
}

type Options = {
  readonly stride: number;
  readonly dilation: number;
  readonly group: number;
  readonly pads: readonly number[];
};

test('Conv equals its definition for random geometries', () => {
  const random = seededRandom(11);
  const pick = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  for (let round = 0; round < 80; round++) {
    const group = pick(1, 3);
    const groupChannels = pick(1, 3);
    const filters = group * pick(1, 6);
    const kernel = [pick(1, 3), pick(1, 3)];
    const options = {
      stride: pick(1, 2),
      dilation: pick(1, 2),
      group,
      pads: [pick(0, 2), pick(0, 2), pick(0, 2), pick(0, 2)],
    };
    const some = (shape: number[]) =>
      floats(
        shape,
        Array.from({ length: elementCount(shape) }, () => pick(-8, 8)),
      );
    const x = some([pick(1, 2), group * groupChannels, pick(5, 7), pick(5, 7)]);
    const w = some([filters, groupChannels, ...kernel]);
    const attributes: Attributes = {
      strides: ints([options.stride, options.stride]),
      dilations: ints([options.dilation, options.dilation]),
      group: int(group),
      pads: ints(options.pads),
    };
    const message = `x [${x.shape}], w [${w.shape}], ${JSON.stringify(options)}`;
    assert.deepEqual(run('Conv', [x, w], attributes).values, convolve2d(x, w, options), message);
  }
});

test('Conv counts one multiply-accumulate per weight and output element of its filter', () => {
  const inputs = [ramp([1, 4, 8, 8]), ramp([6, 2, 3, 3])];
  const node = nodeOf('Conv', inputs, { group: int(2) });
  const operator = operatorOf(node);
  assert.equal(operator.macs(node, inputs, operator.infer(node, inputs)), 6 * 6 * 6 * 2 * 9);
});

test('ConvTranspose is the adjoint of Conv: <conv(x), y> = <x, convTranspose(y)>', () => {
  const random = seededRandom(5);
  const some = (shape: number[]) =>
    floats(
      shape,
      Array.from({ length: elementCount(shape) }, () => Math.floor(random() * 9) - 4),
    );
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  for (const [group, strides, pads, dilations] of [
    [1, [1, 1], [0, 0, 0, 0], [1, 1]],
    [2, [2, 1], [1, 0, 1, 2], [1, 1]],
    [3, [2, 2], [1, 1, 1, 1], [2, 1]],
  ] as const) {
    const attributes = {
      group: int(group),
      strides: ints(strides),
      pads: ints(pads),
      dilations: ints(dilations),
    };
    const x = some([1, 2 * group, 9, 7]);
    const w = some([group * 3, 2, 3, 3]);
    const forward = run('Conv', [x, w], attributes);
    const y = some(forward.shape);
    const backward = run('ConvTranspose', [y, w], {
      ...attributes,
      output_padding: ints(
        [9, 7].map((size, i) => {
          const reach = (3 - 1) * dilations[i]! + 1;
          return size + pads[i]! + pads[i + 2]! - reach - strides[i]! * (forward.shape[i + 2]! - 1);
        }),
      ),
    });
    assert.deepEqual(backward.shape, [1, 2 * group, 9, 7]);
    const left = dot(forward.values, Array.from(y.data, Number));
    assert.equal(dot(Array.from(x.data, Number), backward.values), left, `group ${group}`);
  }
});

test('ConvTranspose cuts to output_shape, the odd element at the begin', () => {
  const inputs = [ramp([1, 1, 2], 1), floats([1, 1, 3], [1, 10, 100])];
  assert.deepEqual(run('ConvTranspose', inputs).values, [1, 12, 120, 200]);
  assert.deepEqual(run('ConvTranspose', inputs, { output_shape: ints([3]) }).values, [12, 120, 200]);
  const upper = { output_shape: ints([3]), auto_pad: string('SAME_UPPER') };
  assert.deepEqual(run('ConvTranspose', inputs, upper).values, [1, 12, 120]);
});

test('Conv says what does not fit', () => {
  const x = ramp([1, 3, 4, 4]);
  const at = ['node "n" (Conv)'];
  assert.throws(() => run('Conv', [x, ramp([2, 2, 3, 3])]), { code: 'E_SHAPE', at });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 5, 5])]), { code: 'E_SHAPE', at });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3]), ramp([3])]), { code: 'E_SHAPE', at });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3])], { strides: ints([1]) }), { code: 'E_SHAPE', at });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3])], { strides: ints([0, 1]) }), { code: 'E_SHAPE' });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3])], { pads: ints([-1, 0, 0, 0]) }), {
    code: 'E_SHAPE',
  });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3])], { auto_pad: string('SAME') }), {
    code: 'E_OP',
    at,
  });
  assert.throws(() => run('Conv', [x, ramp([2, 3, 3, 3])], { group: string('1') }), {
    code: 'E_ONNX_INVALID',
  });
});

test('Conv refuses paddings that would need too much memory', () => {
  const pads = ints([2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20]);
  assert.throws(() => run('Conv', [ramp([1, 1, 2, 2]), ramp([1, 1, 1, 1])], { pads }), { code: 'E_SHAPE' });
  const strides = ints([2 ** 20, 2 ** 20]);
  assert.throws(() => run('Conv', [ramp([1, 1, 2, 2]), ramp([1, 1, 1, 1])], { pads, strides }), {
    code: 'E_SHAPE',
  });
});
