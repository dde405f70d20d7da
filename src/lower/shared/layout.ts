/**
 * Chooses the physical layout of every value: channels-last wherever a sliding-window operator reads or writes it,
 * and wherever such a layout reaches through operators that do not care, or from run to run; plain row-major elsewhere.
 */
import { LINEAR_ATTENTION, PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../../graph/own-operators.ts';
import { statePairs } from '../../graph/state.ts';
import type { Graph } from '../../graph/types.ts';
import { reducesSpatialAxes } from './reduced-axes.ts';
import { channelsLast, type Layout, plainLayout } from './views.ts';

/** Operators whose kernels want channels last; reductions where they are pools over all spatial axes. */
const SPATIAL = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'ReduceMax',
  'InstanceNormalization',
  'GroupNormalization',
  'LRN',
  'ReduceMin',
  'ReduceSum',
  PATCH_STATISTICS,
  PATCH_GATE,
  PATCH_REUSE,
]);

const REDUCTIONS = new Set([
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceSum',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
]);

/** Operators at which the layout may change freely: their output is a new view or a copy anyway. */
const BORDERS = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Gemm',
  'MatMul',
  LINEAR_ATTENTION,
  'Gather',
]);

export function chooseLayouts(graph: Graph): ReadonlyMap<string, Layout> {
  const parent = new Map<string, string>();
  /** The root of a set; paths are shortened on the way, so that long chains cost no more than short ones. */
  const find = (value: string): string => {
    let at = value;
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) {
      const above = parent.get(up);
      if (above !== undefined) parent.set(at, above);
      at = up;
    }
    return at;
  };
  const spatial = new Set<string>();
  for (const node of graph.nodes) {
    if (BORDERS.has(node.op) || (REDUCTIONS.has(node.op) && !reducesSpatialAxes(graph, node))) continue;
    const values = [...node.inputs, ...node.outputs].filter(
      (name) => name !== '' && !graph.constants.has(name) && graph.values.get(name)!.shape.length >= 3,
    );
    if (SPATIAL.has(node.op)) for (const value of values) spatial.add(value);
    for (const value of values.slice(1)) {
      const [a, b] = [find(values[0]!), find(value)];
      if (a !== b && rank(graph, a) === rank(graph, b)) parent.set(a, b);
    }
  }
  for (const { input, output } of statePairs(graph)) {
    const [a, b] = [find(input.value), find(output.value)];
    if (a !== b && rank(graph, a) === rank(graph, b)) parent.set(a, b);
  }
  const spatialRoots = new Set([...spatial].map(find));
  return new Map(
    [...graph.values.values()].map(({ name, shape }) => [
      name,
      spatialRoots.has(find(name)) ? channelsLast(shape.length) : plainLayout(shape.length),
    ]),
  );
}

function rank(graph: Graph, value: string): number {
  return graph.values.get(value)!.shape.length;
}
