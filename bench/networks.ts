/**
 * Whole networks, from the file of an exporter to firmware: each is quantised, deployed to the first part that holds it, and
 * verified on the host and on emulated cores; the error of its integers stands beside that of ONNX Runtime's own quantiser.
 * `bench/networks/` makes the files: export.py and keras_export.py the models and data, ort.py the errors of ONNX Runtime.
 *
 * usage: node --import tsx bench/networks.ts FOLDER [--only MODEL,..] [--stage quantise|verify|table] [--on host,qemu]
 *
 * Each MODEL.onnx of the folder needs NAME.calibration.npz and NAME.evaluation.npz beside it. What was measured is kept as
 * MODEL.result.json; `--stage table` prints all of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset } from '../src/data/open.ts';
import { startsSequence } from '../src/data/types.ts';
import { createRunner } from '../src/engine/index.ts';
import { createExecutor } from '../src/execute/float.ts';
import { dataInputs, dataOutputs } from '../src/graph/state.ts';
import { lower } from '../src/lower/lower.ts';
import { loadModel } from '../src/onnx/load.ts';
import { computeTensor } from '../src/ops/arrays.ts';
import { packageRoot } from '../src/package-root.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import { planMemory } from '../src/program/plan.ts';
import { createSampleRunner } from '../src/program/sample.ts';
import { sqnrDb } from '../src/quantize/sqnr.ts';

/** Parts in the order in which they are tried: the first that holds a network is the one that it is deployed to. */
const PARTS = ['stm32l4r5', 'stm32h743', 'stm32n657'];

type Result = {
  /** SQNR in dB of each output over the evaluation data; null without an error. */
  readonly sqnr?: Readonly<Record<string, number | null>>;
  readonly deployed?: { readonly part: string; readonly macs: number; readonly verify: Verified };
  readonly failed?: string;
};

type Verified = {
  readonly bitExact: boolean;
  readonly runs: readonly {
    readonly core: string;
    readonly bitExact: boolean;
    readonly instructions: number | null;
    readonly ramBytes: number | null;
    readonly flashBytes: number | null;
  }[];
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    stage: { type: 'string', default: 'quantise' },
    on: { type: 'string', default: 'host,qemu' },
  },
});
const folder = positionals[0]!;
const models = readdirSync(folder)
  .filter((name) => name.endsWith('.onnx') && !name.endsWith('.int8.onnx'))
  .map((name) => name.slice(0, -'.onnx'.length))
  .filter((model) => existsSync(data(model, 'calibration')))
  .filter((model) => flags.only === undefined || flags.only.split(',').some((name) => model.startsWith(name)))
  .sort();
if (flags.stage === 'table') printTable();
else for (const model of models) await measure(model);

async function measure(model: string): Promise<void> {
  const before = stored<Result>(model, 'result') ?? {};
  let result: Result = {};
  try {
    result =
      flags.stage === 'verify' ? { ...before, deployed: deployed(model) } : { sqnr: await quantised(model) };
  } catch (error) {
    result = { ...before, failed: String(error instanceof Error ? error.message : error) };
  }
  writeFileSync(join(folder, `${model}.result.json`), `${JSON.stringify(result, null, 1)}\n`);
  console.log(model, JSON.stringify(result), JSON.stringify(stored(model, 'ort')));
}

async function quantised(model: string): Promise<NonNullable<Result['sqnr']>> {
  const [float, int8] = [join(folder, `${model}.onnx`), join(folder, `${model}.int8.onnx`)];
  tinyml(['quantize', float, '-o', int8, '--data', data(model, 'calibration')]);
  const graph = prepareGraph(await loadModel(float));
  const ports = dataInputs(graph).map(({ dtype, value }) => ({
    dtype,
    shape: graph.values.get(value)!.shape,
  }));
  const exact = createExecutor(graph);
  const program = lower(prepareGraph(await loadModel(int8)));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const runner = createRunner(program, plan);
  const run = createSampleRunner(program, plan, runner);
  const evaluation = await openDataset(data(model, 'evaluation'), {
    inputShapes: ports.map(({ shape }) => shape),
    inputNames: dataInputs(graph).map(({ name }) => name),
  });
  const sums = dataOutputs(graph).map(({ name }) => ({ name, signal: 0, noise: 0 }));
  for await (const sample of evaluation.samples()) {
    if (startsSequence(sample)) {
      exact.reset();
      runner.reset();
    }
    const want = exact.run(
      sample.inputs.map((values, i) => computeTensor(ports[i]!, (out) => out.set(values))),
    );
    const got = run(sample.inputs);
    sums.forEach((sum, i) => {
      const values = want[i]!.data as Float32Array;
      values.forEach((value, k) => {
        sum.signal += value ** 2;
        sum.noise += (value - got[i]![k]!) ** 2;
      });
    });
  }
  return Object.fromEntries(sums.map(({ name, signal, noise }) => [name, sqnrDb(signal, noise)]));
}

function deployed(model: string): NonNullable<Result['deployed']> {
  const [int8, bundle] = [join(folder, `${model}.int8.onnx`), join(folder, `${model}.bundle`)];
  let refused = '';
  for (const part of PARTS) {
    const { status, stdout, stderr } = run(['deploy', int8, '--target', part, '-o', bundle, '--json']);
    if (status === 0) {
      const { macs } = JSON.parse(stdout) as { macs: number };
      const { verify } = JSON.parse(tinyml(['verify', bundle, '--on', flags.on!, '--json'])) as {
        verify: Verified;
      };
      return { part, macs, verify };
    }
    refused = stderr;
  }
  throw new Error(refused);
}

function tinyml(args: readonly string[]): string {
  const { status, stdout, stderr } = run(args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function run(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('node', [join(packageRoot(), 'bin/tinyml.js'), ...args, '--jobs', '1'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}

function data(model: string, part: string): string {
  return join(folder, `${model.split('.')[0]}.${part}.npz`);
}

function stored<T>(model: string, kind: string): T | null {
  const path = join(folder, `${model}.${kind}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

function printTable(): void {
  console.log(
    '| network | exporter | M MAC | SQNR dB | ONNX Runtime | part | RAM KiB | flash KiB | core | M instructions | bit-exact |',
  );
  console.log('|---|---|--:|--:|--:|---|--:|--:|---|--:|---|');
  for (const model of models) {
    const { sqnr, deployed: on, failed } = stored<Result>(model, 'result') ?? {};
    const [name, exporter] = model.split('.');
    const last = on?.verify.runs.at(-1);
    const cells = [
      name,
      exporter,
      on === undefined ? '' : (on.macs / 1e6).toFixed(2),
      sqnr === undefined ? '' : lowest(sqnr),
      theirs(model),
      on?.part ?? /^error.*/m.exec(failed ?? '')?.[0].slice(0, 80) ?? '',
      last?.ramBytes == null ? '' : (last.ramBytes / 1024).toFixed(0),
      last?.flashBytes == null ? '' : (last.flashBytes / 1024).toFixed(0),
      last?.core ?? '',
      last?.instructions == null ? '' : (last.instructions / 1e6).toFixed(1),
      on === undefined
        ? ''
        : on.verify.runs.map(({ core, bitExact }) => (bitExact ? core : `not ${core}`)).join(', '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** The worst output. */
function lowest(sqnr: Readonly<Record<string, number | null>>): string {
  return Math.min(...Object.values(sqnr).map((value) => value ?? Number.POSITIVE_INFINITY)).toFixed(1);
}

/** The best calibrator of ONNX Runtime. */
function theirs(model: string): string {
  const measured = Object.entries(
    stored<Record<string, Record<string, number | null> | string>>(model, 'ort') ?? {},
  );
  const each = measured.flatMap(([name, sqnr]) =>
    typeof sqnr === 'string' ? [] : [{ name, db: Number(lowest(sqnr)) }],
  );
  const best = each.sort((a, b) => b.db - a.db)[0];
  return best === undefined ? '' : `${best.db.toFixed(1)} (${best.name})`;
}
