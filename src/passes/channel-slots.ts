/** Channels of a graph that can only go together, and the graph without some of them. */
import { int } from '../graph/build.ts';
import { startEdit } from '../graph/rewrite.ts';
import { allocate, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { couplingOf } from './channel-constants.ts';
import { type LinearUnit, linearUnit } from './linear-unit.ts';
import { type GraphView, quantOf, shapeOf } from './match.ts';

/** The Convs and Gemms of a graph with constant weights. */
export function linearUnits(view: GraphView): ReadonlyMap<Node, LinearUnit> {
  return new Map(
    view.graph.nodes.flatMap((node) => {
      const unit = linearUnit(view, node);
      return unit === null ? [] : [[node, unit] as const];
    }),
  );
}

/**
 * The channels of a graph: those of its inputs and outputs stay, and what a node takes apart in another way than by channels. Channels that a
 * unit of one group reads are its own affair.
 * @param onFixed is told of each node that can lose none
 */
export function channelSlots(
  view: GraphView,
  units: ReadonlyMap<Node, LinearUnit>,
  onFixed: (node: Node) => void = () => {},
): Slots {
  const { graph } = view;
  const slots = makeSlots(view);
  for (const port of [...graph.inputs, ...graph.outputs]) slots.keepAll(port.value);
  for (const node of graph.nodes) {
    const unit = units.get(node);
    const isFree = unit === undefined ? coupleNode(view, slots, node) : coupleUnit(slots, unit);
    if (!isFree) onFixed(node);
  }
  return slots;
}

/**
 * One slot per channel of each activation. Slots that can only go together are joined (union-find); a slot that must
 * stay keeps its whole set.
 */
export type Slots = {
  readonly has: (value: string) => boolean;
  readonly join: (a: string, channelA: number, b: string, channelB: number) => void;
  readonly keep: (value: string, channel: number) => void;
  readonly keepAll: (value: string) => void;
  readonly keepOnePerValue: () => void;
  readonly isKept: (value: string, channel: number) => boolean;
  readonly keptChannels: (value: string) => readonly number[];
  readonly anyRemoved: () => boolean;
  /** A number that channels share which can only go together. */
  readonly setOf: (value: string, channel: number) => number;
};

function makeSlots({ graph }: GraphView): Slots {
  const first = new Map<string, number>();
  let count = 0;
  for (const { name, dtype, shape } of graph.values.values()) {
    if (graph.constants.has(name) || dtype !== 'float32' || shape.length < 2) continue;
    first.set(name, count);
    count += shape[1]!;
  }
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const kept = new Uint8Array(count);
  const channelsOf = (value: string): number => (first.has(value) ? graph.values.get(value)!.shape[1]! : 0);

  const root = (slot: number): number => {
    let at = slot;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  const keep = (value: string, channel: number): void => {
    const start = first.get(value);
    if (start !== undefined) kept[root(start + channel)] = 1;
  };
  const isKept = (value: string, channel: number): boolean => {
    const start = first.get(value);
    return start === undefined || kept[root(start + channel)] === 1;
  };
  return {
    has: (value) => first.has(value),
    join: (a, channelA, b, channelB) => {
      const [from, to] = [root(first.get(a)! + channelA), root(first.get(b)! + channelB)];
      kept[to]! |= kept[from]!;
      parent[from] = to;
    },
    keep,
    keepAll: (value) => {
      for (let c = 0; c < channelsOf(value); c++) keep(value, c);
    },
    keepOnePerValue: () => {
      for (const value of first.keys()) {
        const channels = channelsOf(value);
        let isEmpty = channels > 0;
        for (let c = 0; c < channels && isEmpty; c++) isEmpty = !isKept(value, c);
        if (isEmpty) keep(value, 0);
      }
    },
    isKept,
    keptChannels: (value) =>
      Array.from({ length: channelsOf(value) }, (_, c) => c).filter((c) => isKept(value, c)),
    anyRemoved: () => parent.some((_, slot) => kept[root(slot)] === 0),
    setOf: (value, channel) => root(first.get(value)! + channel),
  };
}

/** @returns whether channels can go */
function coupleNode(view: GraphView, slots: Slots, node: Node): boolean {
  const [y = ''] = node.outputs;
  const coupling = couplingOf(view, node);
  const all = [...node.inputs, ...node.outputs];
  if (coupling.kind === 'opaque' || !coupledValuesHaveSlots()) {
    for (const name of all) if (name !== '') slots.keepAll(name);
    return false;
  }
  switch (coupling.kind) {
    case 'same':
      for (const input of coupling.inputs) {
        for (let c = 0; c < shapeOf(view, y)[1]!; c++) slots.join(input, c, y, c);
      }
      return true;
    case 'concat': {
      let start = 0;
      for (const input of coupling.inputs) {
        const channels = shapeOf(view, input)[1]!;
        for (let c = 0; c < channels; c++) slots.join(input, c, y, start + c);
        start += channels;
      }
      return true;
    }
    case 'flatten':
      for (let f = 0; f < shapeOf(view, y)[1]!; f++) {
        slots.join(coupling.input, Math.floor(f / coupling.size), y, f);
      }
      return true;
  }

  function coupledValuesHaveSlots(): boolean {
    return all.every((name) => name === '' || view.graph.constants.has(name) || slots.has(name));
  }
}

/** @returns whether channels can go */
function coupleUnit(slots: Slots, { node, x, groups, inChannels, outChannels }: LinearUnit): boolean {
  const [output = ''] = node.outputs;
  if (groups === 1) return true;
  if (groups === inChannels) {
    const multiplier = outChannels / groups;
    for (let o = 0; o < outChannels; o++) slots.join(x, Math.floor(o / multiplier), output, o);
    return true;
  }
  slots.keepAll(x);
  slots.keepAll(output);
  return false;
}

/** A graph without some channels, and how many of them each Conv or Gemm lost. */
export type Fewer = { readonly graph: Graph; readonly removed: ReadonlyMap<string, number> };

/**
 * The graph with the channels that are kept alone.
 * @param biasOf what a unit adds to all its channels, in the place of its own bias
 */
export function withoutChannels(
  view: GraphView,
  slots: Slots,
  units: ReadonlyMap<Node, LinearUnit>,
  biasOf: (unit: LinearUnit) => Float64Array,
): Fewer {
  const { graph } = view;
  const edit = startEdit(graph);
  const removed = new Map<string, number>();
  for (const value of graph.values.values()) {
    const kept = slots.keptChannels(value.name);
    if (!slots.has(value.name) || kept.length === value.shape[1]) continue;
    edit.setValue({ ...value, shape: value.shape.map((dim, axis) => (axis === 1 ? kept.length : dim)) });
  }
  for (const node of graph.nodes) {
    const unit = units.get(node);
    const [output = ''] = node.outputs;
    if (unit === undefined) {
      if (node.op === 'Reshape' && slots.keptChannels(output).length !== shapeOf(view, output)[1]) {
        const shape = shapeOf(view, output).with(1, slots.keptChannels(output).length);
        const name = edit.addConstant(`${output}_shape`, int64Tensor(shape));
        edit.replace(node, { ...node, inputs: [node.inputs[0]!, name] });
      }
      continue;
    }
    const rows = slots.keptChannels(output);
    const inputs = slots.keptChannels(unit.x);
    if (rows.length === unit.outChannels && inputs.length === unit.inChannels) continue;
    const isGrouped = unit.groups > 1;
    const columns = isGrouped ? [0] : inputs;
    const [, w = ''] = node.inputs;
    const weights = edit.addConstant(
      w,
      sliceWeights(graph.constants.get(w)!, rows, columns, unit.taps),
      sliceQuant(quantOf(view, w), rows),
    );
    const bias = addBias(unit, biasOf(unit), rows);
    edit.replace(node, {
      ...node,
      inputs: bias === '' ? [unit.x, weights] : [unit.x, weights, bias],
      attributes: isGrouped ? { ...node.attributes, group: int(inputs.length) } : node.attributes,
    });
    if (!isGrouped && rows.length < unit.outChannels) removed.set(node.name, unit.outChannels - rows.length);
  }
  return { graph: edit.finish(), removed };

  function addBias({ node, biasScale }: LinearUnit, bias: Float64Array, rows: readonly number[]): string {
    const [, , name = ''] = node.inputs;
    if (name === '' && bias.every((value) => value === 0)) return '';
    const base = name === '' ? `${node.name}_bias` : name;
    const kept = rows.map((o) => bias[o]!);
    if (biasScale === null) {
      return edit.addConstant(base, {
        dtype: 'float32',
        shape: [rows.length],
        data: Float32Array.from(kept),
      });
    }
    return edit.addConstant(
      base,
      { dtype: 'int32', shape: [rows.length], data: Int32Array.from(kept) },
      {
        dtype: 'int32',
        scale: Float32Array.from(rows, (o) => biasScale[o]!),
        zeroPoint: new Int32Array(rows.length),
        axis: 0,
      },
    );
  }
}

/** Rows and columns of a weight tensor [out][in][taps]. */
function sliceWeights(
  { dtype, shape, data }: Tensor,
  rows: readonly number[],
  columns: readonly number[],
  taps: number,
): Tensor {
  const inChannels = shape[1]!;
  const result = allocate(dtype, rows.length * columns.length * taps) as Float32Array;
  let position = 0;
  for (const row of rows) {
    for (const column of columns) {
      const start = (row * inChannels + column) * taps;
      result.set((data as Float32Array).subarray(start, start + taps), position);
      position += taps;
    }
  }
  return { dtype, shape: [rows.length, columns.length, ...shape.slice(2)], data: result };
}

function sliceQuant(quant: Quant | null, rows: readonly number[]): Quant | null {
  if (quant === null || quant.axis === null) return quant;
  return {
    ...quant,
    scale: Float32Array.from(rows, (o) => quant.scale[o]!),
    zeroPoint: Int32Array.from(rows, (o) => quant.zeroPoint[o]!),
  };
}
