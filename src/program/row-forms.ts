/**
 * Steps by rows: which rows of its inputs a step reads for some rows of its output, and the step that computes these rows from those. A row
 * is a position along the outermost spatial axis of one image: [W][C] of [1, H, W, C], and [C] of [1, W, C] or [1, 1, W, C].
 */
import { fullyConnectedRoom } from './kernels/fully-connected-s4.ts';
import type { Step } from './kernels/index.ts';
import { inside } from './rules.ts';
import type { ProgramArray, ProgramTensor, TensorId } from './types.ts';

/** `count` rows of a tensor from row `first` on. */
export type Rows = { readonly first: number; readonly count: number };

/** How many rows a tensor has, and elements of one. */
type RowShape = { readonly rows: number; readonly rowElements: number };

export type RowForm = RowShape & {
  /** Of each input; null: read whole for every row. */
  readonly inputs: readonly (RowShape | null)[];
  /**
   * The rows of an input that goes by rows which these rows of the output read: at least one, since kernels take no image without any
   * (windows may lie in padding). First and last row never fall from one row of the output to the next.
   */
  readonly reads: (input: number, rows: Rows) => Rows;
  /** The step for these rows: inputs begin at the first row that it reads, the output at its first. Equal parameters wherever rows are alike. */
  readonly onRows: (rows: Rows) => Step;
  /** Data of constants that are others for these rows, by their place in the step. */
  readonly constants: (rows: Rows) => ReadonlyMap<number, ProgramArray>;
};

type Tensors = readonly ProgramTensor[];
type Params = Readonly<Record<string, number>>;

/** Null where a step does not go by rows, or has one. */
export function rowFormOf(step: Step, tensors: Tensors): RowForm | null {
  const form = formOf(step, tensors);
  return form !== null && form.rows > 1 ? form : null;
}

function formOf(step: Step, tensors: Tensors): RowForm | null {
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'conv2d_s4':
    case 'conv2d_s16':
      return windowForm(step, step.params.inChannels, step.params.outChannels);
    case 'depthwise_conv2d_s8':
    case 'depthwise_conv2d_s16':
      return windowForm(step, step.params.inChannels, step.params.inChannels * step.params.depthMultiplier);
    case 'avg_pool2d_s8':
    case 'max_pool2d_s8':
    case 'max_pool2d_s16':
    case 'mean_pool2d_s8':
      return windowForm(step, step.params.channels, step.params.channels);
    case 'conv_transpose2d_s8':
    case 'conv_transpose2d_s16':
      return transposedForm(step);
    case 'resize2d_s8':
    case 'resize2d_s16':
      return resizeForm(step, tensors);
    case 'copy_s8':
    case 'copy_s16':
      return boxForm(step, ['in'], tensors);
    case 'binary_s8':
      return boxForm(step, ['input1', 'input2'], tensors);
    case 'select_s8':
      return boxForm(step, ['condition', 'input1', 'input2'], tensors);
    case 'mul_s8':
    case 'mul_s16':
      return productForm(step, tensors);
    case 'add_s8':
    case 'add_s16':
    case 'lut_s8':
    case 'lut_s16':
    case 'sqrt_s16':
    case 'fill_s8':
    case 'quantize_s8':
    case 'quantize_s16':
    case 'dequantize_s8':
    case 'dequantize_s16':
    case 'requantize_s16':
    case 'requantize_s8_s16':
    case 'requantize_s16_s8':
      return positionForm(step, 'size', tensors);
    case 'softmax_s8':
    case 'softmax_s16':
    case 'fully_connected_s8':
    case 'fully_connected_s16':
      return positionForm(step, 'rows', tensors);
    case 'fully_connected_s4': {
      const form = positionForm(step, 'rows', tensors);
      const onRows = (rows: Rows): Step => {
        const params = { ...step.params, rows: rows.count * (step.params.rows / form!.rows) };
        return { ...step, params: { ...params, room: fullyConnectedRoom(params) } };
      };
      return form && { ...form, onRows };
    }
    case 'normalize_s8':
    case 'normalize_s16':
      return positionForm(step, 'batch', tensors);
    case 'lrn_s8':
      return positionForm(step, 'positions', tensors);
    default:
      return null;
  }
}

/** Of the shape of an image, or of a sequence of channels; null for others. */
export function rowShapeOf({ shape }: Pick<ProgramTensor, 'shape'>): RowShape | null {
  const [batch, height] = shape;
  if (batch !== 1 || (shape.length !== 3 && shape.length !== 4)) return null;
  const axis = shape.length === 4 && height === 1 ? 2 : 1;
  return {
    rows: shape[axis]!,
    rowElements: shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  };
}

/** The step with some of its parameters changed. */
function withParams(step: Step, params: Params): Step {
  return { ...step, params: { ...step.params, ...params } } as Step;
}

const same = (_input: number, rows: Rows): Rows => rows;
const NONE: ReadonlyMap<number, ProgramArray> = new Map();
const noConstants = (): typeof NONE => NONE;

/** One parameter counts elements, or positions of channels; every row has as many, in the inputs as in the output. */
function positionForm(step: Step, name: string, tensors: Tensors): RowForm | null {
  const own = rowShapeOf(tensors[step.outputs[0]!]!);
  const inputs = step.inputs.map((id) => rowShapeOf(tensors[id]!));
  const all = (step.params as Params)[name]!;
  if (own === null || all % own.rows !== 0 || inputs.some((input) => input?.rows !== own.rows)) return null;
  const onRows = ({ count }: Rows): Step => withParams(step, { [name]: count * (all / own.rows) });
  return { ...own, inputs, reads: same, onRows, constants: noConstants };
}

/** The second operand is as the first, has one value of a channel for some positions of a row, or for all positions. */
function productForm(
  step: Extract<Step, { readonly kernel: 'mul_s8' | 'mul_s16' }>,
  tensors: Tensors,
): RowForm | null {
  const { outer, channels, repeat } = step.params;
  const own = rowShapeOf(tensors[step.outputs[0]!]!);
  if (own === null || outer % own.rows !== 0) return null;
  const positions = outer / own.rows;
  const isWhole = repeat === outer;
  if (!isWhole && positions % repeat !== 0) return null;
  const [first, second] = [
    { rows: own.rows, rowElements: positions * channels },
    isWhole ? null : { rows: own.rows, rowElements: (positions / repeat) * channels },
  ];
  const hasRows = (shape: RowShape | null, id: TensorId): boolean =>
    shape === null || rowShapeOf(tensors[id]!)?.rows === shape.rows;
  if (!hasRows(first, step.inputs[0]!) || !hasRows(second, step.inputs[1]!)) return null;
  const onRows = ({ count }: Rows): Step =>
    withParams(step, { outer: count * positions, ...(isWhole ? { repeat: count * positions } : {}) });
  return { ...own, inputs: [first, second], reads: same, onRows, constants: noConstants };
}

/** The axis along which rows lie, with the names of its parameters. */
type Axis = 'H' | 'W';

/** Null where one of input and output has rows of another axis than the other, or there are several images. */
function axisOf({ batch, inH, outH }: Params): Axis | null {
  if (batch !== 1 || (inH === 1) !== (outH === 1)) return null;
  return inH === 1 ? 'W' : 'H';
}

const PAD = { H: 'padTop', W: 'padLeft' } as const;

/** One image in, one out. */
function imageForm(
  step: Step,
  axis: Axis,
  [inChannels, outChannels]: readonly [number, number],
  { reads, onRows }: { readonly reads: (rows: Rows) => Rows; readonly onRows: (rows: Rows) => Params },
): RowForm {
  const p: Params = step.params;
  return {
    rows: p[`out${axis}`]!,
    rowElements: axis === 'H' ? p.outW! * outChannels : outChannels,
    inputs: [{ rows: p[`in${axis}`]!, rowElements: axis === 'H' ? p.inW! * inChannels : inChannels }],
    reads: (_, rows) => reads(rows),
    onRows: (rows) =>
      withParams(step, {
        ...onRows(rows),
        [`in${axis}`]: reads(rows).count,
        [`out${axis}`]: rows.count,
      }),
    constants: noConstants,
  };
}

/** What there is of rows `from` .. `to`; the nearest where there is none. */
function clipped(from: number, to: number, rows: number): Rows & { readonly isEmpty: boolean } {
  const inBounds = (row: number): number => Math.min(Math.max(row, 0), rows - 1);
  const first = inBounds(from);
  return { first, count: inBounds(to) - first + 1, isEmpty: to < 0 || from >= rows };
}

/** Windows over padding, which is not stored. */
function windowForm(step: Step, inChannels: number, outChannels: number): RowForm | null {
  const p: Params = step.params;
  const axis = axisOf(p);
  if (axis === null) return null;
  const [kernel, stride, dilation] = [p[`kernel${axis}`]!, p[`stride${axis}`]!, p[`dilation${axis}`] ?? 1];
  const pad = p[PAD[axis]]!;
  const start = ({ first }: Rows): number => first * stride - pad;
  /** Rows from the start of the first window to the last of the last. */
  const reach = ({ count }: Rows): number => (count - 1) * stride + (kernel - 1) * dilation;
  const read = (rows: Rows): ReturnType<typeof clipped> =>
    clipped(start(rows), start(rows) + reach(rows), p[`in${axis}`]!);
  return imageForm(step, axis, [inChannels, outChannels], {
    reads: (rows) => rowsOnly(read(rows)),
    // Windows that only see padding lie above the row that they are given.
    onRows: (rows) => {
      const { first, isEmpty } = read(rows);
      return { [PAD[axis]]: isEmpty ? reach(rows) + 1 : first - start(rows) };
    },
  });
}

function rowsOnly({ first, count }: Rows): Rows {
  return { first, count };
}

/** Input row i meets output row i * stride + k * dilation - pad. */
function transposedForm(
  step: Extract<Step, { readonly kernel: 'conv_transpose2d_s8' | 'conv_transpose2d_s16' }>,
): RowForm | null {
  const p: Params = step.params;
  const axis = axisOf(p);
  if (axis === null) return null;
  const [kernel, stride, dilation] = [p[`kernel${axis}`]!, p[`stride${axis}`]!, p[`dilation${axis}`]!];
  const pad = p[PAD[axis]]!;
  const reach = (kernel - 1) * dilation;
  const read = ({ first, count }: Rows): ReturnType<typeof clipped> => {
    const from = Math.ceil((first + pad - reach) / stride);
    // With strides beyond the kernel a row may meet none; padding is never less than 0.
    const least = Math.min(from, Math.floor((first + pad) / stride));
    return clipped(least, Math.floor((first + count - 1 + pad) / stride), p[`in${axis}`]!);
  };
  return imageForm(step, axis, [step.params.inChannels, step.params.outChannels], {
    reads: (rows) => rowsOnly(read(rows)),
    onRows: (rows) => {
      const { first, isEmpty } = read(rows);
      return { [PAD[axis]]: isEmpty ? reach + 1 : pad + rows.first - first * stride };
    },
  });
}

/** Tables say which rows an output row is made of, and with which weights. */
function resizeForm(
  step: Extract<Step, { readonly kernel: 'resize2d_s8' | 'resize2d_s16' }>,
  tensors: Tensors,
): RowForm | null {
  const p = step.params;
  const axis = axisOf(p);
  // Each row by itself, along its other axis.
  if (p.batch > 1) return positionForm(step, 'batch', tensors);
  if (axis === null) return null;
  const tables = axis === 'H' ? ([0, 1] as const) : ([2, 3] as const);
  const [places, weights] = tables.map((k) => {
    const { storage } = tensors[step.constants[k]!]!;
    return (storage as Extract<typeof storage, { readonly kind: 'constant' }>).data;
  }) as [ProgramArray, ProgramArray];
  const size = axis === 'H' ? p.inH : p.inW;
  const inBounds = Int32Array.from(places, (place) => Math.min(Math.max(place, 0), size - 1));
  const part = <T extends ProgramArray>(table: T, { first, count }: Rows): T =>
    table.slice(first * p.taps, (first + count) * p.taps) as T;
  const reads = (rows: Rows): Rows => {
    const read = part(inBounds, rows);
    const first = Math.min(...read);
    return { first, count: Math.max(...read) - first + 1 };
  };
  const form = imageForm(step, axis, [p.channels, p.channels], { reads, onRows: () => ({}) });
  const each = Array.from({ length: form.rows }, (_, first) => reads({ first, count: 1 }));
  const falls = each.some(({ first, count }, row) => {
    const before = each[row - 1] ?? { first: 0, count: 0 };
    return first < before.first || first + count < before.first + before.count;
  });
  if (falls) return null;
  const constants = (rows: Rows): typeof NONE => {
    const { first } = reads(rows);
    return new Map([
      [tables[0], part(inBounds, rows).map((place) => place - first)],
      [tables[1], part(weights, rows)],
    ]);
  };
  return { ...form, constants };
}

const AXES = [0, 1, 2, 3] as const;

/**
 * Where an operand of a box lies within a row, which row it starts in, how many rows a row of the box takes (those of a block that becomes channels), and
 * rows from one row of the box to the next; null: stays.
 */
type BoxWalk = {
  readonly name: string;
  readonly shape: RowShape;
  readonly offset: number;
  readonly start: number;
  readonly span: number;
  readonly step: number;
} | null;

/** A box whose outermost axis goes through all rows of the output, which may be merged with axes within a row. @param names of its operands */
function boxForm(step: Step, names: readonly string[], tensors: Tensors): RowForm | null {
  const p: Params = step.params;
  const outer = AXES.find((axis) => p[`size${axis}`]! > 1);
  const own = rowShapeOf(tensors[step.outputs[0]!]!);
  if (outer === undefined || own === null || p[`size${outer}`]! % own.rows !== 0) return null;
  /** Places along the outermost axis in a row. */
  const places = p[`size${outer}`]! / own.rows;
  const sizes = AXES.map((axis) => (axis === outer ? places : p[`size${axis}`]!));
  const walkOf = (name: string, id: TensorId): BoxWalk | undefined => {
    const strides = AXES.map((axis) => p[`${name}Stride${axis}`]!);
    if (strides[outer] === 0) return null;
    const shape = rowShapeOf(tensors[id]!);
    if (shape === null) return undefined;
    const step = (strides[outer]! * places) / shape.rowElements;
    const start = Math.floor(p[`${name}Offset`]! / shape.rowElements);
    const offset = p[`${name}Offset`]! - start * shape.rowElements;
    if (step <= 0 || !Number.isInteger(step)) return undefined;
    const last = sizes.reduce((sum, size, axis) => sum + Math.max(0, (size - 1) * strides[axis]!), offset);
    const span = Math.floor(last / shape.rowElements) + 1;
    const isAhead = inside(offset, sizes, strides, span * shape.rowElements);
    return isAhead ? { name, shape, offset, start, span, step } : undefined;
  };
  const walks = names.map((name, k) => walkOf(name, step.inputs[k]!));
  // Outputs that are no box of their own are dense.
  const target = 'outStride0' in p ? walkOf('out', step.outputs[0]!) : undefined;
  const isTarget = !('outStride0' in p) || (target?.start === 0 && target.span === 1 && target.step === 1);
  if (!isTarget || walks.includes(undefined)) return null;
  const found = walks as readonly BoxWalk[];
  return {
    ...own,
    inputs: found.map((walk) => walk?.shape ?? null),
    reads: (input, { first, count }) => {
      const { start, span, step } = found[input]!;
      return { first: start + first * step, count: (count - 1) * step + span };
    },
    onRows: ({ count }) =>
      withParams(step, {
        [`size${outer}`]: count * places,
        ...Object.fromEntries(found.flatMap((walk) => (walk ? [[`${walk.name}Offset`, walk.offset]] : []))),
      }),
    constants: noConstants,
  };
}
