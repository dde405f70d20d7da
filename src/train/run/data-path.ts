/** Data that a thread opens for itself. */
import { basename } from 'node:path';
import { openDataset } from '../../data/open.ts';
import type { IndexedDataset } from '../../data/types.ts';
import type { Graph } from '../../graph/types.ts';
import type { InputContract } from '../../input/contract.ts';

/** `limit`: so many samples, a choice by `seed` whatever the seed of a run; null all. */
export type DataPath = {
  readonly path: string;
  readonly input: InputContract;
  readonly limit: number | null;
  readonly seed: number;
};

/** Data files of up to so many bytes stay in memory. */
const HOLD_BYTES = 64 * 2 ** 20;

/** @throws TinymlError E_DATA, E_FILE */
export function openDataPath(
  graph: Graph,
  { path, input: { preprocess, labels }, limit, seed }: DataPath,
): Promise<IndexedDataset> {
  return openDataset(path, {
    inputShapes: graph.inputs.map(({ value }) => graph.values.get(value)!.shape),
    labels,
    hold: HOLD_BYTES,
    ...(preprocess === null ? {} : { preprocess }),
    ...(limit === null ? {} : { limit, draw: true, seed }),
  });
}

/** What the runs of a log must share. Another seed chooses other samples. */
export function dataPathText({ path, limit, seed }: DataPath, samples: number): string {
  const choice = limit === null ? '' : `, chosen by seed ${seed}`;
  return `${basename(path)}, ${samples} samples${choice}`;
}
