/** Models that carry scales already, learned by training in 8-bit integers: their float form, and what was learned. */
import { REQUANTIZE } from '../../../graph/own-operators.ts';
import { startEdit } from '../../../graph/rewrite.ts';
import type { Graph, Port, Quant } from '../../../graph/types.ts';
import { QUANT_RANGES } from '../../../graph/verify.ts';
import { dequantizeTensor } from '../../../ops/quant.ts';
import { rangeParameters, SYMMETRIC_INT8 } from '../../../quantize/affine.ts';
import type { Range } from '../../../quantize/observers/histogram.ts';
import type { ScaleGroup } from '../../../quantize/scheme.ts';

export type Learned = {
  /** What the codes of a value cover. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Symmetric int8 of constants. */
  readonly weights: ReadonlyMap<string, Quant>;
};

/** Law: but for rounding, the float graph computes what the quantised one does. Constants are the reals that their codes stand for. */
export function unlearned(graph: Graph): { readonly float: Graph; readonly learned: Learned } {
  if (!isQuantized(graph)) return { float: graph, learned: { ranges: new Map(), weights: new Map() } };
  const constants = new Map(graph.constants);
  const ranges = new Map<string, Range>();
  const weights = new Map<string, Quant>();
  for (const { name, quant } of graph.values.values()) {
    const constant = constants.get(name);
    if (quant === null) continue;
    if (constant === undefined) ranges.set(name, coveredRange(quant));
    else constants.set(name, dequantizeTensor(constant, quant));
    if (constant !== undefined && quant.dtype === 'int8') weights.set(name, quant);
  }
  const inFloat = (port: Port): Port => ({ ...port, dtype: graph.values.get(port.value)!.dtype });
  const float: Graph = {
    ...graph,
    inputs: graph.inputs.map(inFloat),
    outputs: graph.outputs.map(inFloat),
    values: new Map([...graph.values].map(([name, value]) => [name, { ...value, quant: null }])),
    constants,
  };
  return { float: withoutRequantising(float), learned: { ranges, weights } };
}

export function isQuantized({ values }: Graph): boolean {
  return [...values.values()].some(({ quant }) => quant !== null);
}

/** A change of scale means nothing in real numbers. */
function withoutRequantising(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== REQUANTIZE) continue;
    edit.replace(node);
    edit.redirect(node.outputs[0]!, node.inputs[0]!);
  }
  return edit.finish();
}

function coveredRange({ dtype, scale, zeroPoint }: Quant): Range {
  const [min, max] = QUANT_RANGES[dtype];
  const real = (code: number): number => (code - zeroPoint[0]!) * scale[0]!;
  return { min: real(min), max: real(max) };
}

/**
 * Rule S2: the groups with learned ranges get a scale with zero point 0 that covers them. A range that starts at 0 has
 * half as many codes then: behind a Relu nothing comes from below. The larger end clips as it did in training.
 */
export function refitGroups(groups: readonly ScaleGroup[], { ranges }: Learned): readonly ScaleGroup[] {
  return groups.map((group) => {
    const known = group.members.flatMap((name) => ranges.get(name) ?? []);
    if (known.length === 0) return group;
    const [min, max] = [known.map((range) => range.min), known.map((range) => range.max)];
    return {
      ...group,
      fixed: rangeParameters({ min: Math.min(...min), max: Math.max(...max) }, SYMMETRIC_INT8),
    };
  });
}
