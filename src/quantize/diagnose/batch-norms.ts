/** What a batch normalisation remembers of training, beside what the data of today make of the value before it. */
import { type Sample, startsSequence } from '../../data/types.ts';
import { createExecutor } from '../../execute/float.ts';
import type { Graph } from '../../graph/types.ts';
import { inputTensors } from '../calibrate.ts';

type BatchNormCheck = {
  readonly node: string;
  /** Median over the channels of the standard deviation now by that of training. */
  readonly times: number;
};

/**
 * The first batch normalisation of a graph that has any; else null.
 * @param graph in float, with batch normalisations as nodes
 */
export function checkBatchNorm(graph: Graph, samples: readonly Sample[]): BatchNormCheck | null {
  const node = graph.nodes.find(({ op }) => op === 'BatchNormalization');
  const [value = '', , , , variance = ''] = node?.inputs ?? [];
  const trained = graph.constants.get(variance)?.data;
  if (node === undefined || trained === undefined) return null;
  const [sums, squares] = [new Float64Array(trained.length), new Float64Array(trained.length)];
  let count = 0;
  const executor = createExecutor(graph, { watch: new Set([value]) });
  for (const sample of samples) {
    if (startsSequence(sample)) executor.reset();
    executor.run(inputTensors(graph, sample), (_, { shape, layout, data }) => {
      const inner = layout.slice(layout.indexOf(1) + 1).reduce((product, axis) => product * shape[axis]!, 1);
      for (let i = 0; i < data.length; i++) {
        const c = Math.floor(i / inner) % sums.length;
        sums[c]! += data[i]!;
        squares[c]! += data[i]! ** 2;
      }
      count += data.length / sums.length;
    });
  }
  const quotients = [...sums]
    .map((sum, c) => {
      const now = squares[c]! / count - (sum / count) ** 2;
      return Math.sqrt(Math.max(now, 0) / Math.max(Number(trained[c]), 1e-12));
    })
    .sort((a, b) => a - b);
  return { node: node.name, times: quotients[Math.floor(quotients.length / 2)] ?? 1 };
}
