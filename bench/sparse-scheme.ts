/** The scheme of MCUNetV3 for networks of inverted bottlenecks (inverted.ts): 99 kB on its MCUNet. */
import type { Graph } from '../src/graph/types.ts';
import { readNetwork } from '../src/train/compile/network.ts';
import { ownVectors } from '../src/train/compile/own-vectors.ts';
import { schemeLayers } from '../src/train/compile/trained.ts';
import { OCTO_DEFAULTS, type Scheme, type TrainerOptions } from '../src/train/options.ts';

/** Of the convolutions from the end: biases of the last 22, and weights of first pointwise ones. */
const BIASES = 22;
const WEIGHTS = [
  ...[[21, 1] as const, [18, 1] as const, [15, 1] as const, [12, 1] as const],
  ...[[6, 1 / 8] as const, [3, 1 / 4] as const],
];

/** @param head channels of a convolution behind the blocks; 0: none */
export function sparseScheme(graph: Graph, head: number): Scheme {
  const names = schemeLayers(readNetwork(ownVectors(graph), false)).map((layer) => layer.name);
  // Without the convolution behind the blocks, and the dense layer.
  const convolutions = names.slice(0, head > 0 ? -2 : -1);
  const weights = WEIGHTS.map(([back, channels]) => ({ layer: convolutions.at(-back)!, channels }));
  return {
    kind: 'listed',
    biases: BIASES + 1,
    weights: [...weights, { layer: names.at(-1)!, channels: 1 }],
  };
}

/** One image, weights in int8, plain descent, gradients rounded as firmware does where nothing else is asked for. */
export function firmwareOptions(scheme: Scheme, ranges: 'learned' | 'fixed'): TrainerOptions {
  const rounding = { gradientRounding: 'stochastic', prc: { kind: 'off' } } as const;
  return {
    ...{
      method: 'octo',
      loss: { kind: 'cross-entropy', labelSmoothing: 0 },
      batchSize: 1,
      accumulate: 1,
      scheme,
    },
    ...{ optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 }, freeze: [], init: 'model', classes: null },
    ...{ seed: 1, backend: 'native', jobs: 1 },
    octo: { ...OCTO_DEFAULTS, ...rounding, weights: 'int8', ranges },
  };
}
