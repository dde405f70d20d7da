import { int } from '../graph/build.ts';
import { startEdit } from '../graph/rewrite.ts';
import { allocate, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { type ChannelConstants, channelConstants, couplingOf } from './channel-constants.ts';
import { graphMacs } from './graph-macs.ts';
import { fitsInt32, type LinearUnit, linearUnit } from './linear-unit.ts';
import { type GraphView, quantOf, shapeOf, viewGraph } from './match.ts';

/** What was taken out of a graph. */
export type RemovedChannels = {
  /** Channels taken from each Conv or Gemm; those of depthwise Convs that follow are counted with them. */
  readonly removed: readonly { readonly node: string; readonly channels: number }[];
  readonly macsBefore: number;
  readonly macsAfter: number;
};

export type DeadChannels = RemovedChannels & { readonly graph: Graph };

/**
 * Law: every model output keeps its exact bytes (quantised graphs: in the arithmetic of the integer kernels; float
 * graphs: up to the sign of zero, for finite inputs). A channel goes when it is the same number for every input, or
 * when nobody weighs it, and when everything between its producer and the Convs and Gemms that read it can lose it
 * too. Its constant contribution becomes part of the readers' int32 biases. That is lawful where every tap sees the
 * constant: without padding, or if the constant is the zero point, which is what padding holds; in float only for the
 * constant 0. A fold that would overflow the bias is left, and each tensor keeps a channel.
 */
export function removeDeadChannels(graph: Graph): DeadChannels {
  const macsBefore = graphMacs(graph);
  const counts = new Map<string, number>();
  let current = graph;
  // What was weighed by a removed channel only is weighed by nobody in the next round.
  for (;;) {
    const round = removeOnce(current);
    if (round === null) break;
    current = round.graph;
    for (const [node, channels] of round.removed) counts.set(node, (counts.get(node) ?? 0) + channels);
  }
  return {
    graph: current,
    removed: graph.nodes.flatMap(({ name }) => {
      const channels = counts.get(name);
      return channels === undefined ? [] : [{ node: name, channels }];
    }),
    macsBefore,
    macsAfter: graphMacs(current),
  };
}

type Round = { readonly graph: Graph; readonly removed: ReadonlyMap<string, number> };

function removeOnce(graph: Graph): Round | null {
  const view = viewGraph(graph);
  const units = new Map<Node, LinearUnit>();
  for (const node of graph.nodes) {
    const unit = linearUnit(view, node);
    if (unit !== null) units.set(node, unit);
  }
  const constants = channelConstants(view, units);
  const slots = makeSlots(view);
  for (const port of [...graph.inputs, ...graph.outputs]) slots.keepAll(port.value);
  for (const node of graph.nodes) {
    const unit = units.get(node);
    if (unit === undefined) coupleNode(view, slots, node);
    else coupleUnit(slots, unit, constants);
  }
  slots.keepOnePerValue();
  keepOverflowing(slots, [...units.values()], constants);
  return slots.anyRemoved() ? rewrite(view, slots, units, constants) : null;
}

/**
 * One slot per channel of each activation. Slots that can only go together are joined (union-find); a slot that must
 * stay keeps its whole set.
 */
type Slots = {
  readonly has: (value: string) => boolean;
  readonly join: (a: string, channelA: number, b: string, channelB: number) => void;
  readonly keep: (value: string, channel: number) => void;
  readonly keepAll: (value: string) => void;
  readonly keepOnePerValue: () => void;
  readonly isKept: (value: string, channel: number) => boolean;
  readonly keptChannels: (value: string) => readonly number[];
  readonly anyRemoved: () => boolean;
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
  };
}

function coupleNode(view: GraphView, slots: Slots, node: Node): void {
  const [y = ''] = node.outputs;
  const coupling = couplingOf(view, node);
  const all = [...node.inputs, ...node.outputs];
  if (coupling.kind === 'opaque' || !coupledValuesHaveSlots()) {
    for (const name of all) if (name !== '') slots.keepAll(name);
    return;
  }
  switch (coupling.kind) {
    case 'same':
      for (const input of coupling.inputs) {
        for (let c = 0; c < shapeOf(view, y)[1]!; c++) slots.join(input, c, y, c);
      }
      return;
    case 'concat': {
      let start = 0;
      for (const input of coupling.inputs) {
        const channels = shapeOf(view, input)[1]!;
        for (let c = 0; c < channels; c++) slots.join(input, c, y, start + c);
        start += channels;
      }
      return;
    }
    case 'flatten':
      for (let f = 0; f < shapeOf(view, y)[1]!; f++) {
        slots.join(coupling.input, Math.floor(f / coupling.size), y, f);
      }
      return;
  }

  function coupledValuesHaveSlots(): boolean {
    return all.every((name) => name === '' || view.graph.constants.has(name) || slots.has(name));
  }
}

function coupleUnit(slots: Slots, unit: LinearUnit, constants: ChannelConstants): void {
  const { node, x, groups, inChannels, outChannels } = unit;
  const [output = ''] = node.outputs;
  if (groups === 1) {
    const inputs = constants.get(x);
    for (let i = 0; i < inChannels; i++) {
      if (!canLose(unit, i, inputs?.[i] ?? null)) slots.keep(x, i);
    }
  } else if (groups === inChannels) {
    const multiplier = outChannels / groups;
    for (let o = 0; o < outChannels; o++) slots.join(x, Math.floor(o / multiplier), output, o);
  } else {
    slots.keepAll(x);
    slots.keepAll(output);
  }
}

/** Whether the unit (of one group) computes the same without input channel i, given its constant. */
function canLose(unit: LinearUnit, i: number, constant: number | null): boolean {
  const onlyZero = unit.isPadded || unit.biasScale === null;
  if (constant !== null && (!onlyZero || constant === unit.inputZero)) return true;
  const { inChannels, outChannels, taps, weights } = unit;
  for (let o = 0; o < outChannels; o++) {
    const start = (o * inChannels + i) * taps;
    for (let k = start; k < start + taps; k++) if (weights[k] !== 0) return false;
  }
  return true;
}

/** The unit's biases with the constants of its removed input channels added. */
function foldedBias(slots: Slots, unit: LinearUnit, constants: ChannelConstants): Float64Array {
  const inputs = constants.get(unit.x);
  if (unit.groups !== 1 || unit.biasScale === null || inputs === undefined) return unit.bias;
  const { inChannels, taps, weights, inputZero } = unit;
  return unit.bias.map((bias, o) => {
    let sum = bias;
    for (let i = 0; i < inChannels; i++) {
      if (slots.isKept(unit.x, i)) continue;
      const offset = (inputs[i] ?? inputZero) - inputZero;
      const start = (o * inChannels + i) * taps;
      for (let k = start; k < start + taps; k++) sum += weights[k]! * offset;
    }
    return sum;
  });
}

/**
 * Keeps all input channels of integer units whose folded bias would not fit 32 bits, until every other bias does. Ends:
 * each round takes at least one unit off those that lose a channel.
 */
function keepOverflowing(slots: Slots, units: readonly LinearUnit[], constants: ChannelConstants): void {
  const loses = ({ x, biasScale, inChannels }: LinearUnit): boolean =>
    biasScale !== null && slots.keptChannels(x).length < inChannels;
  for (let losing = units.filter(loses); ; losing = losing.filter(loses)) {
    const overflowing = losing.filter((unit) => !foldedBias(slots, unit, constants).every(fitsInt32));
    if (overflowing.length === 0) return;
    for (const unit of overflowing) slots.keepAll(unit.x);
  }
}

function rewrite(
  view: GraphView,
  slots: Slots,
  units: ReadonlyMap<Node, LinearUnit>,
  constants: ChannelConstants,
): Round {
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
    const bias = addBias(unit, foldedBias(slots, unit, constants), rows);
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
