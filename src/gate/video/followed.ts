import { consumers, outputValues } from '../../graph/rewrite.ts';
import type { Graph } from '../../graph/types.ts';
import { type Layer, type Stage, stageOf } from '../stages.ts';
import { type GateValues, keptValues, withoutReuse } from './gates.ts';
import type { Keeping } from './halo.ts';

/** The layers behind a gate that follow its patches, up to where the gate says that they end, and what of them is kept. */
export function followedBy(
  graph: Graph,
  { blended, mask, ends }: GateValues,
): { readonly stage: Stage; readonly keeping: Keeping } {
  const plain = withoutReuse(graph);
  const all = stageOf(plain, blended);
  const gated = new Set([all.value]);
  const layers = all.layers.filter(({ name, value, reads }: Layer) => {
    const goesOn = !ends.has(name) && !ends.has(value) && reads.every((read) => gated.has(read));
    if (goesOn) gated.add(value);
    return goesOn;
  });
  const inside = new Set(layers.map(({ name }) => name));
  const readers = consumers(plain);
  const outputs = outputValues(plain);
  const isReadElsewhere = ({ value }: Layer): boolean =>
    outputs.has(value) || (readers.get(value) ?? []).some(({ name }) => !inside.has(name));
  return {
    stage: { ...all, layers },
    keeping: {
      kept: new Set([...keptValues(graph)].filter(([, by]) => by === mask).map(([value]) => value)),
      elsewhere: new Set(layers.filter(isReadElsewhere).map(({ value }) => value)),
    },
  };
}
