/**
 * Steps that compute each row of their output (a token, a pixel) from the same row of their inputs: a block of rows gives the same bytes
 * as all of them at once.
 */
import { fullyConnectedRoom } from './kernels/fully-connected-s4.ts';
import type { Step } from './kernels/index.ts';
import type { TensorId } from './types.ts';

/** How a tensor lies that a step goes through row by row. */
type RowWalk = {
  readonly tensor: TensorId;
  /** Elements from a row to the next; null: read whole for every row. */
  readonly stride: number | null;
  /** All that is touched of a row lies before the next row begins. */
  readonly apart: boolean;
};

export type RowStep = {
  /** One for each input and output. */
  readonly walks: readonly RowWalk[];
  /** The step on so many rows, which are where those of the whole step begin. */
  readonly onRows: (rows: number) => Step;
};

/** How many rows a step has by itself; null where it goes with any, or has none. */
export function rowsOf(step: Step): number | null {
  switch (step.kernel) {
    case 'fully_connected_s8':
    case 'fully_connected_s4':
    case 'softmax_s8':
    case 'attention_s8':
      return step.params.rows;
    case 'normalize_s8':
      return step.params.batch;
    case 'conv2d_s8':
    case 'conv2d_s4':
      return step.params.batch * step.params.outH * step.params.outW;
    default:
      return null;
  }
}

/** A step over so many rows; null where it is none. @param elements of a tensor */
export function rowStepOf(step: Step, rows: number, elements: (id: TensorId) => number): RowStep | null {
  const own = rowsOf(step);
  if (own !== null && own !== rows) return null;
  /** All operands are [rows][...], one row behind the other. */
  const dense = (onRows: RowStep['onRows']): RowStep => ({
    walks: [...step.inputs, ...step.outputs].map((tensor) => ({
      tensor,
      stride: elements(tensor) / rows,
      apart: true,
    })),
    onRows,
  });
  switch (step.kernel) {
    case 'fully_connected_s8':
      return dense((count) => ({ ...step, params: { ...step.params, rows: count } }));
    case 'fully_connected_s4':
      return dense((rows) => {
        const params = { ...step.params, rows };
        return { ...step, params: { ...params, room: fullyConnectedRoom(params) } };
      });
    case 'softmax_s8':
      return dense((count) => ({ ...step, params: { ...step.params, rows: count } }));
    case 'normalize_s8':
      return dense((count) => ({ ...step, params: { ...step.params, batch: count } }));
    case 'lut_s8':
      return rowsOfSize(step.params.size, rows, (size) => ({ ...step, params: { size } }), dense);
    case 'add_s8':
      return rowsOfSize(
        step.params.size,
        rows,
        (size) => ({ ...step, params: { ...step.params, size } }),
        dense,
      );
    case 'mul_s8': {
      const { outer, repeat } = step.params;
      if (repeat !== 1) return null;
      return rowsOfSize(
        outer,
        rows,
        (count) => ({ ...step, params: { ...step.params, outer: count } }),
        dense,
      );
    }
    case 'conv2d_s8':
    case 'conv2d_s4': {
      const p = step.params;
      const isPointwise = p.kernelH * p.kernelW * p.strideH * p.strideW === 1 && p.padTop + p.padLeft === 0;
      if (!isPointwise || p.outH !== p.inH || p.outW !== p.inW) return null;
      const onRows = (count: number) => ({ batch: 1, inH: 1, outH: 1, inW: count, outW: count });
      return dense((count) =>
        step.kernel === 'conv2d_s8'
          ? { ...step, params: { ...step.params, ...onRows(count) } }
          : { ...step, params: { ...step.params, ...onRows(count) } },
      );
    }
    case 'attention_s8':
      return attentionRows(step);
    case 'copy_s8':
      return copyRows(step, rows);
    default:
      return null;
  }
}

/** Elementwise, or over rows that are parts of those asked for. */
function rowsOfSize(
  size: number,
  rows: number,
  onSize: (size: number) => Step,
  dense: (onRows: RowStep['onRows']) => RowStep,
): RowStep | null {
  return size % rows === 0 ? dense((count) => onSize(count * (size / rows))) : null;
}

type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** Of rows of queries: keys and values are read whole. */
function attentionRows(step: StepWith<'attention_s8'>): RowStep | null {
  const p = step.params;
  const [query, key, value, mask] = step.inputs;
  const walk = (name: 'query' | 'output', tensor: TensorId, channels: number): RowWalk => {
    const [stride, batch0, batch1] = [p[`${name}Token`], p[`${name}Batch0`], p[`${name}Batch1`]];
    const ways = [
      [p.batch0, batch0],
      [p.batch1, batch1],
      [channels, p[`${name}Channel`]],
    ] as const;
    return { tensor, stride, apart: isWithin(p[`${name}Start`], ways, stride) };
  };
  const walks = [
    walk('query', query!, p.depth),
    { tensor: key!, stride: null, apart: false },
    { tensor: value!, stride: null, apart: false },
    { tensor: mask!, stride: p.maskRow === 0 ? null : p.maskRow, apart: false },
    walk('output', step.outputs[0]!, p.values),
  ];
  if (walks.some(({ stride }) => stride !== null && stride < 1)) return null;
  return { walks, onRows: (count) => ({ ...step, params: { ...p, rows: count } }) };
}

/** Along an axis of the box that has as many positions as there are rows: one whose rows lie one behind the other, if any do. */
function copyRows(step: StepWith<'copy_s8'>, rows: number): RowStep | null {
  const p = step.params;
  const forms = AXES.filter((axis) => p[`size${axis}`] === rows).map((axis): RowStep => {
    const walk = (name: 'in' | 'out', tensor: TensorId): RowWalk => {
      const stride = p[`${name}Stride${axis}`];
      const others = AXES.filter((other) => other !== axis);
      const ways = others.map((other) => [p[`size${other}`], p[`${name}Stride${other}`]] as const);
      return { tensor, stride, apart: isWithin(p[`${name}Offset`], ways, stride) };
    };
    return {
      walks: [walk('in', step.inputs[0]!), walk('out', step.outputs[0]!)],
      onRows: (count) => ({ ...step, params: { ...p, [`size${axis}`]: count } }),
    };
  });
  const ahead = forms.filter(({ walks }) => walks.every(({ stride }) => stride !== null && stride > 0));
  return ahead.find(({ walks }) => walks[0]!.apart) ?? ahead[0] ?? null;
}

const AXES = [0, 1, 2, 3] as const;

/** Whether a walk with these sizes and strides stays in 0 .. end - 1. */
function isWithin(
  start: number,
  ways: readonly (readonly [size: number, stride: number])[],
  end: number,
): boolean {
  const lengths = ways.map(([size, stride]) => (size - 1) * stride);
  const least = lengths.reduce((sum, length) => sum + Math.min(length, 0), start);
  const most = lengths.reduce((sum, length) => sum + Math.max(length, 0), start);
  return least >= 0 && most < end;
}
