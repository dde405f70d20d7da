import type { Sample } from '../../data/types.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { graphMacs } from '../../passes/graph-macs.ts';

/** Layers are taken apart on so many samples; on fewer where they take more memory (values) or time (multiplications). */
const LAYER_SAMPLES = 32;
const VALUES = 2 ** 24;
const MACS = 2 ** 33;

/** Evenly spread, since data sets are often in the order of their classes; of sequences the first. */
export function samplesForLayers(graph: Graph, samples: readonly Sample[]): readonly Sample[] {
  const values = [...graph.values].filter(([name]) => !graph.constants.has(name));
  const perSample = values.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
  const work = graphMacs(graph) * graph.nodes.length;
  const most = Math.max(
    1,
    Math.min(
      LAYER_SAMPLES,
      Math.floor(VALUES / Math.max(perSample, 1)),
      Math.floor(MACS / Math.max(work, 1)),
    ),
  );
  if (samples.length <= most) return samples;
  if (graph.state.length > 0) return samples.slice(0, most);
  return Array.from({ length: most }, (_, i) => samples[Math.floor((i * samples.length) / most)]!);
}
