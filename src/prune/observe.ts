/** The values of a float graph, sample after sample. */
import type { Sample } from '../data/types.ts';
import { createExecutor, type Seen } from '../execute/float.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import { computeTensor } from '../ops/arrays.ts';

/** What is looked at, and what is done with what is seen. */
export type Observer = {
  readonly watch: readonly string[];
  readonly see: (value: string, seen: Seen) => void;
};

/** Runs the graph on every sample once, for all observers. @returns how many there were */
export async function observe(
  graph: Graph,
  observers: readonly Observer[],
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void,
): Promise<number> {
  const executor = createExecutor(graph, { watch: new Set(observers.flatMap(({ watch }) => watch)) });
  const ports = dataInputs(graph);
  let done = 0;
  for await (const sample of samples) {
    const inputs = sample.inputs.map((data, i) =>
      computeTensor({ ...graph.values.get(ports[i]!.value)!, dtype: ports[i]!.dtype }, (out) =>
        out.set(data),
      ),
    );
    executor.run(inputs, (value, seen) => {
      for (const { watch, see } of observers) if (watch.includes(value)) see(value, seen);
    });
    onProgress(++done);
  }
  return done;
}
