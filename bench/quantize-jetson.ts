/**
 * Accuracy of post-training quantisation for TensorRT on the MLPerf Tiny image classifier (ResNet-8): observers and
 * choices of precisions on seeded draws of 500 of the 3805 training images, judged on the 761 test images by ONNX Runtime
 * on the exported file. The float model has 673 right.
 *
 * usage: node --import tsx bench/quantize-jetson.ts [--draws 5] [--observers all|default]
 */
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { chooseIndices } from '../src/data/subset.ts';
import { argMax } from '../src/execute/evaluate.ts';
import { createExecutor } from '../src/execute/float.ts';
import type { Graph } from '../src/graph/types.ts';
import { exportModel } from '../src/onnx/export.ts';
import { loadProfile } from '../src/profiles/load.ts';
import type { JetsonProfile } from '../src/profiles/types.ts';
import { inputTensors } from '../src/quantize/calibrate.ts';
import type { ObserverKind } from '../src/quantize/observers/index.ts';
import {
  type PrecisionChoice,
  quantizeForTensorRt,
  runnableForm,
  TENSORRT_QUANTIZE_DEFAULTS,
} from '../src/targets/tensorrt/quantise/index.ts';
import { resolvePlatform } from '../src/targets/tensorrt/release/platform.ts';
import { loadImageClassifier, OBSERVERS } from './quantize/image-classifier.ts';

const { values: flags } = parseArgs({
  options: { draws: { type: 'string', default: '5' }, observers: { type: 'string', default: 'all' } },
});
const observers = flags.observers === 'all' ? OBSERVERS : [TENSORRT_QUANTIZE_DEFAULTS.observer];
const seeds = Array.from({ length: Number(flags.draws) }, (_, i) => i + 1);
const platform = resolvePlatform(loadProfile('jetson-orin-nano') as JetsonProfile, { jetpack: '6.2' });
const { float, inputShapes, training, tests } = await loadImageClassifier();

const exact = outputsOf(float);

/** The layers that structure leaves out, one kind at a time, brought into int8. */
const CHOICES: ReadonlyMap<string, PrecisionChoice> = new Map<string, PrecisionChoice>([
  ['auto', 'auto'],
  ['first layer in int8, too', new Map([['Conv_0', 'int8']])],
  ['last layer in int8, too', new Map([['Gemm_21', 'int8']])],
  ['int8', 'int8'],
]);

console.log(
  `| observer | precisions | right: seeds ${seeds.join(', ')} | median | dB of the output | agree with tinyml |`,
);
console.log('|---|---|---|---|---|---|');
for (const observer of observers) {
  const isDefault = JSON.stringify(observer) === JSON.stringify(TENSORRT_QUANTIZE_DEFAULTS.observer);
  for (const [name, precisions] of CHOICES) {
    if (!isDefault && name !== 'auto') continue;
    const rows = [];
    for (const seed of seeds) rows.push(await measure(observer, precisions, seed, isDefault));
    const right = rows.map((row) => row.right);
    const cells = [
      observer.kind === 'percentile' ? `percentile ${observer.percentile}` : observer.kind,
      name,
      right.join(', '),
      median(right),
      median(rows.map(({ sqnr }) => sqnr)).toFixed(1),
      isDefault ? rows.map(({ agree }) => agree).join(', ') : '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function outputsOf(graph: Graph): readonly Float32Array[] {
  const executor = createExecutor(graph);
  return tests.map((sample) => executor.run(inputTensors(graph, sample))[0]!.data as Float32Array);
}

/** Right answers in ONNX Runtime, those that are tinyml's, too, and signal to error of the probabilities. */
async function measure(observer: ObserverKind, precisions: PrecisionChoice, seed: number, compare: boolean) {
  const indices = chooseIndices(training.length, 500, seed);
  const calibration = () => training.samples(indices);
  const { model } = await quantizeForTensorRt(float, platform, calibration, { observer, precisions });
  const session = await ort.InferenceSession.create(exportModel(model.quantized!), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const here = compare ? outputsOf(runnableForm(model.quantized!)) : [];
  let [right, agree, signal, noise] = [0, 0, 0, 0];
  for (const [i, { inputs, label }] of tests.entries()) {
    const tensor = new ort.Tensor('float32', inputs[0]!, [...inputShapes[0]!]);
    const { [session.outputNames[0]!]: output } = await session.run({ [session.inputNames[0]!]: tensor });
    const there = output!.data as Float32Array;
    if (argMax(there) === label) right++;
    if (compare && argMax(there) === argMax(here[i]!)) agree++;
    exact[i]!.forEach((value, k) => {
      signal += value ** 2;
      noise += (value - there[k]!) ** 2;
    });
  }
  await session.release();
  return { right, agree, sqnr: 10 * Math.log10(signal / noise) };
}
