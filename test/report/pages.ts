/** Every page that commands write, from values that are hard to lay out: long names, many rows, large and small numbers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { warning } from '../../src/diagnostics/warnings.ts';
import { reductionsOf } from '../../src/engine/reductions.ts';
import { PETREL } from '../../src/fleet/strategies/petrel.ts';
import type { StrategySettings } from '../../src/fleet/strategies/table.ts';
import { graphBuilder } from '../../src/graph/build.ts';
import { lower } from '../../src/lower/lower.ts';
import { importModel } from '../../src/onnx/import.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { summariseProgram } from '../../src/program/summary.ts';
import { createHistogram, observe } from '../../src/quantize/observers/histogram.ts';
import { ablationPage } from '../../src/report/ablation-page.ts';
import { analysisPage } from '../../src/report/analysis-page.ts';
import { diagnosisPage } from '../../src/report/diagnosis-page.ts';
import { evaluationPage } from '../../src/report/evaluation-page.ts';
import { fleetPage } from '../../src/report/fleet-page.ts';
import { strategyRow } from '../../src/report/fleet-rows.ts';
import { formFacts } from '../../src/report/forms.ts';
import { gatePage } from '../../src/report/gate-page.ts';
import { layerCosts } from '../../src/report/layer-rows.ts';
import { planPage } from '../../src/report/plan-page.ts';
import { predictionPage } from '../../src/report/prediction-page.ts';
import { pruningPage } from '../../src/report/pruning-page.ts';
import { quantizePage } from '../../src/report/quantize-page.ts';
import { searchPage } from '../../src/report/search-page.ts';
import { sparsityPage } from '../../src/report/sparsity-page.ts';
import { timePage } from '../../src/report/time-page.ts';
import { trainingPage } from '../../src/report/training-page.ts';
import { videoPage } from '../../src/report/video-page.ts';
import { survey } from '../../src/targets/index.ts';
import type { Planned } from '../../src/targets/target.ts';
import { analyse } from '../../src/train/ablation/effects.ts';
import { armKey } from '../../src/train/ablation/factors.ts';
import { parseGrid, planArms } from '../../src/train/ablation/grid.ts';
import { sentences } from '../../src/train/ablation/sentences.ts';
import { ADAM, OCTO_DEFAULTS } from '../../src/train/options.ts';
import type { TrainingReport } from '../../src/train/run/loop.ts';

/** As exporters name them; every fourth is short. */
const layerName = (i: number): string =>
  i % 4 === 3
    ? `conv${i}`
    : `/backbone/features.${i}/block/depthwise_convolution/Conv_output_0_quantized_${i}`;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
/** Without a space, so that nothing breaks it. */
const MODEL = `/home/somebody/models/${'mobilenet_v2_with_a_long_name'.repeat(4)}.onnx`;
const WARNINGS = [
  warning('W_SQNR', `the codes of 3 layer(s) are far from the float values: ${'see below '.repeat(20)}`, {
    at: numbers(3).map((i) => `node "${layerName(i)}" (Conv): 4.1 dB`),
    hint: 'check that the calibration data are preprocessed as in training; then try --observer entropy',
  }),
];

const REMOVED = {
  removed: [{ node: layerName(0), channels: 1234 }],
  macsBefore: 123_456_789,
  macsAfter: 98_765_432,
};

const LIMITS = [
  { text: 'Limit NOT met: RAM is 15.31 KiB, and must be at most 8 KiB.', passed: false },
  {
    text: 'Limit met: the longest time of an inference is 9.37 ms, and must be at most 10 ms.',
    passed: true,
  },
];

/** A page by the file that makes it and what is particular about it. */
export async function allPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['quantize-page', quantized()],
    [
      'quantize-page, not measured',
      quantizePage('m.onnx', { report: REPORT, precisions: [] }, [], null, null, [], [], []),
    ],
    ['diagnosis-page', diagnosed()],
    ['plan-page', planned(true)],
    ['plan-page, does not fit', planned(false)],
    ['analysis-page', await analysed()],
    ['evaluation-page', evaluated()],
    ['prediction-page', predicted()],
    ['training-page', trained()],
    ['search-page', searched()],
    ['sparsity-page', sparse()],
    ['ablation-page', ablated()],
    ['pruning-page', pruned()],
    ['gate-page', gated()],
    ['video-page', onVideo()],
    ['time-page', timed()],
    ['fleet-page', fleet()],
  ]);
}

function fleet(): string {
  const strategies: readonly StrategySettings[] = [
    { kind: 'bsp', steps: 8 },
    { kind: 'ssp', steps: 8, rate: 0.125, bound: 12 },
    { ...PETREL, kind: 'petrel', steps: 8 },
  ];
  const rows = strategies.map((settings, k) => {
    const points = numbers(40).map((i) => ({
      ...{ seconds: 1234.5 * i * (k + 1), version: 1000 * i, updates: 8000 * i },
      ...{ accuracy: (0.5 * i) / 40 + k / 10, bytesUp: 1e8 * i, bytesDown: 4e8 * i },
    }));
    const reached = k === 0 ? null : points[30]!;
    return strategyRow(settings, {
      points,
      reached,
      waiting: 0.4567,
      staleness: { mean: 12.345, most: 1234 },
    });
  });
  return fleetPage(MODEL.replace('.onnx', '.json'), rows, 0.5);
}

function sparse(): string {
  const point = (i: number, scheme: string) => ({
    scheme,
    bytes: 20_000 * 2 ** i,
    measured: i === 2 ? null : { loss: 1.234 / (i + 1), accuracy: 0.5 + i / 20 },
  });
  return sparsityPage(MODEL, {
    ...{ chosen: 'biases of all layers', budget: 1_234_567, target: 'stm32h743', method: 'contribution' },
    ...{ samples: { trained: 54_000, measured: 6000 }, epochs: 2, seeds: 3, probes: 123 },
    before: { loss: 2.345, accuracy: 0.1 },
    layers: numbers(30).map((i) => ({
      name: layerName(i),
      biases: i / 40,
      weights: [i / 100, null, -i / 50, i / 10],
    })),
    shares: [1 / 8, 1 / 4, 1 / 2, 1],
    curve: numbers(5).map((i) => ({
      ...point(
        i,
        numbers(i + 1)
          .map((k) => `1/8 of ${layerName(k)}`)
          .join(', '),
      ),
      predicted: i / 5,
      isBest: i === 4,
    })),
    rivals: numbers(4).map((i) => point(i, `last ${i + 1} layers`)),
  });
}

function diagnosed(): string {
  const histogram = createHistogram();
  observe(
    histogram,
    Float32Array.from(numbers(500), (i) => Math.tan(i / 160)),
    'x',
    reductionsOf(),
  );
  const layers = numbers(30).map((i) => ({
    ...{ name: layerName(i), op: 'Conv', value: layerName(i), own: 10 ** -(i / 10), ownWeights: 1e-9 },
    ...{
      accumulated: i === 7 ? 0 : 10 ** -(i / 12),
      cost: 10 ** -(i / 8),
      share: 0.75 / 4 ** i,
      saturation: 0.0312,
    },
    ...{
      codesUsed: 0.99,
      weightRangeRatio: 3.5,
      seen: { min: -123.456, max: 9876.54 },
      covered: { min: -1, max: 40 },
    },
    ...{ channels: numbers(64).map((channel) => 1 + channel ** 2), histogram },
    causes: [
      { kind: 'clipping', saturation: 0.0312, reached: 9876.54, covered: 40 },
      { kind: 'outlier-channels', channels: numbers(9), times: 123.4 },
    ] as const,
  }));
  const recipe = { input: null, calibrationScale: 1, origin: { kind: 'float', options: {} } } as const;
  const remedies = numbers(20).map((i) => ({
    ...{ id: `observer-of=${layerName(i)}=entropy`, text: `choose the range of ${layerName(i)} by entropy` },
    change: () => recipe,
  }));
  const tried = remedies.map((remedy, i) => ({
    remedy,
    recipe,
    noise: 10 ** -(3 - i / 10),
    accuracy: i < 5 ? 0.87 : null,
  }));
  const graph = graphBuilder('none').build();
  return diagnosisPage(
    MODEL,
    {
      ...{ floatAccuracy: 0.9, guessing: null, before: { noise: 0.1, accuracy: 0.5 }, layers },
      problems: [
        {
          ...{ kind: 'disagree', input: 'image', factor: 255 },
          ...{ calibration: { min: 0, max: 1 }, evaluation: { min: 0, max: 255 } },
        },
      ],
      found: {
        tried,
        best: { noise: 0.001, accuracy: 0.87, remedies, recipe, made: { reference: graph, graph } },
      },
    },
    `tinyml quantize ${MODEL} -o m.int8.onnx --observer-of ${layerName(0)}=entropy`,
  );
}

const evaluation = (correct: number) => ({
  kind: 'classification' as const,
  samples: 1000,
  correct,
  accuracy: correct / 1000,
  confusion: numbers(12).map((label) =>
    numbers(12).map((prediction) => (label === prediction ? correct : (label * 7 + prediction) % 5)),
  ),
});

/** Of the first eleven of twelve classes. */
const CLASSES = numbers(11).map((i) =>
  i % 3 === 0 ? 'cat' : `a_class_with_a_long_name_${'and_more'.repeat(i)}`,
);

function evaluated(): string {
  const measured = {
    model: MODEL,
    data: 'photos of a garden/',
    arithmetic: 'int8, as the device computes it',
  };
  return evaluationPage(measured, evaluation(987), CLASSES);
}

function predicted(): string {
  const about = { model: MODEL, data: 'photos of a garden/', arithmetic: 'float32', samples: 12 };
  const predictions = numbers(12).map((i) => ({
    place: `photos of a garden/${'a/long/path/'.repeat(i)}photo-${i}.png`,
    kind: 'classes' as const,
    best: [i % 11, (i + 1) % 11, (i + 2) % 11].map((index, rank) => ({
      index,
      name: CLASSES[index] ?? null,
      score: 0.9 / 4 ** rank,
    })),
  }));
  const recordings = numbers(3).map((i) => ({
    place: `recordings/${'a/long/path/'.repeat(4 * i)}${i}.wav`,
    samples: 11 * (12 - i),
    classes: CLASSES.map((name, index) => ({ index, name, samples: 12 - i })),
  }));
  return predictionPage(about, predictions, { kind: 'classes', score: 'probability' }, recordings);
}

const REPORT = {
  samples: 12_345,
  observer: { kind: 'percentile' as const, percentile: 99.99 },
  scheme: 'tflite-int8',
  equalisedPairs: 0,
  fourBits: [],
  tensors: numbers(30).map((i) => ({
    name: layerName(i),
    seen: { min: -(10 ** (i % 12)), max: 1e-30 * i },
    covered: { min: -(10 ** (i % 12)), max: 1e9 },
    scale: 1.23456789e-7,
    zeroPoint: -128,
    fixed: false,
    sharesScale: false,
    outliers: null,
  })),
} as unknown as Parameters<typeof quantizePage>[1]['report'];

function quantized(): string {
  const layers = numbers(60).map((i) => ({
    name: layerName(i),
    op: 'ConvTranspose',
    value: layerName(i),
    sqnrDb: i === 0 ? null : 50 - i,
    saturation: i / 60,
    weightRangeRatio: 10 ** (i % 6),
  }));
  const precisions = numbers(5).map((i) => ({
    node: layerName(i),
    op: 'Conv',
    precision: 'fp16',
    reason:
      i % 2 === 0 ? null : 'its SQNR in int8 is below what layers around it have, and FP16 costs little here',
  }));
  const measured = { float: { evaluation: evaluation(987) }, int8: { evaluation: evaluation(980) } };
  return quantizePage(
    MODEL,
    { report: REPORT, precisions },
    layers,
    measured,
    REMOVED,
    WARNINGS,
    CLASSES,
    LIMITS,
  );
}

/** The plan of the bundled classifier, with long names and, unless it fits, a small device. */
function planned(fits: boolean): string {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');
  const lowered = lower(prepareGraph(importModel(readFileSync(path), { path })));
  const program: Program = {
    ...lowered,
    name: MODEL,
    tensors: lowered.tensors.map((tensor, i) => ({ ...tensor, name: layerName(i) })),
    steps: lowered.steps.map((step, i) => ({ ...step, name: layerName(i) })),
  };
  const machine = {
    id: 'board',
    name: 'A microcontroller with a name (high-performance core)',
    core: 'cortex-m55',
    arena: 'axisram',
    fpu: true,
    ramBytes: fits ? 3_145_728 : 1024,
    leastStackBytes: 512,
    flashBytes: fits ? 268_435_456 : 8192,
  };
  const sizes = fits ? { flashBytes: 234_567_890, ramBytes: 2_987_654 } : null;
  const inputScratch = 40_000;
  const plan = planMemory(program, {
    library: 'builtin',
    core: { dsp: false, mve: false },
    inputScratch,
  });
  const dataIn = {
    from: 'pcm16',
    scratchBytes: inputScratch,
    tableBytes: 123_456,
    sampleBytes: 1_234_567,
    wholeSamples: true,
  };
  const measure = async () => sizes;
  const planned: Planned = {
    program,
    plan,
    library: 'builtin',
    machine,
    dataIn,
    described: true,
    whole: () => [],
    least: null,
    missingRamBytes: 0,
    estimate: null,
    measure,
  };
  return planPage(
    {
      planned,
      summary: summariseProgram(program, plan),
      sizes,
      codeBytes: null,
      misfit: fits ? null : new TinymlError('E_MEMORY', 'it does not fit', {}),
      certain: true,
    },
    formFacts(['whole'], () => planned),
    fits ? null : REMOVED,
    LIMITS,
  );
}

/** A model on many parts, of which none takes it. */
async function analysed(): Promise<string> {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');
  const graph = prepareGraph(importModel(readFileSync(path), { path }));
  const assessments = await survey({ graph, float: false }, { library: 'builtin', seed: 1 });
  const needs = assessments.map(({ planned, misfit }) => ({
    planned,
    summary: summariseProgram(planned.program, planned.plan),
    sizes: null,
    codeBytes: null,
    misfit: misfit(2 ** 40),
    certain: true,
  }));
  const [{ planned, summary }] = needs as [(typeof needs)[number]];
  const steps = summary.steps.map((step, i) => ({ ...step, name: layerName(i) }));
  const layers = layerCosts(steps, planned.plan.peakStep, planned.estimate);
  return analysisPage(MODEL, `${MODEL}, many parts`, [['model', MODEL]], needs, layers, LIMITS);
}

const CURVE = numbers(200).map((step) => ({
  step: 1000 * step,
  loss: 2 / (step + 1),
  accuracy: step / 200,
  learningRate: 1e-5,
}));

const TRAINING: TrainingReport = {
  epochs: numbers(12).map((epoch) => ({
    epoch,
    loss: 1.5,
    accuracy: 0.5,
    validation: { kind: 'accuracy', value: 0.6, samples: 30 },
    learningRate: 1.234e-9,
    samplesPerSecond: 1_234_567,
  })),
  curve: CURVE,
  health: numbers(3).flatMap((step) =>
    numbers(12).map((i) => ({
      layer: layerName(i),
      step: 5000 * step,
      saturation: 0.02,
      zeros: 0.75,
      cosine: 0.9 + i / 200,
      lac: 0.0125 * i,
    })),
  ),
  warnings: ['the loss rose for three epochs: a smaller --lr may help'],
  memory: {
    arenaBytes: 123_456_789,
    stateBytes: 1000,
    forwardPeakBytes: 2000,
    backwardPeakBytes: 3000,
    savedActivationBytes: 4000,
    savedActivationFloatBytes: 16_000,
    gradientBytes: 5000,
    sumBytes: 0,
    replayBytes: 0,
    trainableBytes: 6000,
  },
  steps: 200_000,
  before: { kind: 'accuracy', value: 0.4, samples: 30 },
  bestEpoch: 1,
  bestScore: { kind: 'accuracy', value: 0.6, samples: 30 },
  earlyStop: false,
};

function trained(): string {
  const options: Parameters<typeof trainingPage>[1] = {
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
  const measured = {
    before: { evaluation: evaluation(100) },
    trained: { evaluation: evaluation(900) },
    float: null,
  };
  return trainingPage(MODEL, options, TRAINING, measured);
}

function ablated(): string {
  const grid = 'prc=off,mse bits-g=8,4,3 round=nearest,stochastic';
  const plan = planArms(parseGrid(grid), 'auto', false);
  const rows = plan.arms.flatMap((arm, a) =>
    numbers(3).map((seed) => ({
      arm: armKey(arm),
      seed,
      exported: 0.5 + 0.01 * a + 0.003 * ((seed * 7 + a) % 5),
      asTrained: 0.6 + 0.005 * a,
      loss: 1,
      cosine: 0.9,
      failure: null,
      seconds: 1,
    })),
  );
  const analysis = analyse(plan, rows, { margin: 0.5, samples: 1000 });
  return ablationPage(MODEL, '32 arms, 3 seeds', plan, analysis, sentences(plan, analysis));
}

const CURVES = ['this model', 'diff', 'random'].map((gate, i) => ({
  gate,
  points: numbers(10).map((k) => ({
    setting: 10 ** k / 7,
    skip: k / 10 + i / 50,
    cosine: 1 - k / 100,
    relativeL2: k / (20 + i),
  })),
}));

function gated(): string {
  const gates = numbers(3).map((i) => ({
    name: `gate${i}`,
    value: layerName(i),
    patch: 16,
    grid: { rows: 4, columns: 6 },
    layers: numbers(9).map(layerName),
    ends: [],
    kept: [],
    macs: { dense: 123_456_789, guarded: 98_765_432, gate: 54_321, block: 40_000_000 },
    cacheBytes: 1024 ** 2,
  }));
  const facts = [
    ['output', `${MODEL} (10.2 MiB)`],
    [
      'gate0',
      'a patch is active where any code of it changed; 78.13 % of the patches of the clips are skipped',
    ],
  ] as const;
  const training = gates.map(({ name }) => ({ name, report: TRAINING }));
  return gatePage(MODEL, 'micro', { gates, facts, training, curves: CURVES, warnings: WARNINGS });
}

function onVideo(): string {
  const spread = { mean: 0.756, p5: 0.5, p95: 0.99 };
  const perFrame = numbers(300).map((frame) => ({
    clip: 0,
    frame,
    skip: [0.75, 0.1],
    macs: 40 + (frame % 7),
    denseMs: 1,
    gatedMs: 0.5,
    cosine: 0.99,
    relativeL2: frame % 50 === 0 ? 0 : 1e-4,
    sameArgMax: true,
  }));
  const stages = numbers(2).map((i) => ({
    gate: `gate_of_${layerName(i)}`,
    patch: 8,
    rows: 2,
    columns: 3,
    skip: spread,
    layers: numbers(12).map((k) => ({ name: layerName(k), op: 'Conv', macs: 123_456_789, closed: spread })),
  }));
  const picture = {
    width: 160,
    height: 120,
    channels: 3 as const,
    pixels: new Uint8Array(3 * 160 * 120).fill(90),
  };
  const stills = numbers(4).map((i) => ({ caption: `frame ${i}: 83.33 % skipped`, picture }));
  return videoPage(
    MODEL,
    'a_folder_of_clips_with_a_long_name/',
    {
      arithmetic: 'int8',
      clips: 3,
      frames: 300,
      stages,
      macs: { dense: 100, gates: 5, done: 40, saved: 0.6 },
      drift: {
        cosine: { mean: 0.99, least: 0.98 },
        relativeL2: { mean: 0.1, most: 0.2 },
        sameArgMax: 1,
        growth: { first: 0.1, last: 0.1 },
      },
      time: { dense: 1, gated: 0.5 },
      memory: { dense: { arenaBytes: 1e6, stateBytes: 0 }, gated: { arenaBytes: 3e6, stateBytes: 2e6 } },
      perFrame,
    },
    stills,
    CURVES,
    WARNINGS,
  );
}

function timed(): string {
  const share = (label: string) => ({ label, layers: 1234, ms: 12.345, share: 0.5 });
  return timePage(
    {
      target: 'jetson-orin-nano',
      runs: 1000,
      totalMs: 12.345,
      inferences: { count: 1000, latencyMs: 4.5, p99Ms: 6.7, computeMs: 4, enqueueMs: 0.1 },
      kinds: ['convolution', 'reformat'].map(share),
      precisions: ['int8', 'not known'].map(share),
      reformat: share('reformat'),
      outOfInt8: null,
      layers: numbers(50).map((i) => ({
        name: `${layerName(i)} + ${layerName(i + 1)}`,
        kind: 'convolution',
        precision: 'int8',
        ms: 1 / (i + 1),
        share: 0.01,
        nodes: [],
        macs: 123_456_789,
        leastMs: 0.0012,
      })),
      findings: [
        {
          message: '12 % of the time goes into reformats',
          at: numbers(3).map(layerName),
          remedy: 'Keep layers in int8.',
        },
      ],
    },
    'Jetson Orin Nano 8 GB, JetPack 6.2 (TensorRT 10.3), 15W',
  );
}

function pruned(): string {
  const shares = [1, 0.9, 0.8, 0.7];
  const figures = (share: number) => ({
    macs: Math.round(387_296 * share),
    instructions: Math.round(123_456_789 * share),
    ramBytes: Math.round(1_234_567 * share),
    flashBytes: Math.round(345_678 * share),
    accuracy: share,
    trained: share < 1 ? (1 + share) / 2 : null,
  });
  return pruningPage(MODEL, 'For stm32l4r5, written to smaller.onnx.', {
    layers: numbers(12).map((i) => ({ tokens: 197 - i, heads: 3, neurons: 768 })),
    groups: numbers(40).map((i) => ({
      layers: numbers(1 + (i % 4)).map((k) => layerName(i + k)),
      channels: 48,
      of: 64,
    })),
    before: figures(1),
    points: shares.map((share) => ({
      ...figures(share),
      schedule: { tokens: [1, share], heads: [4, 2, 1], neurons: [share], channels: [] },
      isChosen: share === 0.7,
    })),
  });
}

function searched(): string {
  const subspaces = numbers(6).map((i) => ({
    size: [28 + i, 1000 + i] as const,
    width: 0.35 * (i + 1),
    drawn: 1234,
    fitting: 200 * i,
    meanMacs: 12_345_678 * i,
  }));
  const finalists = numbers(4).map((i) => ({
    candidate: { size: [28, 28] as const, width: 1, stages: [], head: 'average' as const },
    key: `28x28 w1 ${'i24k5e4s2x2 '.repeat(4 * i)}flat`,
    cost: {
      ramBytes: 65_432,
      tableBytes: 131_072,
      macs: 123_456_789,
      instructions: i === 0 ? null : 98_765_432,
      latencyMs: i === 0 ? null : 1234.5,
      deviceRamBytes: 131_072,
      missingRamBytes: 0,
      deviceFlashBytes: 524_288,
    },
    fits: true,
    score: -1e9 * i,
    scoreRank: 1 + i,
    macsRank: 999 - i,
    by: i % 2 === 0 ? ('score' as const) : ('MACs' as const),
    trial: i === 1 ? null : { accuracy: 0.8765 },
  }));
  const facts = [
    ['space', MODEL],
    ['winner', finalists[3]!.key],
  ] as const;
  return searchPage(MODEL, facts, subspaces, subspaces[2]!, finalists, 'grad-norm');
}
