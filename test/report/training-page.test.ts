import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingPage } from '../../src/report/training-page.ts';
import { ADAM, OCTO_DEFAULTS, type TrainerOptions } from '../../src/train/options.ts';
import type { HealthRow } from '../../src/train/run/history.ts';
import type { TrainingReport } from '../../src/train/run/loop.ts';

const OPTIONS: TrainerOptions = {
  method: 'octo',
  loss: { kind: 'cross-entropy', labelSmoothing: 0 },
  batchSize: 64,
  optimizer: ADAM,
  scheme: { kind: 'full' },
  freeze: [],
  init: 'random',
  classes: null,
  seed: 3,
  octo: OCTO_DEFAULTS,
  accumulate: 1,
  backend: 'native',
  jobs: 1,
};

const health = (layer: string, step: number, cosine: number): HealthRow => ({
  layer,
  step,
  saturation: 0.02,
  zeros: 0.75,
  cosine,
  lac: layer === 'dense' ? null : 0.0125,
});

const REPORT: TrainingReport = {
  epochs: [
    {
      epoch: 1,
      loss: 1.5,
      accuracy: 0.5,
      validation: { kind: 'accuracy', value: 0.6, samples: 30 },
      learningRate: 0.001,
      samplesPerSecond: 12345.6,
    },
    {
      epoch: 2,
      loss: 1.25,
      accuracy: 0.625,
      validation: { kind: 'accuracy', value: 0.55, samples: 30 },
      learningRate: 0.0005,
      samplesPerSecond: null,
    },
  ],
  curve: Array.from({ length: 20 }, (_, step) => ({
    step,
    loss: 2 / (step + 1),
    accuracy: step / 20,
    learningRate: 0.001,
  })),
  health: [5, 10, 15].flatMap((step) => [
    ...Array.from({ length: 12 }, (_, i) => health(`conv${i}`, step, 0.9 + i / 200)),
    health('dense', step, 0.5),
  ]),
  warnings: ['conv<0>: something & something'],
  memory: {
    arenaBytes: 123456,
    stateBytes: 1000,
    forwardPeakBytes: 2000,
    backwardPeakBytes: 3000,
    savedActivationBytes: 4000,
    savedActivationFloatBytes: 16000,
    gradientBytes: 5000,
    sumBytes: 0,
    replayBytes: 0,
    trainableBytes: 6000,
  },
  steps: 20,
  before: { kind: 'accuracy', value: 0.4, samples: 30 },
  bestEpoch: 1,
  bestScore: { kind: 'accuracy', value: 0.6, samples: 30 },
  earlyStop: false,
};

const titles = (page: string): readonly string[] =>
  [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title]) => title!);

test('the page of a run has its curves, health and memory', () => {
  const page = trainingPage('m.onnx', OPTIONS, REPORT, null);
  assert.deepEqual(titles(page), [
    'Result',
    'Warnings',
    'Loss',
    'Accuracy',
    'Learning rate',
    'Epochs',
    'Gradients: codes at the ends of the range',
    'Gradients: codes that are 0',
    'Gradients: cosine with their codes',
    'LAC, share of the pre-activation',
    'Gradients, means over the run',
    'Memory of a step',
  ]);
  assert.ok(page.includes('<td class="right">12,346</td>'), 'the speed of an epoch');
  assert.ok(page.includes('<td class="right">123,456</td>'), 'the arena');
  assert.ok(page.includes('conv&#60;0&#62;: something &#38; something'), 'a warning is text');
  assert.doesNotMatch(page, /NaN|undefined|<script|https?:\/\/(?!www\.w3\.org)/);
});

test('of many layers the worst have lines, all have rows', () => {
  const page = trainingPage('m.onnx', OPTIONS, REPORT, null);
  const chart = page.slice(page.indexOf('cosine with their codes'), page.indexOf('LAC, share'));
  assert.equal([...chart.matchAll(/<polyline/g)].length, 8);
  assert.ok(chart.includes('>dense<') && !chart.includes('>conv11<'));
  assert.ok(page.includes('<td>conv11</td>'));
});

test('a float run without labels, health and plan has no empty sections', () => {
  const epochs = [{ ...REPORT.epochs[0]!, accuracy: null, validation: null }];
  const report = { ...REPORT, epochs, health: [], warnings: [], memory: null, bestScore: null };
  assert.deepEqual(titles(trainingPage('m.onnx', OPTIONS, report, null)), [
    'Result',
    'Loss',
    'Learning rate',
    'Epochs',
  ]);
});
