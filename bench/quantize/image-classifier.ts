/** What is quantised to compare settings: the MLPerf Tiny image classifier (ResNet-8), and the images that it is calibrated and judged on. */
import { join } from 'node:path';
import { openDataset } from '../../src/data/open.ts';
import type { Dataset, Sample } from '../../src/data/types.ts';
import type { Graph } from '../../src/graph/types.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { ObserverKind } from '../../src/quantize/observers/index.ts';

export const OBSERVERS: readonly ObserverKind[] = [
  { kind: 'min-max' },
  { kind: 'percentile', percentile: 99.9 },
  { kind: 'percentile', percentile: 99.98 },
  { kind: 'percentile', percentile: 99.99 },
  { kind: 'percentile', percentile: 99.999 },
  { kind: 'entropy' },
  { kind: 'mse' },
];

type ImageClassifier = {
  readonly float: Graph;
  readonly inputShapes: readonly (readonly number[])[];
  /** 3805 images. */
  readonly training: Dataset;
  /** 761 images. */
  readonly testing: Dataset;
  readonly tests: readonly Sample[];
};

export async function loadImageClassifier(): Promise<ImageClassifier> {
  const shared = join(packageRoot(), '..', 'shared');
  const float = prepareGraph(await loadModel(join(shared, 'models/mlperf-tiny/ic-float.onnx')));
  const inputShapes = float.inputs.map((port) => float.values.get(port.value)!.shape);
  const open = (name: string): Promise<Dataset> =>
    openDataset(join(shared, 'data/cifar10', name), { inputShapes });
  const [training, testing] = [await open('train-3805.bin'), await open('test-761.bin')];
  const tests: Sample[] = [];
  for await (const sample of testing.samples()) tests.push(sample);
  return { float, inputShapes, training, testing, tests };
}
