/** Gradients of training beside differences of the loss. */
import assert from 'node:assert/strict';
import type { Graph, TypedArray } from '../../src/graph/types.ts';
import type { Scheme } from '../../src/train/options.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { Loss } from '../../src/train/types.ts';
import { batchFor, MEASURING, settings } from './networks.ts';

type Gradient = {
  readonly exact: Float32Array;
  /** NaN where the loss has a kink nearby: an activation or a maximum that changes sides. */
  readonly numeric: Float64Array;
};

/**
 * Gradients of everything that is trained, and differences of the loss. At a learning rate of 0 a step only measures.
 */
function gradientsOf(
  graph: Graph,
  loss: Loss,
  scheme: Scheme,
): { readonly gradients: ReadonlyMap<string, Gradient>; readonly resolution: number } {
  const options = settings({ loss, scheme, batchSize: 2, optimizer: MEASURING });
  const trainer = createTrainer(graph, options);
  const batch = batchFor(graph, options);
  const measure = { step: 0, learningRate: 0 };
  const before = trainer.state();
  const start = trainer.step(batch, measure).loss;
  const velocities = trainer.state();
  const lossWith = (name: string, index: number, change: number): number => {
    const changed = (before.get(name) as Float32Array).slice();
    changed[index]! += change;
    trainer.restore(new Map<string, TypedArray>([...before, [name, changed]]));
    return trainer.step(batch, measure).loss;
  };
  const slope = (name: string, index: number, width: number): number =>
    (lossWith(name, index, width) - lossWith(name, index, -width)) / (2 * width);
  const trained = [...before.keys()].filter((name) => before.has(`${name}/velocity`));
  const gradients = new Map(
    trained.map((name): readonly [string, Gradient] => {
      const exact = velocities.get(`${name}/velocity`) as Float32Array;
      const numeric = Float64Array.from(exact, (_, i) => {
        const [near, far] = [slope(name, i, WIDTH), slope(name, i, 2 * WIDTH)];
        // Richardson's extrapolation: its error falls with the fourth power of the width.
        return Math.abs(near - far) < SMOOTH ? (4 * near - far) / 3 : Number.NaN;
      });
      return [name, { exact, numeric }];
    }),
  );
  return { gradients, resolution: RESOLUTION * Math.max(1, start) };
}

const FULL: Scheme = { kind: 'full' };

const WIDTH = 2 ** -8;

/** Differences of a float32 loss near 1 resolve about 2^-24 / WIDTH. */
const RESOLUTION = 5e-5;

/** Slopes at two widths differ by less where the loss is smooth. */
const SMOOTH = 1e-4;

/** @param names of what is trained; null: whatever is */
export function assertGradients(
  graph: Graph,
  loss: Loss,
  names: readonly string[] | null,
  scheme: Scheme = FULL,
): void {
  const { gradients, resolution } = gradientsOf(graph, loss, scheme);
  if (names !== null) assert.deepEqual([...gradients.keys()].sort(), [...names].sort(), 'these are trained');
  let measurable = 0;
  for (const [name, { exact, numeric }] of gradients) {
    const measured = numeric.filter((value) => !Number.isNaN(value));
    assert.ok(
      measured.length >= numeric.length / 2,
      `${name}: ${measured.length} of ${numeric.length} are measured`,
    );
    const most = measured.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
    if (most > 50 * RESOLUTION) measurable++;
    else assert.equal(names, null, `${name} has a gradient that can be measured: ${most}`);
    exact.forEach((value, i) => {
      const difference = Math.abs(value - numeric[i]!);
      assert.ok(
        !(difference > resolution + 1e-3 * most),
        `${name}[${i}] is ${value}, by differences ${numeric[i]}`,
      );
    });
  }
  assert.ok(measurable > 0, 'something has a gradient that can be measured');
}
