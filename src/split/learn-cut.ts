/** A cut that learns to be narrow: two layers more around the wire, and all of the network trained across it. */
import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { cutGraph } from '../graph/cut.ts';
import type { Graph } from '../graph/types.ts';
import { quantizeGraph } from '../quantize/quantize-graph.ts';
import { narrow } from './bottleneck.ts';
import type { Cut } from './cuts.ts';
import type { Features } from './features.ts';
import { type Traffic, trainAcross } from './train-across.ts';
import { channelWeights } from './weights.ts';

type Learning = {
  /** Bytes that a map may take on the mean, each way. */
  readonly budget: number;
  /** Numbers of a square of the value; null: as many as get BITS bits each. */
  readonly width: number | null;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: number;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onStep: () => void;
};

/** Bits of a number of a square within the budget: about what the codec needs to lose nearly nothing. */
const BITS = 2.5;

/**
 * @param features of the cut on samples of `data` @param calibration samples that ranges of the head are taken from
 * @returns the cut behind the narrow layer, and what crossed while it learned
 * @throws TinymlError E_OP, E_USAGE, E_GATE as `trainAcross` and `narrow`
 */
export async function learnCut(
  float: Graph,
  { value, tail }: Cut,
  features: Features,
  data: IndexedDataset,
  calibration: readonly number[],
  { budget, width, ...learning }: Learning,
): Promise<{ readonly cut: Cut; readonly traffic: Traffic }> {
  const weights = await channelWeights(tail, features);
  const narrowed = narrow(float, value, features, weights, width ?? ((squares) => widthFor(budget, squares)));
  const parts = cutGraph(narrowed.graph, narrowed.value);
  if (parts === null) throw new TinymlError('E_INTERNAL', `"${narrowed.value}" does not cut the network`);
  const { head, tail: learned, traffic } = await trainAcross(parts, data, { budget, ...learning });
  const { graph } = await quantizeGraph(head, () => data.samples(calibration), { jobs: learning.jobs });
  const { shape } = narrowed.graph.values.get(narrowed.value)!;
  return { cut: { value: narrowed.value, shape, head: graph, tail: learned }, traffic };
}

/** Numbers of each of so many squares of `dimensions` numbers. */
function widthFor(budget: number, { count, dimensions }: { count: number; dimensions: number }): number {
  return Math.max(1, Math.min(dimensions, Math.round((8 * budget) / (BITS * count))));
}
