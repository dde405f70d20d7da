/**
 * Memory of a training step of one image as it is planned for a device: all layers, a sparse scheme, and the last layer, of networks in the shape
 * of those that MCUNetV3 trains (inverted.ts), with weights in int8.
 *
 *   npm run bench:training-memory
 */
import { textTable } from '../src/report/table.ts';
import { stepPacker } from '../src/targets/cortex-m/training/prefix.ts';
import { readNetwork } from '../src/train/compile/network.ts';
import { ownVectors } from '../src/train/compile/own-vectors.ts';
import { schemeLayers } from '../src/train/compile/trained.ts';
import { OCTO_DEFAULTS, type Scheme } from '../src/train/options.ts';
import { PLAIN_CORE, planStep } from '../src/train/run/plan.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';

/** Of the convolutions from the end: biases of the last 22, and weights of first pointwise ones, as MCUNetV3's scheme of 99 kB has them. */
const BIASES = 22;
const WEIGHTS = [
  ...[[21, 1] as const, [18, 1] as const, [15, 1] as const, [12, 1] as const],
  ...[[6, 1 / 8] as const, [3, 1 / 4] as const],
];

const ranges = ['learned', 'fixed'] as const;

/** As firmware rounds gradients where nothing else is asked for. */
const FIRMWARE = { gradientRounding: 'stochastic', prc: { kind: 'off' } } as const;

const rows = (['mobilenet-v2-0.35', 'mcunet-128'] as const).flatMap((name) => {
  const graph = invertedNetwork(INVERTED[name]);
  const names = schemeLayers(readNetwork(ownVectors(graph), false)).map((layer) => layer.name);
  // Without the convolution behind the blocks, and the dense layer.
  const convolutions = names.slice(0, INVERTED[name].head > 0 ? -2 : -1);
  const weights = WEIGHTS.map(([back, channels]) => ({ layer: convolutions.at(-back)!, channels }));
  const schemes: Readonly<Record<string, Scheme>> = {
    full: { kind: 'full' },
    sparse: {
      kind: 'listed',
      biases: BIASES + 1,
      weights: [...weights, { layer: names.at(-1)!, channels: 1 }],
    },
    'last:1': { kind: 'last', layers: 1 },
  };
  const pack = stepPacker(null, 1);
  return Object.entries(schemes).flatMap(([title, scheme]) =>
    ranges.map((which) => {
      const { memory, peak } = planStep(
        graph,
        {
          ...{ method: 'octo', loss: { kind: 'cross-entropy', labelSmoothing: 0 }, batchSize: 1, scheme },
          ...{
            optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
            freeze: [],
            init: 'model',
            classes: null,
          },
          ...{
            seed: 1,
            backend: 'native',
            jobs: 1,
            octo: { ...OCTO_DEFAULTS, ...FIRMWARE, weights: 'int8', ranges: which },
          },
        },
        PLAIN_CORE,
        pack,
      );
      const { arenaBytes, stateBytes, forwardPeakBytes, backwardPeakBytes, savedActivationBytes } = memory;
      const numbers = [arenaBytes, stateBytes, forwardPeakBytes, backwardPeakBytes, savedActivationBytes];
      return [
        name,
        title,
        which,
        ...numbers.map((bytes) => bytes.toLocaleString('en')),
        `${peak.kernel}, ${peak.pass}`,
      ];
    }),
  );
});

const columns = ['arena', 'state', 'forward peak', 'backward peak', 'kept'].map((title) => ({
  title,
  align: 'right' as const,
}));
process.stdout.write(
  `${textTable([{ title: 'network' }, { title: 'scheme' }, { title: 'ranges' }, ...columns, { title: 'what sets the peak' }], rows)}\n`,
);
