/**
 * Holds estimated times against MLPerf Tiny results (closed division, 1 / median throughput, from the archives of MLCommons).
 *
 *   npm run bench:instructions-published -- <folder with ad-int8.onnx, kws-int8.onnx, ic-int8.onnx, vww-int8.onnx>
 */
import { join } from 'node:path';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { Program } from '../../src/program/program.ts';
import { estimateOf } from '../../src/targets/cortex-m/estimate/index.ts';
import { loadCortexM } from '../../test/cortex-m.ts';
import { median } from './fit.ts';

const MODELS = ['vww', 'ic', 'kws', 'ad'] as const;

type Published = {
  readonly round: string;
  readonly software: string;
  readonly target: string;
  /** Milliseconds, in the order of MODELS. */
  readonly ms: readonly [number, number, number, number];
};

/** Results of runtimes that call CMSIS-NN, which our library `cmsis-nn` calls as well. */
const PUBLISHED: readonly Published[] = [
  { round: 'v1.1', software: 'microTVM + CMSIS-NN', target: 'stm32l4r5', ms: [300.8, 389.6, 99.8, 8.61] },
  { round: 'v1.1', software: 'ONNC + CMSIS-NN', target: 'stm32l4r5', ms: [172.2, 298.7, 82.0, 8.07] },
  { round: 'v1.1', software: 'microTVM + CMSIS-NN', target: 'nrf5340', ms: [233.3, 317.9, 76.5, 6.29] },
  { round: 'v1.2', software: 'TFLM + CMSIS-NN', target: 'ra8d1', ms: [13.4, 8.5, 3.5, 0.53] },
];

const [folder = '../shared/models/mlperf-tiny'] = process.argv.slice(2);
/** All channels computed: what these runtimes remove, nothing says. */
const programs = new Map<string, Program>();
for (const name of MODELS) {
  const model = await loadModel(join(folder, `${name}-int8.onnx`));
  programs.set(name, lower(prepareGraph(model, { deadChannels: false })));
}

const errors: number[] = [];
for (const { round, software, target, ms } of PUBLISHED) {
  const cells = MODELS.map((name, i) => {
    const { low, likely, high } = estimateOf(programs.get(name)!, loadCortexM(target), 'cmsis-nn')!.ms;
    const measured = ms[i]!;
    errors.push(Math.abs(likely / measured - 1));
    const inside = measured >= low && measured <= high ? '' : ' (outside)';
    return `${measured} in ${digits(low)} .. ${digits(high)}${inside}, ${signed(likely / measured - 1)}`;
  });
  process.stdout.write(`| ${round} | ${software} | ${target} | ${cells.join(' | ')} |\n`);
}
process.stdout.write(
  `most likely: median ${digits(100 * median(errors))} %, worst ${digits(100 * Math.max(...errors))} % off\n`,
);

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function signed(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.round(Math.abs(share) * 100)} %`;
}
