/** Rows of a step from rows of its inputs: the bytes of the whole step, from nothing but the rows that a form says are read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyBoxes } from '../../src/lower/shared/copy-boxes.ts';
import { mergeAxes } from '../../src/lower/shared/views.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { type KernelName, kernelOf, type Step } from '../../src/program/kernels/index.ts';
import { type RowForm, type Rows, rowFormOf } from '../../src/program/row-forms.ts';
import { RULES } from '../../src/program/rules.ts';
import { ARENA, type ProgramArray, type ProgramDType, type ProgramTensor } from '../../src/program/types.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { bytesOf, POISON, randomCase } from '../native/cases.ts';
import { int8s, int16s, integer, pick, type Random } from '../native/random.ts';

type Params = Readonly<Record<string, number>>;

/** A call of a kernel on tensors that have shapes: inputs, constants, outputs. */
type Call = { readonly step: Step; readonly arrays: readonly ProgramArray[]; readonly shapes: Shapes };
type Shapes = readonly (readonly number[])[];

/** Shapes of so many rows, of which every tensor with none is one. */
function shapeOf(random: Random, rows: number, elements: number): readonly number[] {
  const row = elements / rows;
  const channels = pick(
    random,
    Array.from({ length: row }, (_, i) => i + 1).filter((size) => row % size === 0),
  );
  const image = [1, rows, row / channels, channels];
  return rows === 1 ? [row] : pick(random, [image, [1, rows, row], [1, 1, rows, row]]);
}

/** The first image of a random call; now and then of one with other strides and padding, beyond the window too, and more rows. */
function windowCall(kernel: KernelName, random: Random): Call {
  const { step, operands } = randomCase(kernel, random);
  const p = step.params as Params;
  const first = (array: ProgramArray): ProgramArray => array.slice(0, array.length / p.batch!);
  const outH = integer(random, 2, 9);
  const [stride, pad] = [integer(random, 1, 4), integer(random, 0, 9)];
  const moved = { ...p, batch: 1, outH, strideH: stride, padTop: pad };
  const { rule } = kernelOf(step).signature;
  const isMoved = random() < 0.5 && rule !== undefined && RULES[rule](moved, []);
  const outputs = operands.outputs.map(first).map((array) => {
    if (!isMoved) return array;
    const length = (array.length / p.outH!) * outH;
    return array instanceof Int16Array ? new Int16Array(length) : new Int8Array(length);
  });
  const arrays = [...operands.inputs.map(first), ...operands.constants, ...outputs];
  const params = isMoved ? moved : { ...p, batch: 1 };
  return { step: { ...step, params } as Step, arrays, shapes: arrays.map(({ length }) => [length]) };
}

/** With places in order, as axes that are not turned round have them. */
function resizeCall(kernel: 'resize2d_s8' | 'resize2d_s16', random: Random): Call {
  const { step, arrays, shapes } = windowCall(kernel, random);
  return { step, arrays: arrays.map((array, i) => (i === 1 || i === 3 ? array.toSorted() : array)), shapes };
}

/** One parameter counts what rows have as many of. */
function positionCall(kernel: KernelName, name: string, random: Random): Call {
  const { step, operands } = randomCase(kernel, random);
  const all = (step.params as Params)[name]!;
  const rows = pick(
    random,
    Array.from({ length: all }, (_, i) => i + 1).filter((count) => all % count === 0),
  );
  const { inputs, constants, outputs } = operands;
  const arrays = [...inputs, ...constants, ...outputs];
  const hasRows = (length: number): boolean => length % rows === 0 && length > 0;
  return {
    step,
    arrays,
    shapes: arrays.map((array) =>
      constants.includes(array) || !hasRows(array.length)
        ? [array.length]
        : shapeOf(random, rows, array.length),
    ),
  };
}

/** Parts of channels, every second row or column, flips of columns, rows and channels that are repeated: as lowering makes them. */
function copyCall(kernel: 'copy_s8' | 'copy_s16', random: Random): Call {
  const shape = [1, integer(random, 1, 7), integer(random, 1, 5), integer(random, 1, 6)] as const;
  const axis = integer(random, 1, 3);
  const [step, isFlipped] = [pick(random, [1, 1, 2, 3]), axis === 2 && random() < 0.3];
  const repeats = random() < 0.2;
  const wide = shape.map((size, i) =>
    i === axis && repeats ? 1 : i === axis ? size * step + integer(random, 0, 3) : size,
  );
  const strides = stridesOf(wide);
  const skipped = repeats ? 0 : integer(random, 0, wide[axis]! - (shape[axis]! - 1) * step - 1);
  const from = {
    offset: (isFlipped && !repeats ? skipped + (shape[axis]! - 1) * step : skipped) * strides[axis]!,
    shape,
    strides: strides.map((stride, i) =>
      i !== axis ? stride : repeats ? 0 : (isFlipped ? -step : step) * stride,
    ),
  };
  // Within more channels, as Concat places it, or all there are.
  const channels = shape[3] + pick(random, [0, 0, 4]);
  const target = [...shape.slice(0, 3), channels];
  const to = {
    offset: integer(random, 0, channels - shape[3]),
    shape,
    strides: stridesOf(target),
  };
  const [params] = copyBoxes(from, to) as unknown as readonly [Step['params']];
  const codes = kernel === 'copy_s8' ? int8s : int16s;
  const arrays = [codes(random, elementsOf(wide)), codes(random, elementsOf(target))];
  return { step: { ...BARE, kernel, params } as Step, arrays, shapes: [wide, target] };
}

const BARE = { name: 'step', inputs: [], constants: [], outputs: [] };

function stridesOf(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Operands that broadcast over images, as lowering walks through them. */
function broadcastCall(kernel: 'binary_s8' | 'select_s8', names: readonly string[], random: Random): Call {
  const shape = [1, integer(random, 1, 7), integer(random, 1, 5), integer(random, 1, 6)];
  const shapes = names.map(() => shape.map((size) => (random() < 0.25 ? 1 : size)));
  const strides = shapes.map((own) => stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride)));
  const loops = mergeAxes(shape, strides);
  const room = 4 - loops.length;
  const along = (of: readonly number[], absent: number): readonly number[] => [
    ...new Array<number>(room).fill(absent),
    ...of,
  ];
  const { step, operands } = randomCase(kernel, random);
  const params = {
    ...step.params,
    ...Object.fromEntries(
      along(
        loops.map(({ size }) => size),
        1,
      ).map((size, i) => [`size${i}`, size]),
    ),
    ...Object.fromEntries(
      names.flatMap((name, k) => [
        [`${name}Offset`, 0],
        ...along(
          loops.map((loop) => loop.strides[k]!),
          0,
        ).map((stride, i) => [`${name}Stride${i}`, stride]),
      ]),
    ),
  };
  const inputs = shapes.map((own) => int8s(random, elementsOf(own)));
  const arrays = [...inputs, ...operands.constants, new Int8Array(elementsOf(shape))];
  return {
    step: { ...step, params } as Step,
    arrays,
    shapes: [...shapes, ...operands.constants.map(({ length }) => [length]), shape],
  };
}

/** Rows are divided by what is counted of them. */
function productCall(kernel: 'mul_s8' | 'mul_s16', random: Random): Call {
  const [rows, columns] = [integer(random, 1, 7), integer(random, 1, 5)];
  const { step } = randomCase(kernel, random);
  const outer = rows * columns;
  const { channels } = step.params as Params & { readonly channels: number };
  const repeat = pick(random, [1, outer, columns]);
  const codes = kernel === 'mul_s8' ? int8s : int16s;
  const shape = [1, rows, columns, channels];
  const second = repeat === outer ? [channels] : [1, rows, columns / repeat, channels];
  const shapes = [shape, second, shape];
  return {
    step: { ...step, params: { ...step.params, outer, repeat } } as Step,
    arrays: shapes.map((own) => codes(random, elementsOf(own))),
    shapes,
  };
}

const CALLS: Partial<Readonly<Record<KernelName, (random: Random) => Call>>> = {
  ...Object.fromEntries(
    (
      [
        'conv2d_s8',
        'conv2d_s4',
        'conv2d_s16',
        'depthwise_conv2d_s8',
        'depthwise_conv2d_s16',
        'avg_pool2d_s8',
        'max_pool2d_s8',
        'max_pool2d_s16',
        'mean_pool2d_s8',
        'conv_transpose2d_s8',
        'conv_transpose2d_s16',
      ] as const
    ).map((kernel) => [kernel, (random: Random) => windowCall(kernel, random)]),
  ),
  ...Object.fromEntries(
    (
      [
        ['add_s8', 'size'],
        ['add_s16', 'size'],
        ['lut_s8', 'size'],
        ['lut_s16', 'size'],
        ['sqrt_s16', 'size'],
        ['fill_s8', 'size'],
        ['quantize_s8', 'size'],
        ['quantize_s16', 'size'],
        ['dequantize_s8', 'size'],
        ['dequantize_s16', 'size'],
        ['requantize_s16', 'size'],
        ['requantize_s8_s16', 'size'],
        ['requantize_s16_s8', 'size'],
        ['softmax_s8', 'rows'],
        ['softmax_s16', 'rows'],
        ['fully_connected_s8', 'rows'],
        ['fully_connected_s4', 'rows'],
        ['fully_connected_s16', 'rows'],
        ['normalize_s8', 'batch'],
        ['normalize_s16', 'batch'],
        ['lrn_s8', 'positions'],
      ] as const
    ).map(([kernel, name]) => [kernel, (random: Random) => positionCall(kernel, name, random)]),
  ),
  resize2d_s8: (random) => resizeCall('resize2d_s8', random),
  resize2d_s16: (random) => resizeCall('resize2d_s16', random),
  copy_s8: (random) => copyCall('copy_s8', random),
  copy_s16: (random) => copyCall('copy_s16', random),
  binary_s8: (random) => broadcastCall('binary_s8', ['input1', 'input2'], random),
  select_s8: (random) => broadcastCall('select_s8', ['condition', 'input1', 'input2'], random),
  mul_s8: (random) => productCall('mul_s8', random),
  mul_s16: (random) => productCall('mul_s16', random),
};

const DTYPES = new Map<unknown, ProgramDType>([
  [Int8Array, 'int8'],
  [Int16Array, 'int16'],
  [Int32Array, 'int32'],
  [Float32Array, 'float32'],
]);

function tensorsOf({ step, arrays, shapes }: Call): readonly ProgramTensor[] {
  const { operands } = kernelOf(step).signature;
  return arrays.map((data, i) => ({
    name: `t${i}`,
    dtype: DTYPES.get(data.constructor)!,
    shape: shapes[i]!,
    quant: null,
    storage: operands[i]!.kind === 'constant' ? { kind: 'constant', data } : ARENA,
  }));
}

/** The places of a kernel's operands are the tensors. */
function withTensors(step: Step): Step {
  const { operands } = kernelOf(step).signature;
  const places = (...kinds: readonly string[]): readonly number[] =>
    operands.flatMap(({ kind }, i) => (kinds.includes(kind) ? [i] : []));
  return { ...step, inputs: places('input'), constants: places('constant'), outputs: places('output') };
}

function run({ step, arrays }: Call): ProgramArray {
  const own = withTensors(step);
  const [inputs, constants, outputs] = [own.inputs, own.constants, own.outputs].map((places) =>
    places.map((i) => arrays[i]!),
  ) as [ProgramArray[], ProgramArray[], ProgramArray[]];
  kernelOf(step).run(step, { inputs, constants, outputs });
  return outputs[0]!;
}

/** Refuses what the kernel would not take. */
function verify(call: Call): void {
  const tensors = tensorsOf(call);
  const step = withTensors(call.step);
  const port = (tensor: number) => {
    const elements = elementsOf(tensors[tensor]!.shape);
    return { name: `p${tensor}`, tensor, onnxShape: [elements], layout: [0] };
  };
  verifyProgram({
    name: 'rows',
    inputs: step.inputs.map(port),
    outputs: step.outputs.map(port),
    tensors,
    steps: [step],
  });
}

/** The step on some rows: memory that has nothing but what is read, and poison where it writes. */
function rowsCall(call: Call, form: RowForm, rows: Rows): Call {
  const step = form.onRows(rows);
  const own = withTensors(call.step);
  const constants = form.constants(rows);
  const arrays = call.arrays.map((array, i) => {
    const [input, constant] = [own.inputs.indexOf(i), own.constants.indexOf(i)];
    if (input >= 0) {
      const shape = form.inputs[input]!;
      if (shape === null) return array;
      const read = form.reads(input, rows);
      assert.ok(read.first >= 0 && read.count >= 1 && read.first + read.count <= shape.rows);
      const from = read.first * shape.rowElements;
      return array.slice(from, from + read.count * shape.rowElements);
    }
    if (constant >= 0) return constants.get(constant) ?? array;
    const output = array.slice(0, rows.count * form.rowElements);
    new Uint8Array(output.buffer).fill(POISON);
    return output;
  });
  return { step, arrays, shapes: arrays.map(({ length }) => [length]) };
}

/** Whether rows that are read never fall. */
function rises(form: RowForm): boolean {
  return form.inputs.every((shape, input) => {
    if (shape === null) return true;
    const each = Array.from({ length: form.rows }, (_, first) => form.reads(input, { first, count: 1 }));
    const last = ({ first, count }: Rows): number => first + count;
    return (
      shape === null ||
      each.every((one, i) => i === 0 || (one.first >= each[i - 1]!.first && last(one) >= last(each[i - 1]!)))
    );
  });
}

const CASES = 120;

for (const [kernel, callOf] of Object.entries(CALLS)) {
  test(`rows of ${kernel} are those of the whole step`, () => {
    const random = seededRandom(kernel.length * 31 + kernel.charCodeAt(0));
    let [forms, blocks] = [0, 0];
    for (let i = 0; i < CASES; i++) {
      const call = callOf(random);
      const form = rowFormOf(withTensors(call.step), tensorsOf(call));
      if (form === null) continue;
      forms++;
      new Uint8Array(call.arrays.at(-1)!.buffer).fill(POISON);
      const whole = bytesOf(run(call));
      const rowBytes = whole.length / form.rows;
      assert.ok(rises(form), JSON.stringify(call.step.params));
      for (const count of [1, 2, 3, form.rows]) {
        for (let first = 0; first < form.rows; first += count, blocks++) {
          const rows: Rows = { first, count: Math.min(count, form.rows - first) };
          const part = rowsCall(call, form, rows);
          verify(part);
          assert.deepEqual(
            bytesOf(run(part)),
            whole.slice(first * rowBytes, (first + rows.count) * rowBytes),
            `rows ${first} .. ${first + rows.count - 1} of ${JSON.stringify(call.step.params)}`,
          );
        }
      }
    }
    assert.ok(forms >= CASES / 5, `${forms} of ${CASES} went by rows`);
    assert.ok(blocks > forms);
  });
}

test('blocks that are alike have equal steps', () => {
  const { step, arrays, shapes } = windowCall('conv2d_s8', seededRandom(1));
  const params = { ...step.params, inH: 20, outH: 10, kernelH: 3, strideH: 2, dilationH: 1, padTop: 1 };
  const form = rowFormOf({ ...step, params } as Step, tensorsOf({ step, arrays, shapes }))!;
  const each = Array.from({ length: 10 }, (_, first) => form.onRows({ first, count: 1 }));
  assert.notDeepEqual(each[0], each[1]);
  for (const inner of each.slice(2)) assert.deepEqual(inner, each[1]);
  assert.deepEqual(form.reads(0, { first: 0, count: 2 }), { first: 0, count: 4 });
  assert.deepEqual(form.reads(0, { first: 3, count: 2 }), { first: 5, count: 5 });
});

test('rows of what has one dimension are its positions', () => {
  const params = {
    ...{ batch: 1, inH: 1, inW: 9, inChannels: 2, outH: 1, outW: 9, outChannels: 3, kernelH: 1, kernelW: 3 },
    ...{ strideH: 1, strideW: 1, dilationH: 1, dilationW: 2, padTop: 0, padLeft: 4, groups: 1 },
    ...{ inputOffset: 0, outputOffset: 0, actMin: -128, actMax: 127 },
  };
  const step = { name: 'causal', kernel: 'conv2d_s8', inputs: [0], constants: [1, 2, 3, 4], outputs: [5] };
  const form = rowFormOf({ ...step, params } as Step, [])!;
  assert.deepEqual([form.rows, form.rowElements, form.inputs], [9, 3, [{ rows: 9, rowElements: 2 }]]);
  assert.deepEqual(form.reads(0, { first: 1, count: 1 }), { first: 0, count: 2 });
  assert.deepEqual(form.reads(0, { first: 6, count: 1 }), { first: 2, count: 5 });
});

test('what makes one row of all goes by none', () => {
  const { step } = randomCase('max_pool2d_s8', seededRandom(3));
  const params = { ...step.params, batch: 1, inH: 7, outH: 1, kernelH: 7, padTop: 0 };
  assert.equal(rowFormOf({ ...step, params } as Step, []), null);
});
