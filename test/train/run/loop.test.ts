import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexedDataset } from '../../../src/data/types.ts';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { OCTO_DEFAULTS, type TrainerOptions } from '../../../src/train/options.ts';
import { batchesOf } from '../../../src/train/run/batches.ts';
import { encodeCheckpoint } from '../../../src/train/run/checkpoint.ts';
import { healthWarnings } from '../../../src/train/run/health.ts';
import {
  curvePoints,
  EMPTY_HISTORY,
  extendCurve,
  type HealthRow,
  type Score,
} from '../../../src/train/run/history.ts';
import { type RunOptions, runTraining, type Saved } from '../../../src/train/run/loop.ts';
import { octoSettings } from '../../../src/train/run/option-texts.ts';
import type { Trainer } from '../../../src/train/types.ts';
import { createRegression, regressionModel } from '../softmax-regression.ts';

const CLASSES = 3;
const ELEMENTS = 8;

/** Three noisy clusters. */
function clusters(length: number, seed: number): IndexedDataset {
  const random = seededRandom(seed);
  const label = (i: number): number => i % CLASSES;
  const values = Array.from({ length }, (_, i) =>
    Float32Array.from({ length: ELEMENTS }, (_, k) => (k % CLASSES === label(i) ? 1 : 0) + random() - 0.5),
  );
  return {
    name: 'clusters',
    length,
    classes: CLASSES,
    files: [],
    async *samples(indices = values.map((_, i) => i)) {
      for (const i of indices) yield { inputs: [values[i]!], label: label(i) };
    },
    fill: (indices, inputs, labels) => {
      let k = 0;
      for (const i of indices) {
        inputs.set(values[i]!, k * ELEMENTS);
        labels[k++] = label(i);
      }
    },
    labels: () => Int32Array.from(values, (_, i) => label(i)),
  };
}

const GRAPH: Graph = prepareGraph(importModel(regressionModel([1, 2, 4], CLASSES), { path: 'm.onnx' }));

const TRAINER_OPTIONS: TrainerOptions = {
  method: 'float',
  loss: { kind: 'cross-entropy', labelSmoothing: 0 },
  batchSize: 5,
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
  scheme: { kind: 'full' },
  freeze: [],
  init: 'model',
  classes: null,
  seed: 1,
  octo: OCTO_DEFAULTS,
  accumulate: 1,
  backend: 'native',
  jobs: 1,
};

const trainer = (): Trainer => createRegression(GRAPH, TRAINER_OPTIONS);

function options(more: Partial<RunOptions> = {}): RunOptions {
  return {
    batches: batchesOf(clusters(42, 2), {
      batchSize: 5,
      seed: 1,
      inputElements: ELEMENTS,
      indices: null,
      classes: CLASSES,
      augment: null,
    }),
    epochs: 6,
    learningRate: () => 0.05,
    labelled: true,
    classes: CLASSES,
    validate: null,
    before: null,
    patience: null,
    inspectEvery: 10,
    octo: OCTO_DEFAULTS,
    remedy: 'Lower --lr.',
    ...more,
  };
}

/** Loss of a state on held-out samples. */
function validationOf(model: Trainer): () => Promise<Score> {
  const held = batchesOf(clusters(30, 77), {
    batchSize: 5,
    seed: 1,
    inputElements: ELEMENTS,
    indices: null,
    classes: CLASSES,
    augment: null,
  });
  return async () => {
    const copy = createRegression(GRAPH, TRAINER_OPTIONS);
    copy.restore(model.state());
    let correct = 0;
    for (const batch of held.epoch(0)) correct += copy.step(batch, { step: 0, learningRate: 0 }).correct;
    return { kind: 'accuracy', value: correct / 30, samples: 30 };
  };
}

/** Everything of a state, to compare. */
const bytesOf = (state: ReturnType<Trainer['state']>): string =>
  [...state].map(([name, values]) => `${name} ${Buffer.from(values.buffer).toString('hex')}`).join('\n');

test('a model learns, and the report says how', async () => {
  const model = trainer();
  const report = await runTraining(model, options());
  assert.equal(report.epochs.length, 6);
  assert.equal(report.steps, 48);
  assert.equal(report.curve.length, 48);
  assert.ok(report.epochs[5]!.loss < 0.6 * report.epochs[0]!.loss, `${report.epochs[5]!.loss}`);
  assert.ok(report.epochs[5]!.accuracy! > 0.9);
  assert.equal(report.bestEpoch, 6);
  assert.equal(report.earlyStop, false);
  assert.deepEqual(
    report.health.map(({ step }) => step),
    [9, 19, 29, 39],
  );
  assert.ok(report.epochs.every(({ samplesPerSecond }) => samplesPerSecond! > 0));
  const mean = report.curve.slice(0, 8).reduce((sum, { loss }) => sum + loss / 8, 0);
  assert.ok(Math.abs(mean - report.epochs[0]!.loss) < 1e-12);
});

test('the same run gives the same bytes, and inspections leave no trace', async () => {
  const [a, b] = [trainer(), trainer()];
  await runTraining(a, options());
  await runTraining(b, options({ inspectEvery: 1 }));
  assert.equal(bytesOf(a.state()), bytesOf(b.state()));
});

/** Runs, aborts after `steps` steps, and goes on from what was saved in another trainer. */
async function interrupted(
  steps: number,
): Promise<{ readonly model: Trainer; readonly saved: Saved; readonly resumed: Saved }> {
  const first = trainer();
  const abort = new AbortController();
  let saved: Saved | null = null;
  let done = 0;
  await assert.rejects(
    () =>
      runTraining(
        first,
        options({
          validate: validationOf(first),
          signal: abort.signal,
          onStep: () => {
            if (++done === steps) abort.abort();
          },
          save: (one) => {
            saved = structuredClone(one);
          },
        }),
      ),
    (error: TinymlError) => error.code === 'E_INTERRUPTED' && /--resume/.test(error.hint!),
  );
  const model = trainer();
  let last: Saved | null = null;
  await runTraining(
    model,
    options({
      validate: validationOf(model),
      resume: saved!,
      save: (one) => {
        last = structuredClone(one);
      },
    }),
  );
  return { model, saved: saved!, resumed: last! };
}

test('an interrupted run ends in the bytes of one that was not, wherever it stopped', async () => {
  const whole = trainer();
  let last: Saved | null = null;
  await runTraining(
    whole,
    options({
      validate: validationOf(whole),
      save: (one) => {
        last = structuredClone(one);
      },
    }),
  );
  /** Speeds are measured, everything else must agree. */
  const comparable = ({ progress, last: state, best }: Saved): string => {
    const epochs = progress.history.epochs.map((row) => ({ ...row, samplesPerSecond: null }));
    const history = { ...progress.history, epochs };
    return Buffer.from(
      encodeCheckpoint({ identity: {}, settings: {}, progress: { ...progress, history }, last: state, best }),
    ).toString('hex');
  };
  for (const steps of [1, 3, 7, 8, 9, 16, 20, 47]) {
    const { model, saved, resumed } = await interrupted(steps);
    assert.equal(saved.progress.step, steps, `interrupted after ${steps} steps`);
    assert.equal(bytesOf(model.state()), bytesOf(whole.state()), `interrupted after ${steps} steps`);
    assert.equal(comparable(resumed), comparable(last!), `the checkpoint after ${steps} steps`);
  }
});

test('without a checkpoint an interrupt says that nothing was kept', async () => {
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(
    () => runTraining(trainer(), options({ signal: abort.signal })),
    (error: TinymlError) =>
      error.code === 'E_INTERRUPTED' &&
      /after 1 steps \(epoch 1, batch 1 of 8\)/.test(error.message) &&
      /--checkpoint/.test(error.hint!),
  );
});

test('the best state is kept, and the run stops when nothing gets better', async () => {
  const model = trainer();
  const scores = [0.5, 0.7, 0.6, 0.7, 0.65, 0.9];
  const states: string[] = [];
  const report = await runTraining(
    model,
    options({
      patience: 3,
      validate: async () => {
        states.push(bytesOf(model.state()));
        return { kind: 'accuracy', value: scores[states.length - 1]!, samples: 30 };
      },
    }),
  );
  assert.equal(report.epochs.length, 5, 'epochs 3, 4 and 5 are no better than 2');
  assert.equal(report.earlyStop, true);
  assert.equal(report.bestEpoch, 2);
  assert.deepEqual(report.bestScore, { kind: 'accuracy', value: 0.7, samples: 30 });
  assert.equal(bytesOf(model.state()), states[1]);
});

test('of errors the smallest is the best', async () => {
  const errors = [0.5, 0.2, 0.3, 0.4, 0.25, 0.3];
  let epoch = 0;
  const report = await runTraining(
    trainer(),
    options({ validate: async () => ({ kind: 'mean-squared-error', value: errors[epoch++]!, samples: 30 }) }),
  );
  assert.equal(report.bestEpoch, 2);
});

/** A run whose model scores `before`, and its epochs `epochs`, of 100 samples. */
async function scored(before: Score, epochs: readonly Score[], more: Partial<RunOptions> = {}) {
  const model = trainer();
  const first = bytesOf(model.state());
  let epoch = 0;
  const report = await runTraining(
    model,
    options({
      epochs: epochs.length,
      before: async () => before,
      validate: async () => epochs[epoch++]!,
      ...more,
    }),
  );
  return { report, isFirst: bytesOf(model.state()) === first };
}

const accuracy = (value: number, samples = 100): Score => ({ kind: 'accuracy', value, samples });

test('the model as it was is kept where no epoch is better, and it is said', async () => {
  const { report, isFirst } = await scored(accuracy(0.9), [accuracy(0.88), accuracy(0.9)]);
  assert.ok(isFirst);
  assert.equal(report.bestEpoch, 0);
  assert.deepEqual([report.before, report.bestScore], [accuracy(0.9), accuracy(0.9)]);
  assert.equal(report.epochs.length, 2);
  assert.equal(
    report.warnings[0],
    'no epoch was surely better than the model as it was: it is kept (90.00 %, 90.00 % after epoch 2, on 100 validation samples)',
  );
});

test('an epoch takes its place by more than the standard error of its accuracy', async () => {
  // sqrt(0.9 * 0.1 / 100) = 0.03
  const cases: readonly (readonly [before: number, after: number, samples: number, best: number])[] = [
    [0.88, 0.9, 100, 0],
    [0.86, 0.9, 100, 1],
    [0.88, 0.9, 1000, 1],
    [0.9, 1, 10, 1],
    [0.5, 0.75, 4, 1],
    [1, 1, 4, 0],
  ];
  for (const [before, after, samples, best] of cases) {
    const { report, isFirst } = await scored(accuracy(before, samples), [accuracy(after, samples)]);
    assert.equal(report.bestEpoch, best, `${before} ${after} ${samples}`);
    assert.equal(isFirst, best === 0);
    assert.equal(report.warnings.length, best === 0 ? 1 : 0);
  }
  const error = (value: number): Score => ({ kind: 'mean-squared-error', value, samples: 100 });
  assert.equal((await scored(error(0.5), [error(0.6), error(0.5)])).report.bestEpoch, 0);
  assert.equal((await scored(error(0.5), [error(0.6), error(0.499)])).report.bestEpoch, 2);
});

test('what the model was worth before is measured once, before the first step, and kept over an interrupt', async () => {
  const saves: Saved[] = [];
  const abort = new AbortController();
  let measured = 0;
  const hooks: Partial<RunOptions> = {
    before: async () => {
      measured++;
      return accuracy(0.9);
    },
    save: (one) => void saves.push(structuredClone(one)),
  };
  await assert.rejects(() =>
    scored(accuracy(0.9), [accuracy(0.1), accuracy(0.2)], {
      ...hooks,
      signal: abort.signal,
      onStep: ({ step }) => {
        if (step === 3) abort.abort();
      },
    }),
  );
  const { report, isFirst } = await scored(accuracy(0.9), [accuracy(0.1), accuracy(0.2)], {
    ...hooks,
    resume: saves.at(-1)!,
  });
  assert.deepEqual([measured, report.bestEpoch, report.steps], [1, 0, 16]);
  assert.deepEqual(report.before, accuracy(0.9));
  assert.ok(isFirst);
});

test('numbers that overflow end the run with the layer and the step, and the checkpoint stays', async () => {
  const saves: number[] = [];
  await assert.rejects(
    () =>
      runTraining(
        trainer(),
        options({
          learningRate: (step) => (step < 10 ? 0.05 : 1e38),
          save: ({ progress }) => saves.push(progress.step),
        }),
      ),
    (error: TinymlError) => {
      assert.equal(error.code, 'E_NOT_FINITE');
      assert.equal(error.at[0], 'layer "dense"');
      assert.match(error.at[1]!, /step 1\d, learning rate 1.000e\+38/);
      assert.match(error.hint!, /--lr.*checkpoint is kept/);
      return true;
    },
  );
  assert.deepEqual(saves, [8]);
});

test('a loss that is not finite is found where the trainer says nothing', async () => {
  const model = trainer();
  const silent: Trainer = {
    ...model,
    step: (batch, settings) => ({ ...model.step(batch, settings), loss: Number.NaN }),
  };
  await assert.rejects(
    () => runTraining(silent, options()),
    (error: TinymlError) => error.code === 'E_NOT_FINITE' && /the loss is NaN/.test(error.message),
  );
});

test('other errors of the trainer pass unchanged', async () => {
  const fault = new TinymlError('E_DATA', 'no');
  const model: Trainer = {
    ...trainer(),
    step: () => {
      throw fault;
    },
  };
  await assert.rejects(() => runTraining(model, options()), fault);
});

test('the event loop turns while training', async () => {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const model = trainer();
  const slow: Trainer = {
    ...model,
    step: (batch, settings) => {
      const end = performance.now() + 20;
      while (performance.now() < end);
      return model.step(batch, settings);
    },
  };
  const turns: boolean[] = [];
  await runTraining(slow, options({ epochs: 1, onStep: () => turns.push(turned) }));
  assert.equal(turns[0], false);
  assert.equal(turns.at(-1), true);
});

test('a curve has a bounded number of points with the means of all steps', () => {
  let curve = EMPTY_HISTORY.curve;
  for (let step = 0; step < 5000; step++) {
    curve = extendCurve(curve, { step, loss: step, accuracy: 0.5, learningRate: 1 });
  }
  const points = curvePoints(curve);
  assert.ok(points.length <= 1024 && points.length > 400, `${points.length} points`);
  assert.deepEqual(points[0], { step: 0, loss: 3.5, accuracy: 0.5, learningRate: 1 });
  assert.equal(points.at(-1)!.step, 4992);
  assert.equal(curve.stride, 8);
});

test('warnings name the layer and the remedy', () => {
  const row = (more: Partial<HealthRow>): HealthRow => ({
    layer: 'conv3',
    step: 0,
    saturation: 0,
    zeros: 0.5,
    cosine: 0.999,
    lac: null,
    ...more,
  });
  const fixed = octoSettings({ prc: { kind: 'fixed', share: 0.5 } });
  assert.deepEqual(healthWarnings([row({ saturation: 0.1 }), row({ saturation: 0.18 })], fixed), [
    "conv3: 14 % of the gradient's codes are at the ends of the range: try --prc mse",
  ]);
  assert.match(healthWarnings([row({ saturation: 0.1 })], octoSettings({}))[0]!, /try --prc off/);
  assert.deepEqual(healthWarnings([row({ saturation: 0.3 })], octoSettings({ bitsGradients: 2 })), []);
  assert.deepEqual(healthWarnings([row({ layer: 'conv2', lac: 0.0005 })], OCTO_DEFAULTS), [
    'LAC is 0.05 % of the pre-activation of conv2: it can be left out (--lac off)',
  ]);
  assert.match(
    healthWarnings(
      [row({ cosine: 0.82 })],
      octoSettings({ bitsGradients: 4, gradientRounding: 'nearest' }),
    )[0]!,
    /cosine .* is 0.82: try --round-gradients stochastic/,
  );
  assert.deepEqual(healthWarnings([row({ cosine: 0.82 })], octoSettings({ bitsGradients: 4 })), []);
  assert.deepEqual(healthWarnings([row({})], OCTO_DEFAULTS), []);
});
