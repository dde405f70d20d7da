/** Random Programs behind patch gates, as lowering makes them before anything is skipped, and frames to run them on. */
import type { Step } from '../../../src/program/kernels/index.ts';
import type { Program } from '../../../src/program/program.ts';
import { ARENA, type ProgramArray, type ProgramTensor, type TensorId } from '../../../src/program/types.ts';
import {
  activation,
  int8s,
  integer,
  offset,
  offsets,
  pick,
  type Random,
  requantization,
  zeroPoint,
} from '../../native/random.ts';

/** A tensor [1, height, width, channels]. */
type Image = { readonly id: TensorId; readonly h: number; readonly w: number; readonly c: number };

type Kind =
  | 'conv'
  | 'pointwise'
  | 'strided'
  | 'depthwise'
  | 'add'
  | 'mul'
  | 'lut'
  | 'max'
  | 'average'
  | 'mean'
  | 'copy'
  | 'gate'
  | 'reuse'
  | 'squeeze';

export const KINDS: readonly Kind[] = [
  ...(['conv', 'conv', 'conv', 'pointwise', 'pointwise', 'strided', 'depthwise', 'depthwise'] as const),
  ...([
    'add',
    'add',
    'mul',
    'lut',
    'lut',
    'max',
    'average',
    'mean',
    'copy',
    'gate',
    'reuse',
    'reuse',
    'squeeze',
  ] as const),
];

export type Gated = {
  readonly program: Program;
  /** Patches of every gate: the inputs of the Program behind the frame are scores of as many patches. */
  readonly patches: readonly number[];
  readonly frame: { readonly h: number; readonly w: number; readonly c: number; readonly patch: number };
};

/** A frame through one gate and more, random layers behind them, and some of their results as outputs. */
export function randomGated(random: Random, kinds: readonly Kind[] = KINDS): Gated {
  const tensors: ProgramTensor[] = [];
  const steps: Step[] = [];
  const scores: { id: TensorId; patches: number }[] = [];
  const masks: { id: TensorId; rows: number; columns: number }[] = [];
  const add = (
    name: string,
    shape: readonly number[],
    storage: ProgramTensor['storage'] = ARENA,
  ): TensorId => {
    const dtype = name.endsWith('tiles') ? 'int32' : 'int8';
    return tensors.push({ name: `${name}${tensors.length}`, dtype, shape, quant: null, storage }) - 1;
  };
  const constant = (data: ProgramArray): TensorId => {
    const dtype = data instanceof Int8Array ? 'int8' : 'int32';
    const storage = { kind: 'constant', data } as const;
    return (
      tensors.push({ name: `c${tensors.length}`, dtype, shape: [data.length], quant: null, storage }) - 1
    );
  };
  const state = (name: string, shape: readonly number[], code: number): TensorId => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return add(name, shape, { kind: 'state', initial: new Int8Array(size).fill(code) });
  };
  const image = (h: number, w: number, c: number, name = 't'): Image => ({
    id: add(name, [1, h, w, c]),
    h,
    w,
    c,
  });
  const images: Image[] = [];
  const push = (step: object): void => {
    steps.push({ name: `n${steps.length}`, constants: [], ...step } as unknown as Step);
  };

  /** Copies the pixels of patches into state. */
  const blend = (from: Image, mask: { id: TensorId; rows: number; columns: number }): Image => {
    const { rows, columns } = mask;
    const capacity = rows * Math.ceil(columns / 2);
    const tiles = add('tiles', [1 + 4 * capacity]);
    const patch = { patchH: from.h / rows, patchW: from.w / columns };
    const to = state('kept', [1, from.h, from.w, from.c], zeroPoint(random));
    // What is kept may be read before it is written anew.
    if (random() < 0.3) images.push(lut({ ...from, id: to }));
    push({
      kernel: 'list_tiles_s32',
      inputs: [mask.id],
      outputs: [tiles],
      params: { rows, columns, ...patch, denseAbove: rows * columns, capacity },
    });
    push({
      kernel: 'copy_tiles_s8',
      inputs: [from.id, tiles],
      outputs: [to],
      params: { height: from.h, width: from.w, channels: from.c, capacity },
    });
    return { ...from, id: to };
  };
  const gate = (from: Image, patch: number): Image => {
    const [rows, columns] = [from.h / patch, from.w / patch];
    const patches = rows * columns;
    const input = add('scores', [1, rows, columns, 1]);
    scores.push({ id: input, patches });
    const mask = { id: add('mask', [1, rows, columns, 1]), rows, columns };
    const counts = [state('age', [1, rows, columns, 1], -128), state('clock', [1, 1, 1, 1], -128)];
    push({
      kernel: 'gate_patches_s8',
      inputs: [input],
      outputs: [mask.id, ...counts],
      params: {
        patches,
        threshold: 0,
        maxAge: pick(random, [0, 0, 3]),
        keyFrame: pick(random, [0, 0, 5]),
        sceneCut: pick(random, [patches + 1, patches, Math.ceil(patches / 2)]),
      },
    });
    masks.push(mask);
    return blend(from, mask);
  };
  const window = (from: Image, kernel: number, strides: readonly number[], dilations: readonly number[]) => {
    const one = (size: number) => {
      const stride = pick(random, strides);
      const dilation = pick(random, dilations);
      const [before, after] = [integer(random, 0, kernel - 1), integer(random, 0, kernel - 1)];
      const out = Math.floor((size + before + after - (kernel - 1) * dilation - 1) / stride) + 1;
      return { stride, dilation, before, out };
    };
    const same = (size: number) => ({
      stride: 1,
      dilation: 1,
      before: Math.floor(kernel / 2),
      out: size + 2 * Math.floor(kernel / 2) - kernel + 1,
    });
    const isSame = kernel % 2 === 1 && random() < 0.6;
    const [y, x] = [isSame ? same(from.h) : one(from.h), isSame ? same(from.w) : one(from.w)];
    const fits = y.out >= 1 && x.out >= 1;
    const inside = (y.out - 1) * y.stride - y.before < from.h && (x.out - 1) * x.stride - x.before < from.w;
    if (!fits || !inside) return null;
    return {
      batch: 1,
      inH: from.h,
      inW: from.w,
      outH: y.out,
      outW: x.out,
      kernelH: kernel,
      kernelW: kernel,
      strideH: y.stride,
      strideW: x.stride,
      dilationH: y.dilation,
      dilationW: x.dilation,
      padTop: y.before,
      padLeft: x.before,
    };
  };
  const conv = (from: Image, kernel: number, strides: readonly number[]): Image | null => {
    const geometry = window(from, kernel, strides, [1, 1, 2]);
    if (geometry === null) return null;
    const out = random() < 0.7 ? from.c : integer(random, 1, 5);
    const to = image(geometry.outH, geometry.outW, out);
    const filter = kernel * kernel * from.c;
    push({
      kernel: 'conv2d_s8',
      inputs: [from.id],
      constants: [int8s(random, out * filter), ...requantization(random, out, filter)].map(constant),
      outputs: [to.id],
      params: { ...geometry, inChannels: from.c, outChannels: out, groups: 1, ...offsets(random) },
    });
    return to;
  };
  const depthwise = (
    from: Image,
    kernel: number,
    strides: readonly number[],
    whole = false,
  ): Image | null => {
    const geometry = whole
      ? {
          ...window(from, 1, [1], [1])!,
          outH: 1,
          outW: 1,
          kernelH: from.h,
          kernelW: from.w,
          padTop: 0,
          padLeft: 0,
        }
      : window(from, kernel, strides, [1, 1, 2]);
    if (geometry === null) return null;
    const to = image(geometry.outH, geometry.outW, from.c);
    const size = geometry.kernelH * geometry.kernelW;
    push({
      kernel: 'depthwise_conv2d_s8',
      inputs: [from.id],
      constants: [int8s(random, size * from.c), ...requantization(random, from.c, size)].map(constant),
      outputs: [to.id],
      params: { ...geometry, inChannels: from.c, depthMultiplier: 1, ...offsets(random) },
    });
    return to;
  };
  const pool = (from: Image, kernel: 'max_pool2d_s8' | 'avg_pool2d_s8' | 'mean_pool2d_s8'): Image | null => {
    const geometry = window(from, pick(random, [2, 3]), [1, 2], [1]);
    if (geometry === null) return null;
    const { dilationH, dilationW, ...shape } = geometry;
    const to = image(shape.outH, shape.outW, from.c);
    const own = {
      max_pool2d_s8: { dilationH, dilationW },
      avg_pool2d_s8: { countIncludePad: 0, inputOffset: 3 },
      mean_pool2d_s8: {
        dilationH,
        dilationW,
        inputOffset: 3,
        outputOffset: -5,
        multiplier: 2 ** 30,
        shift: -2,
      },
    }[kernel];
    push({
      kernel,
      inputs: [from.id],
      outputs: [to.id],
      params: { ...shape, channels: from.c, ...own, ...activation(random) },
    });
    return to;
  };
  const lut = (from: Image): Image => {
    const to = image(from.h, from.w, from.c);
    push({
      kernel: 'lut_s8',
      inputs: [from.id],
      constants: [constant(int8s(random, 256))],
      outputs: [to.id],
      params: { size: from.h * from.w * from.c },
    });
    return to;
  };
  const product = (a: Image, b: Image, repeat: number): Image => {
    const to = image(a.h, a.w, a.c);
    const size = a.h * a.w * a.c;
    const [outer, channels] = repeat === 1 ? [size, 1] : [a.h * a.w, a.c];
    const result = { outputOffset: zeroPoint(random), outputMultiplier: 2 ** 30, outputShift: -6 };
    push({
      kernel: 'mul_s8',
      inputs: [a.id, b.id],
      outputs: [to.id],
      params: {
        outer,
        channels,
        repeat,
        input1Offset: offset(random),
        input2Offset: offset(random),
        ...result,
        ...activation(random),
      },
    });
    return to;
  };
  const sum = (a: Image, b: Image): Image => {
    const to = image(a.h, a.w, a.c);
    const scaled = (n: number) => ({
      [`input${n}Offset`]: offset(random),
      [`input${n}Multiplier`]: integer(random, 2 ** 30, 2 ** 31 - 1),
      [`input${n}Shift`]: integer(random, -2, 0),
    });
    push({
      kernel: 'add_s8',
      inputs: [a.id, b.id],
      outputs: [to.id],
      params: {
        size: a.h * a.w * a.c,
        leftShift: 20,
        ...scaled(1),
        ...scaled(2),
        outputOffset: zeroPoint(random),
        outputMultiplier: 2 ** 30,
        outputShift: -19,
        ...activation(random),
      },
    });
    return to;
  };
  /** A dense copy of part of the channels: what ends the gating. */
  const copy = (from: Image): Image => {
    const to = image(from.h, from.w, from.c);
    push({
      kernel: 'copy_s8',
      inputs: [from.id],
      outputs: [to.id],
      params: {
        ...{ size0: 1, size1: from.h, size2: from.w, size3: from.c },
        ...{
          inOffset: from.c - 1,
          inStride0: 0,
          inStride1: from.w * from.c,
          inStride2: from.c,
          inStride3: -1,
        },
        ...{ outOffset: 0, outStride0: 0, outStride1: from.w * from.c, outStride2: from.c, outStride3: 1 },
      },
    });
    return to;
  };

  const patch = pick(random, [2, 4]);
  const frame = {
    h: patch * integer(random, 2, 4),
    w: patch * integer(random, 2, 5),
    c: integer(random, 1, 3),
    patch,
  };
  const x = image(frame.h, frame.w, frame.c, 'x');
  images.push(gate(x, patch));
  if (random() < 0.2) images.push(x);
  const next = (kind: Kind, from: Image): Image | null => {
    const alike = images.filter(({ h, w, c }) => h === from.h && w === from.w && c === from.c);
    switch (kind) {
      case 'conv':
        return conv(from, pick(random, [2, 3, 3, 3, 5]), [1, 1, 2]);
      case 'pointwise':
        return conv(from, 1, [1]);
      case 'strided':
        return conv(from, 1, [1, 2, 3]);
      case 'depthwise':
        return depthwise(from, 3, [1, 1, 2]);
      case 'squeeze':
        return product(from, depthwise(from, 1, [1], true)!, from.h * from.w);
      case 'add':
        return sum(from, pick(random, alike));
      case 'mul':
        return product(from, pick(random, alike), 1);
      case 'lut':
        return lut(from);
      case 'max':
        return pool(from, 'max_pool2d_s8');
      case 'average':
        return pool(from, 'avg_pool2d_s8');
      case 'mean':
        return pool(from, 'mean_pool2d_s8');
      case 'copy':
        return copy(from);
      case 'gate': {
        const side = [4, 2, 1].find((size) => from.h % size === 0 && from.w % size === 0)!;
        return gate(from, side);
      }
      case 'reuse': {
        const fitting = masks.filter(({ rows, columns }) => from.h % rows === 0 && from.w % columns === 0);
        return fitting.length === 0 ? null : blend(from, pick(random, fitting));
      }
    }
  };
  const count = integer(random, 3, 12);
  for (let n = 0; n < count; n++) {
    const from = random() < 0.6 ? images.at(-1)! : pick(random, images);
    const made = next(pick(random, kinds), from);
    if (made !== null) images.push(made);
  }
  const shown = [images.at(-1)!, ...images.slice(1).filter(() => random() < 0.15)];
  const port = (id: TensorId, index: number) => ({
    name: `p${index}`,
    tensor: id,
    onnxShape: tensors[id]!.shape,
    layout: [0, 1, 2, 3],
  });
  const program: Program = {
    name: 'gated',
    inputs: [x.id, ...scores.map(({ id }) => id)].map(port),
    outputs: [...new Set(shown.map(({ id }) => id))].map((id, index) => port(id, 100 + index)),
    tensors,
    steps,
  };
  return { program, patches: scores.map(({ patches }) => patches), frame };
}

/** Frames, and scores that say where they changed or not: none, some, all patches. */
export function randomFrames(
  random: Random,
  { patches, frame }: Gated,
  count: number,
): readonly (readonly Int8Array[])[] {
  return Array.from({ length: count }, () => {
    const share = pick(random, [0, 0, 0.1, 0.3, 1]);
    const scores = patches.map((size) => Int8Array.from({ length: size }, () => (random() < share ? 1 : 0)));
    return [int8s(random, frame.h * frame.w * frame.c), ...scores];
  });
}
