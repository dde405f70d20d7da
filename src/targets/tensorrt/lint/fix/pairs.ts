/** Pairs taken out where they stand wrong, or given one scale. */
import { startEdit } from '../../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../../graph/types.ts';
import type { Platform } from '../../release/platform.ts';
import type { Finding } from '../finding.ts';
import {
  beforePair,
  dequantizerOf,
  isDequantize,
  isQuantize,
  numbersOf,
  quantizersOf,
  scaleOf,
} from '../pairs.ts';
import { constantOf, type LintView, viewOfGraph } from '../view.ts';
import type { Change, Fixed, Repair } from './change.ts';
import { symmetric } from './parameters.ts';

/** Reads of `value` by `reader`, to be reads of `instead`. */
type Rewire = { readonly reader: string; readonly value: string; readonly instead: string };

/** The graph with other reads. Later rewires of one read count. */
function rewired(graph: Graph, rewires: readonly Rewire[]): Graph {
  if (rewires.length === 0) return graph;
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const own = rewires.filter(({ reader }) => reader === node.name);
    if (own.length === 0) continue;
    const inputs = node.inputs.map((name) => own.findLast(({ value }) => value === name)?.instead ?? name);
    edit.replace(node, { ...node, inputs });
  }
  return edit.finish();
}

/** A repair that makes single reads go past a pair. */
const rewiring =
  (
    what: string,
    rewiresOf: (view: LintView, finding: Finding, nodes: NodesByName) => readonly Rewire[],
  ): Repair =>
  (graph, platform, findings) => {
    const view = viewOfGraph(graph, platform);
    const nodes = byName(graph);
    const found = findings.map((finding) => ({ finding, rewires: rewiresOf(view, finding, nodes) }));
    const done = found.filter(({ rewires }) => rewires.length > 0);
    return {
      graph: rewired(
        graph,
        done.flatMap(({ rewires }) => rewires),
      ),
      changes: done.map(({ finding: { rule, at } }): Change => ({ rule, at, what })),
    };
  };

type NodesByName = ReadonlyMap<string, Node>;

function byName({ nodes }: Graph): NodesByName {
  return new Map(nodes.map((node) => [node.name, node]));
}

/** Past the pair that a node reads. */
function past(view: LintView, reader: Node): readonly Rewire[] {
  return reader.inputs.flatMap((value): readonly Rewire[] => {
    const instead = beforePair(view, value);
    return instead === value ? [] : [{ reader: reader.name, value, instead }];
  });
}

/** W2: what fuses reads the layer before it. */
export const joinLayers = rewiring('reads past the pair', (view, { at }, nodes) => {
  const reader = nodes.get(at[2] ?? '');
  return reader === undefined ? [] : past(view, reader);
});

/** A1: the Conv is read past its pair, the skip branch through the pair that it has for others. */
export const quantizeSkips = rewiring('the skip branch alone has the pair', (view, { at }, nodes) => {
  const [sum, layer] = [nodes.get(at[0] ?? ''), nodes.get(at[1] ?? '')];
  if (sum === undefined || layer === undefined) return [];
  return sum.inputs.flatMap((value): readonly Rewire[] => {
    const inner = beforePair(view, value);
    const made = view.producers.get(inner);
    const ends = made === layer || view.producers.get(made?.inputs[0] ?? '') === layer;
    if (ends) return inner === value ? [] : [{ reader: sum.name, value, instead: inner }];
    if (dequantizerOf(view, value) !== null) return [];
    const quantize = (view.readers.get(value) ?? []).find(isQuantize);
    const pair = (view.readers.get(quantize?.outputs[0] ?? '') ?? []).find(isDequantize);
    return pair === undefined ? [] : [{ reader: sum.name, value, instead: pair.outputs[0]! }];
  });
});

/** W1: data and weights both in float. */
export const unquantizeHalf: Repair = (graph, platform, findings) => {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  const nodes = byName(graph);
  const changes = findings.flatMap(({ rule, at }): readonly Change[] => {
    const [layer, pair] = [nodes.get(at[0] ?? ''), nodes.get(at[1] ?? '')];
    if (layer === undefined || pair === undefined || edit.isEdited(layer)) return [];
    const inputs = layer.inputs.map((name) => beforePair(view, name));
    if (inputs.every((name, i) => name === layer.inputs[i])) return [];
    edit.replace(layer, { ...layer, inputs });
    return [{ rule, at, what: 'computed in float: the pair on one input is taken out' }];
  });
  return { graph: edit.finish(), changes };
};

/** D1, S1, P1: the pair goes; what reads it reads what it rounded. */
export const dropPairs: Repair = (graph, platform, findings) => {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  const nodes = byName(graph);
  const gone = new Set<string>();
  const changes = findings.flatMap(({ rule, at, fixable }): readonly Change[] => {
    const named = nodes.get(at[0] ?? '');
    if (!fixable || named === undefined) return [];
    const pairs = isQuantize(named) ? (view.readers.get(named.outputs[0] ?? '') ?? []) : [named];
    const dropped = pairs.filter((pair) => isDequantize(pair) && !gone.has(pair.name));
    return dropped.flatMap((pair): readonly Change[] => {
      const [output = ''] = pair.outputs;
      const source = beforePair(view, output);
      if (source === output || constantOf(view, source) !== null) return [];
      gone.add(pair.name);
      edit.redirect(output, source);
      return [{ rule, at: [pair.name], what: 'the pair is taken out' }];
    });
  });
  return { graph: edit.finish(), changes };
};

/** S2: a Clip of codes goes. */
export const dropClips: Repair = (graph, _platform, findings) => {
  const edit = startEdit(graph);
  const nodes = byName(graph);
  const changes = findings.flatMap(({ rule, at, fixable }): readonly Change[] => {
    const clip = fixable ? nodes.get(at[0] ?? '') : undefined;
    if (clip?.op !== 'Clip') return [];
    edit.redirect(clip.outputs[0] ?? '', clip.inputs[0] ?? '');
    return [
      { rule, at: [clip.name], what: 'the Clip of codes is taken out: codes reach as far as their type' },
    ];
  });
  return { graph: edit.finish(), changes };
};

/**
 * C1: the largest scale for all pairs around a Concat. Law: no range gets smaller. Pairs that share a Concat with others share
 * its scale, too, so it is done until nothing changes.
 */
export const uniteScales: Repair = (graph, platform, findings) => {
  const changes: Change[] = [];
  let current = graph;
  for (let round = 0; round <= findings.length; round++) {
    const fixed = uniteOnce(current, platform, findings);
    if (fixed.graph === current) break;
    changes.push(...fixed.changes);
    current = fixed.graph;
  }
  const last = new Map(changes.map((change) => [change.at[0]!, change]));
  return { graph: current, changes: [...last.values()] };
};

function uniteOnce(graph: Graph, platform: Platform, findings: readonly Finding[]): Fixed {
  const view = viewOfGraph(graph, platform);
  const nodes = byName(graph);
  for (const { rule, at } of findings) {
    const concat = nodes.get(at[0] ?? '');
    if (concat === undefined) continue;
    const before = concat.inputs.flatMap((name) => dequantizerOf(view, name) ?? []);
    const pairs = new Set([
      ...before.map((dequantize) => view.producers.get(dequantize.inputs[0] ?? '')),
      ...quantizersOf(view, concat.outputs[0] ?? ''),
    ]);
    const quantizers = [...pairs].filter((node) => node !== undefined && isQuantize(node)) as readonly Node[];
    const scales = quantizers.map((node) => numbersOf(scaleOf(view, node))[0] ?? 0);
    const largest = Math.max(...scales);
    if (quantizers.length === 0 || scales.every((scale) => scale === largest)) continue;
    const edit = startEdit(graph);
    for (const quantize of quantizers) {
      edit.replace(quantize, symmetric(edit, quantize, largest));
      for (const reader of view.readers.get(quantize.outputs[0] ?? '') ?? []) {
        if (isDequantize(reader)) edit.replace(reader, symmetric(edit, reader, largest));
      }
    }
    const what = `${quantizers.length} pairs got the scale ${largest.toPrecision(3)}; the smallest was ${Math.min(...scales).toPrecision(3)}`;
    return { graph: edit.finish(), changes: [{ rule, at: [concat.name], what }] };
  }
  return { graph, changes: [] };
}
