/**
 * Whole networks, from the file of an exporter to firmware: each is quantised, deployed to the first part that holds it, and
 * verified on the host and on emulated cores; the error of its integers stands beside that of ONNX Runtime's own quantiser.
 * `bench/networks/` makes the files: export.py and keras_export.py models and data, collect.py the data of models that are
 * there already, ort.py the errors of ONNX Runtime.
 *
 * usage: node --import tsx bench/networks.ts FOLDER [--only MODEL,..] [--stage quantise|verify|table] [--cores m55,m7,m4]
 *          [--minutes LIMIT] [--again]
 *
 * Each MODEL.onnx of the folder needs NAME.calibration.npz and NAME.evaluation.npz beside it (of MODEL itself, or of what comes
 * before its first dot), and may have MODEL.case.json, which says its shapes and state. A model above ONE_CORE_MACS is verified
 * on the first core that holds it, others on all. No command may take longer than the limit. What was measured is kept as
 * MODEL.result.json, and not measured again without --again; `--stage table` prints all of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, openSequences } from '../src/data/open.ts';
import { type Dataset, startsSequence } from '../src/data/types.ts';
import { createRunner } from '../src/engine/index.ts';
import { createExecutor } from '../src/execute/float.ts';
import { dataInputs, dataOutputs, withState } from '../src/graph/state.ts';
import type { Graph } from '../src/graph/types.ts';
import { lower } from '../src/lower/lower.ts';
import { loadModel } from '../src/onnx/load.ts';
import { computeTensor } from '../src/ops/arrays.ts';
import { packageRoot } from '../src/package-root.ts';
import { withGivenInputs } from '../src/passes/given-inputs.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import { planMemory } from '../src/program/plan.ts';
import { createSampleRunner } from '../src/program/sample.ts';
import { sqnrDb } from '../src/quantize/sqnr.ts';

/** Parts in the order in which they are tried: the first that holds a network is the one that it is deployed to; the last is none, for what no part holds. */
const PARTS = ['stm32l4r5', 'stm32h743', 'stm32n657', join(packageRoot(), 'bench/networks/large.json')];

const ONE_CORE_MACS = 50e6;

type Result = {
  /** SQNR in dB of each output over the evaluation data; null without an error. */
  readonly sqnr?: Readonly<Record<string, number | null>>;
  readonly deployed?: Deployed;
  readonly failed?: string;
};

type Deployed = {
  readonly part: string;
  readonly macs: number;
  readonly arenaBytes: number;
  readonly weightsBytes: number;
  readonly host: Place;
  /** By core of emulated boards. */
  readonly cores: Readonly<Record<string, Place>>;
};

/** What came of verifying at one place: the run, or why there was none. */
type Place = Run | { readonly refused: string };

type Run = {
  readonly core: string;
  readonly bitExact: boolean;
  readonly instructions: number | null;
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
};

/** What `collect.py` says of a model. */
type Case = {
  readonly folder?: string;
  readonly shape: Readonly<Record<string, readonly number[]>>;
  readonly bind: Readonly<Record<string, number>>;
  readonly state: Readonly<Record<string, string>>;
  /** More options of `quantize`. */
  readonly options: readonly string[];
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    stage: { type: 'string', default: 'quantise' },
    cores: { type: 'string', default: 'm55,m7,m4' },
    minutes: { type: 'string', default: '30' },
    again: { type: 'boolean', default: false },
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
  const { sqnr, deployed: on } = before;
  if (!flags.again && (flags.stage === 'verify' ? on : sqnr) !== undefined) return;
  const begin = performance.now();
  let result: Result = {};
  try {
    result =
      flags.stage === 'verify'
        ? { ...(sqnr === undefined ? {} : { sqnr }), deployed: deployed(model) }
        : { sqnr: await quantised(model) };
  } catch (error) {
    result = { ...before, failed: String(error instanceof Error ? error.message : error) };
  }
  writeFileSync(join(folder, `${model}.result.json`), `${JSON.stringify(result, null, 1)}\n`);
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(model, `${seconds} s`, JSON.stringify(result), JSON.stringify(stored(model, 'ort')));
}

function caseOf(model: string): Case {
  return stored<Case>(model, 'case') ?? { shape: {}, bind: {}, state: {}, options: [] };
}

function caseOptions({ shape, bind, state }: Case): readonly string[] {
  return [
    ...Object.entries(shape).flatMap(([input, sizes]) => ['--shape', `${input}=${sizes.join(',')}`]),
    ...Object.entries(bind).flatMap(([input, value]) => ['--bind', `${input}=${value}`]),
    ...Object.entries(state).flatMap(([input, output]) => ['--state', `${input}=${output}`]),
  ];
}

async function floatGraph(path: string, { shape, bind, state }: Case): Promise<Graph> {
  const given = {
    shapes: new Map(Object.entries(shape)),
    bound: new Map(Object.entries(bind).map(([input, value]) => [input, [value]])),
  };
  const ties = Object.entries(state).map(([input, output]) => ({ input, output }));
  const graph = prepareGraph(withGivenInputs(await loadModel(path), given));
  return ties.length === 0 ? graph : withState(graph, ties, 'E_USAGE');
}

async function quantised(model: string): Promise<NonNullable<Result['sqnr']>> {
  const [float, int8] = [join(folder, `${model}.onnx`), join(folder, `${model}.int8.onnx`)];
  const given = caseOf(model);
  tinyml([
    'quantize',
    float,
    '-o',
    int8,
    '--data',
    data(model, 'calibration'),
    ...caseOptions(given),
    ...(given.options.includes('--observer') ? [] : ['--observer', 'auto']),
    ...given.options,
  ]);
  const graph = await floatGraph(float, given);
  const ports = dataInputs(graph).map(({ dtype, value }) => ({
    dtype,
    shape: graph.values.get(value)!.shape,
  }));
  const exact = createExecutor(graph);
  const program = lower(prepareGraph(await loadModel(int8)));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const runner = createRunner(program, plan);
  const run = createSampleRunner(program, plan, runner);
  const evaluation = await openEvaluation(model, graph, ports);
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

/** Of a model with state one sequence of all samples, as it was calibrated with. */
function openEvaluation(
  model: string,
  graph: Graph,
  ports: readonly { readonly shape: readonly number[] }[],
): Promise<Dataset> {
  const options = {
    inputShapes: ports.map(({ shape }) => shape),
    inputNames: dataInputs(graph).map(({ name }) => name),
  };
  const path = data(model, 'evaluation');
  return graph.state.length === 0
    ? openDataset(path, options)
    : openSequences(path, { ...options, frames: null });
}

function deployed(model: string): Deployed {
  const [int8, bundle] = [join(folder, `${model}.int8.onnx`), join(folder, `${model}.bundle`)];
  let refused = '';
  for (const part of PARTS) {
    const { status, stdout, stderr } = run(['deploy', int8, '--target', part, '-o', bundle, '--json']);
    if (status === 0) {
      const { macs, memory, flash } = JSON.parse(stdout) as {
        macs: number;
        memory: { arenaBytes: number };
        flash: { weightsBytes: number };
      };
      const host = verified(bundle, 'host');
      const cores: Record<string, Place> = {};
      for (const core of flags.cores!.split(',').filter((name) => name !== '')) {
        cores[core] = verified(bundle, core);
        if (macs > ONE_CORE_MACS && 'bitExact' in cores[core]) break;
      }
      const { arenaBytes } = memory;
      return { part: basename(part), macs, arenaBytes, weightsBytes: flash.weightsBytes, host, cores };
    }
    refused = stderr;
  }
  throw new Error(refused);
}

function verified(bundle: string, place: string): Place {
  const { stdout, stderr } = run(['verify', bundle, '--on', place, '--json']);
  try {
    const { verify } = JSON.parse(stdout) as { verify: { runs: readonly Run[] } };
    const [done] = verify.runs;
    return done ?? { refused: stderr };
  } catch {
    return { refused: stderr };
  }
}

function tinyml(args: readonly string[]): string {
  const { status, stdout, stderr } = run(args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function run(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(
    'node',
    [join(packageRoot(), 'bin/tinyml.js'), ...args, '--jobs', '1'],
    { encoding: 'utf8', maxBuffer: 2 ** 28, timeout: Number(flags.minutes) * 60_000 },
  );
  return { status, stdout, stderr: error === undefined ? stderr : `${stderr}${error.message}` };
}

function data(model: string, part: string): string {
  const own = join(folder, `${model}.${part}.npz`);
  return existsSync(own) ? own : join(folder, `${model.split('.')[0]}.${part}.npz`);
}

function stored<T>(model: string, kind: string): T | null {
  const path = join(folder, `${model}.${kind}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

function printTable(): void {
  console.log(
    '| network | M MAC | SQNR dB | ONNX Runtime | part | arena KiB | tables KiB | host | cores (M instructions) |',
  );
  console.log('|---|--:|--:|--:|---|--:|--:|---|---|');
  for (const model of models) {
    const { sqnr, deployed: on, failed } = stored<Result>(model, 'result') ?? {};
    const { folder: of } = caseOf(model);
    const cells = [
      of === undefined ? model : `${of}/${model}`,
      on === undefined ? '' : (on.macs / 1e6).toFixed(2),
      sqnr === undefined ? '' : lowest(sqnr),
      theirs(model),
      on?.part ?? /^error.*/m.exec(failed ?? '')?.[0].slice(0, 80) ?? '',
      on === undefined ? '' : (on.arenaBytes / 1024).toFixed(0),
      on === undefined ? '' : (on.weightsBytes / 1024).toFixed(0),
      on === undefined ? '' : placeText(on.host),
      Object.entries(on?.cores ?? {})
        .map(([core, place]) => `${core}: ${placeText(place)}`)
        .join('; '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function placeText(place: Place): string {
  if ('refused' in place)
    return /^ *at: .*|^error.*|ETIMEDOUT/m.exec(place.refused)?.[0].trim() ?? 'broken off';
  const count = place.instructions === null ? '' : ` (${(place.instructions / 1e6).toFixed(1)})`;
  return `${place.bitExact ? 'bit-exact' : 'differs'}${count}`;
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
