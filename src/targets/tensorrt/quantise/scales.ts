/** Which values have one scale together. */
import type { Graph } from '../../../graph/types.ts';
import type { ScaleGroup } from '../../../quantize/scheme.ts';
import { carried } from './operands.ts';
import type { Int8Layer } from './placement.ts';

/**
 * Groups of all float32 values that are computed or given. What moves into a value that is read as codes shares its
 * scale, all parts of a Concat among it (C1, P1): TensorRT then moves the one rounding to before them.
 */
export function scaleGroups(graph: Graph, layers: readonly Int8Layer[]): readonly ScaleGroup[] {
  const coded = new Set(layers.flatMap(({ node, activations }) => activations.map((i) => node.inputs[i]!)));
  const moves = graph.nodes.flatMap((node) => carried(graph, node) ?? []);
  for (const { from, to } of [...moves].reverse()) {
    if (to.some((name) => coded.has(name)))
      for (const name of from) if (!graph.constants.has(name)) coded.add(name);
  }

  const groupOf = new Map<string, Set<string>>();
  const observed = new Set<string>();
  const given = [...graph.inputs.map(({ value }) => value), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  for (const name of given) {
    if (graph.values.get(name)?.dtype !== 'float32' || graph.constants.has(name)) continue;
    groupOf.set(name, new Set([name]));
    observed.add(name);
  }
  for (const { from, to } of moves) {
    if (!to.some((name) => coded.has(name))) continue;
    const sources = from.filter((name) => groupOf.has(name));
    const [first, ...others] = [...sources, ...to].map((name) => groupOf.get(name)!);
    for (const other of others) {
      if (other === first) continue;
      for (const name of other) {
        first!.add(name);
        groupOf.set(name, first!);
      }
    }
    // Constant parts of a Concat are seen in its output alone.
    if (sources.length === from.length) for (const name of to) observed.delete(name);
  }
  return [...new Set(groupOf.values())].map((members) => ({
    members: [...members],
    observed: [...members].filter((name) => observed.has(name)),
    fixed: null,
    multiple: null,
    sums: false,
    exact: false,
  }));
}
