import { type Sample, startsSequence } from '../data/types.ts';
import { createExecutor, type Seen } from '../execute/float.ts';
import type { Graph } from '../graph/types.ts';
import { inputTensors } from './calibrate.ts';

/** The largest magnitude that each channel (axis 1) of some values reached. */
export async function channelReach(
  graph: Graph,
  values: ReadonlySet<string>,
  samples: AsyncIterable<Sample>,
): Promise<ReadonlyMap<string, Float64Array>> {
  const reached = new Map(
    [...values].map((name) => [name, new Float64Array(graph.values.get(name)!.shape[1] ?? 1)]),
  );
  const executor = createExecutor(graph, { watch: values });
  for await (const sample of samples) {
    if (startsSequence(sample)) executor.reset();
    executor.run(inputTensors(graph, sample), (name, seen) => {
      raiseChannels(reached.get(name)!, seen);
    });
  }
  return reached;
}

/** Raises the largest magnitude of each channel (axis 1) to what a tensor holds. */
export function raiseChannels(reached: Float64Array, { shape, layout, data }: Seen): void {
  const inner = layout.slice(layout.indexOf(1) + 1).reduce((product, axis) => product * shape[axis]!, 1);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === reached.length ? 0 : c + 1) {
    let most = reached[c]!;
    for (let at = start; at < start + inner; at++) most = Math.max(most, Math.abs(data[at]!));
    reached[c] = most;
  }
}
