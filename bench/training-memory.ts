/**
 * Memory of a training step of one image as it is planned for a device: all layers, a sparse scheme, and the last layer, of networks in the shape
 * of those that MCUNetV3 trains (inverted.ts), with weights in int8.
 *
 *   npm run bench:training-memory
 */
import { textTable } from '../src/report/table.ts';
import { stepPacker } from '../src/targets/cortex-m/training/prefix.ts';
import type { Scheme } from '../src/train/options.ts';
import { PLAIN_CORE, planStep } from '../src/train/run/plan.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';
import { firmwareOptions, sparseScheme } from './sparse-scheme.ts';

const ranges = ['learned', 'fixed'] as const;

const rows = (['mobilenet-v2-0.35', 'mcunet-128'] as const).flatMap((name) => {
  const graph = invertedNetwork(INVERTED[name]);
  const schemes: Readonly<Record<string, Scheme>> = {
    full: { kind: 'full' },
    sparse: sparseScheme(graph, INVERTED[name].head),
    'last:1': { kind: 'last', layers: 1 },
  };
  const pack = stepPacker(null, 1);
  return Object.entries(schemes).flatMap(([title, scheme]) =>
    ranges.map((which) => {
      const { memory, peak } = planStep(graph, firmwareOptions(scheme, which), PLAIN_CORE, pack);
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
