/**
 * Stands in for trtexec in rehearsals. Real: how it splits arguments, which options its release takes (release/trtexec.ts), which values they
 * take, that files of inputs have the right size, that Q and DQ need --int8, that a cache is of the release, the layout of its exports with six digits,
 * its first line, its exit statuses, and the outputs, which ONNX Runtime computes from the ONNX file. Simulated: the engine (the ONNX file with
 * the flags), all times and layers. A GPU, its kernels and its rounding are not here.
 *
 * By environment: FAKE_RELEASE, e.g. 10.3; FAKE_RECORD, a file that gets each call as a line of JSON; FAKE_OFFSET is added to the last element
 * of the first output; FAKE_FAULT: `killed` (as by the kernel where memory runs out), `memory` (as TensorRT reports it),
 * `measure` (runs that are timed fail).
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { ImportedModel } from '../../../../src/graph/types.ts';
import { importModel } from '../../../../src/onnx/import.ts';
import type { ReleaseId } from '../../../../src/targets/tensorrt/release/release.ts';
import { RELEASES } from '../../../../src/targets/tensorrt/release/release-table.ts';
import { hasOption } from '../../../../src/targets/tensorrt/release/trtexec.ts';
import { numberOfVersion } from '../../../../src/targets/tensorrt/release/version-number.ts';

class Refused extends Error {}

type Engine = { readonly release: string; readonly flags: readonly string[]; readonly onnx: string };

const release = RELEASES.find(({ id }) => id === process.env.FAKE_RELEASE)!;
const version = numberOfVersion(release.version);

/** `--name=value`, split at the first `=`. Some options may be given twice; none of those that bundles use. */
function readArguments(argv: readonly string[]): ReadonlyMap<string, string> {
  const args = new Map<string, string>();
  for (const arg of argv) {
    const [, name, value = ''] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined || !hasOption(release.id as ReleaseId, name))
      throw new Refused(`Unknown option: ${arg}`);
    if (args.has(name)) throw new Refused(`--${name} is given twice`);
    args.set(name, value);
  }
  return args;
}

/** The grammar of values that bundles give. */
const VALUES: Readonly<Record<string, RegExp>> = {
  memPoolSize: /^workspace:\d+(\.\d+)?$/,
  workspace: /^\d+$/,
  useDLACore: /^[01]$/,
  warmUp: /^\d+$/,
  duration: /^\d+$/,
  iterations: /^\d+$/,
  profilingVerbosity: /^(detailed|layer_names_only|none)$/,
  precisionConstraints: /^(obey|prefer|none)$/,
  layerPrecisions: /^([^,'*]+:(fp32|fp16|int8),)*[^,'*]+:(fp32|fp16|int8)$/s,
  ...Object.fromEntries(
    ['fp16', 'int8', 'skipInference', 'buildOnly', 'allowGPUFallback', 'useSpinWait', 'separateProfileRun']
      .concat(['noCudaGraph', 'includeDataTransfers', 'stronglyTyped'])
      .map((flag) => [flag, /^$/]),
  ),
};

function build(args: ReadonlyMap<string, string>): void {
  const onnx = readFileSync(args.get('onnx')!);
  const model = importModel(onnx, { path: args.get('onnx')! });
  if (model.source.opset > release.opsetMax)
    throw new Refused(`opset ${model.source.opset} is not supported`);
  checkPrecisions(model, args);
  const flags = [...args.keys()].sort();
  const engine: Engine = { release: release.id, flags, onnx: onnx.toString('base64') };
  if (process.env.FAKE_FAULT === 'killed') {
    writeFileSync(args.get('saveEngine')!, 'half of it');
    process.kill(process.pid, 'SIGKILL');
  }
  if (process.env.FAKE_FAULT === 'memory') throw new Refused('[TRT] Error Code 2: OutOfMemory');
  writeFileSync(args.get('saveEngine')!, JSON.stringify(engine));
  writeFileSync(args.get('timingCacheFile')!, 'timings');
}

function checkPrecisions(model: ImportedModel, args: ReadonlyMap<string, string>): void {
  const hasPairs = model.nodes.some(({ op }) => op === 'QuantizeLinear');
  const isWeak = release.typing !== 'strong' && !args.has('stronglyTyped');
  if (hasPairs && isWeak && !args.has('int8')) throw new Refused('Q/DQ layers need INT8 mode');
  const calib = args.get('calib');
  if (args.has('int8') && !hasPairs && calib === undefined)
    throw new Refused('nothing to calibrate INT8 with');
  if (calib === undefined) return;
  const [header] = readFileSync(calib, 'utf8').split('\n');
  if (header !== `TRT-${version}-EntropyCalibration2`)
    throw new Refused(`the cache "${header}" would be ignored`);
}

async function infer(args: ReadonlyMap<string, string>): Promise<void> {
  const engine = JSON.parse(readFileSync(args.get('loadEngine')!, 'utf8')) as Engine;
  if (engine.release !== release.id) throw new Refused('the engine is of another release');
  if (engine.flags.includes('useDLACore') !== args.has('useDLACore'))
    throw new Refused('the engine is for another device');
  const bytes = Buffer.from(engine.onnx, 'base64');
  const model = importModel(bytes, { path: 'engine' });
  const exportOutput = args.get('exportOutput');
  if (exportOutput !== undefined)
    writeFileSync(exportOutput, await outputsOf(bytes, model, args.get('loadInputs') ?? ''));
  const exportTimes = args.get('exportTimes');
  if (exportTimes !== undefined && process.env.FAKE_FAULT === 'measure')
    throw new Refused('Cuda failure: 719');
  if (exportTimes !== undefined) writeFileSync(exportTimes, JSON.stringify(simulatedTimes()));
  const names = model.nodes.map(({ name }) => name);
  const exportProfile = args.get('exportProfile');
  if (exportProfile !== undefined) {
    const layers = names.map((name) => ({
      name,
      timeMs: 10,
      averageMs: 0.1,
      percentage: 100 / names.length,
    }));
    writeFileSync(exportProfile, JSON.stringify([{ count: 100 }, ...layers]));
  }
  const exportLayerInfo = args.get('exportLayerInfo');
  if (exportLayerInfo !== undefined)
    writeFileSync(exportLayerInfo, JSON.stringify({ Layers: names, Bindings: [] }));
}

/** 200 runs of 1.00 to 1.99 ms. */
function simulatedTimes(): readonly object[] {
  return Array.from({ length: 200 }, (_, i) => {
    const computeMs = 1 + (i % 100) / 100;
    return {
      startComputeMs: i,
      endComputeMs: i + computeMs,
      h2dMs: 0.1,
      computeMs,
      d2hMs: 0.1,
      latencyMs: computeMs + 0.2,
    };
  });
}

/** As exportJSONOutput of trtexec writes it: names as they are, six digits. */
async function outputsOf(bytes: Uint8Array, model: ImportedModel, loadInputs: string): Promise<string> {
  const { default: ort } = await import('onnxruntime-node'); // slow to load: where something runs alone
  const files = new Map(loadInputs.split(',').map((pair) => splitPair(pair)));
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const feeds = model.inputs.map(({ name, shape }) => {
    const path = files.get(name);
    if (path === undefined) throw new Refused(`no file for input ${name}`);
    const data = readFileSync(path);
    const elements = (shape as readonly number[]).reduce((product, size) => product * size, 1);
    if (data.length !== 4 * elements) throw new Refused(`Unexpected file size for input file: ${path}`);
    const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
    return [name, new ort.Tensor('float32', values, shape as number[])] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  const entries = session.outputNames.map((name, output) => {
    const { data, dims } = results[name]!;
    const offset = Number(process.env.FAKE_OFFSET ?? 0);
    const values = Array.from(data as Float32Array, (value, i) =>
      cppText(value + (output === 0 && i === data.length - 1 ? offset : 0)),
    );
    return `{ "name" : "${name}"\n  , "dimensions" : "${dims.join('x')}"\n  , "values" : [ ${values.join(', ')} ]\n  }`;
  });
  return `[\n  ${entries.join('\n, ')}\n]\n`;
}

function cppText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : value < 0 ? '-inf' : 'inf';
}

/** Name and file: at the last colon; names with single quotes are taken apart at those. */
function splitPair(pair: string): readonly [string, string] {
  if (pair.includes("'")) throw new Refused('quotes in names are not rehearsed');
  const colon = pair.lastIndexOf(':');
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

async function main(argv: readonly string[]): Promise<number> {
  const mark = (word: string): void =>
    console.log(`&&&& ${word} TensorRT.trtexec [TensorRT v${version}] # trtexec ${argv.join(' ')}`);
  mark('RUNNING');
  if (process.env.FAKE_RECORD !== undefined)
    appendFileSync(process.env.FAKE_RECORD, `${JSON.stringify(argv)}\n`);
  try {
    const args = readArguments(argv);
    for (const [name, value] of args) {
      if (VALUES[name]?.test(value) === false) throw new Refused(`--${name} takes no ${value}`);
    }
    if (args.has('help')) return 0;
    if (args.has('onnx')) build(args);
    else await infer(args);
    mark('PASSED');
    return 0;
  } catch (error) {
    console.log(`[E] ${error instanceof Error ? error.message : error}`);
    mark('FAILED');
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
