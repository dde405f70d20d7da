/**
 * Gated models for TensorRT in ONNX Runtime on this machine: at which share of active patches the form that takes a list of patches is as
 * quick as the whole frame. docs/jetson-pass.md says what of it carries over.
 *
 *   npm run bench:pass-ids -- [--json] [--networks 1conv,3conv,backbone] [--patches 8,16,32] [--rounds 20] [--precisions fp32,int8]
 *
 * `1conv` and `3conv` are convolutions 3x3 of 32 channels over 112x112, in patches of 14; `backbone` is that of `bench:pass` at 160x128. One thread;
 * all lists and the whole frame run in turns, and of each the shortest time counts.
 */
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { diffNetwork } from '../src/gate/baselines.ts';
import { IDS_DIMENSION } from '../src/gate/ids-form.ts';
import { insertGate } from '../src/gate/insert.ts';
import { graphBuilder, ints } from '../src/graph/build.ts';
import { elementCount, floatTensor } from '../src/graph/tensor.ts';
import type { Graph } from '../src/graph/types.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { exportModel } from '../src/onnx/export.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import { loadProfile } from '../src/profiles/load.ts';
import type { JetsonProfile } from '../src/profiles/types.ts';
import { textTable } from '../src/report/table.ts';
import { BLENDED, costOfLists, IDS, passParts } from '../src/targets/tensorrt/bundle/pass/parts.ts';
import { quantizeForTensorRt } from '../src/targets/tensorrt/quantise/index.ts';
import { resolvePlatform } from '../src/targets/tensorrt/release/platform.ts';
import { SETTINGS } from './pass/gates.ts';
import { backbone } from './pass/networks.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    networks: { type: 'string', default: '1conv,3conv,backbone' },
    patches: { type: 'string', default: '8,16,32' },
    precisions: { type: 'string', default: 'fp32,int8' },
    rounds: { type: 'string', default: '20' },
  },
});

const SHARES = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1];

type Row = {
  readonly network: string;
  readonly patch: number;
  readonly patches: number;
  readonly precision: string;
  /** Milliseconds of the whole frame. */
  readonly dense: number;
  readonly lists: readonly { readonly share: number; readonly ms: number }[];
  /** Share of active patches at which both take as long; null where no list is quicker. */
  readonly breakEven: number | null;
  /** Products of the list of all patches over those of the whole frame: what the halo costs. No list can pay above its inverse. */
  readonly cost: number;
  /** Largest difference between the list of all patches and the whole frame, in the largest magnitude of it. */
  readonly difference: number;
};

const rows: Row[] = [];
for (const network of flags.networks.split(',')) {
  const graph = await networkOf(network);
  for (const patch of network === 'backbone' ? flags.patches.split(',').map(Number) : [14]) {
    for (const precision of flags.precisions.split(',')) {
      const row = { network, patch, precision, ...(await measured(graph, patch, precision === 'int8')) };
      process.stderr.write(`${cellsOf(row).join(' ')}\n`);
      rows.push(row);
    }
  }
}
process.stdout.write(flags.json ? `${JSON.stringify({ rows })}\n` : `${tableOf(rows)}\n`);

async function networkOf(name: string): Promise<Graph> {
  switch (name) {
    case '1conv':
      return convolutions(1);
    case '3conv':
      return convolutions(3);
    case 'backbone':
      return backbone({ width: 160, height: 128 });
    default:
      throw new TinymlError('E_USAGE', `--networks takes 1conv, 3conv and backbone, not "${name}"`);
  }
}

function convolutions(count: number): Graph {
  const b = graphBuilder('convolutions');
  let x = b.input('frame', [1, 32, 112, 112]);
  for (let i = 0; i < count; i++) {
    const weights = b.constant(`w${i}`, floatTensor([32, 32, 3, 3], noise(32 * 32 * 9, i + 1, 0.1)));
    const attributes = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
    const conv = b.node('Conv', [x, weights, b.constant(`b${i}`, floatTensor([32], noise(32, i + 9, 0.1)))], {
      name: `conv${i}`,
      attributes,
    });
    x = b.node('Relu', [conv], { name: `relu${i}` });
  }
  b.output(x);
  return prepareGraph(b.model());
}

function noise(length: number, seed: number, most: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => (2 * random() - 1) * most);
}

async function measured(graph: Graph, patch: number, int8: boolean) {
  const { value } = graph.inputs[0]!;
  const { shape } = graph.values.get(value)!;
  const [, , height = 0, width = 0] = shape;
  const grid = { rows: height / patch, columns: width / patch };
  const patches = grid.rows * grid.columns;
  const settings = { ...SETTINGS, patch };
  const gated = insertGate(graph, {
    name: 'g',
    value,
    network: diffNetwork(grid, 3),
    settings,
    ends: [],
    kept: [],
  });
  const frame = noise(elementCount(shape), 3, 1).map(Math.abs);
  const { stage, dense, caches } = passParts(gated, await modelOf(graph, frame, int8));
  const [listed, whole] = [await open(stage), await open(dense)];
  const blended = new ort.Tensor('float32', frame, shape);
  const given = Object.fromEntries(
    caches.map(({ input }) => {
      const { shape: size } = stage.values.get(stage.inputs.find(({ name }) => name === input)!.value)!;
      return [input, new ort.Tensor('float32', new Float32Array(elementCount(size)), size)];
    }),
  );
  const counts = [...new Set(SHARES.map((share) => Math.max(1, Math.round(share * patches))))];
  const feeds = counts.map((count) => ({ ...given, [BLENDED]: blended, [IDS]: idsOf(count, patches) }));
  const best = { dense: Infinity, lists: counts.map(() => Infinity) };
  for (let round = 0; round <= Number(flags.rounds); round++) {
    // The first round warms up.
    const shorter = (before: number, ms: number): number => (round === 0 ? before : Math.min(before, ms));
    best.dense = shorter(best.dense, await timeOf(whole, { [BLENDED]: blended }));
    for (const [i, feed] of feeds.entries())
      best.lists[i] = shorter(best.lists[i]!, await timeOf(listed, feed));
  }
  const lists = counts.map((count, i) => ({ share: count / patches, ms: best.lists[i]! }));
  const [all, frameOf] = [await listed.run(feeds.at(-1)!), await whole.run({ [BLENDED]: blended })];
  const difference = Math.max(
    ...caches.map(({ output }) =>
      differenceOf(all[output]!.data as Float32Array, frameOf[output]!.data as Float32Array),
    ),
  );
  const cost = costOfLists({ stage, dense });
  return { patches, dense: best.dense, lists, breakEven: breakEvenOf(lists, best.dense), cost, difference };
}

async function modelOf(graph: Graph, frame: Float32Array, int8: boolean) {
  if (!int8) return { float: graph, quantized: null, layers: [], ranges: new Map() };
  const platform = resolvePlatform(loadProfile('jetson-orin-nano') as JetsonProfile, {});
  async function* samples() {
    yield { inputs: [frame], label: null };
  }
  return (await quantizeForTensorRt(graph, platform, samples, { precisions: 'int8' })).model;
}

function open(graph: Graph): Promise<ort.InferenceSession> {
  const bytes = exportModel(graph, { shapes: { [IDS]: [IDS_DIMENSION] } });
  return ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

/** Patches that are spread over the frame. */
function idsOf(count: number, patches: number): ort.Tensor {
  const ids = BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.floor((i * patches) / count)));
  return new ort.Tensor('int64', ids, [count]);
}

async function timeOf(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, ort.Tensor>>,
): Promise<number> {
  const start = performance.now();
  await session.run(feeds);
  return performance.now() - start;
}

function differenceOf(got: Float32Array, wanted: Float32Array): number {
  let [largest, magnitude] = [0, 0];
  wanted.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value - got[i]!));
    magnitude = Math.max(magnitude, Math.abs(value));
  });
  return largest / magnitude;
}

/** Between the last list that is quicker and the next, in a straight line. */
function breakEvenOf(lists: Row['lists'], dense: number): number | null {
  const slower = lists.findIndex(({ ms }) => ms >= dense);
  if (slower === 0) return null;
  if (slower < 0) return 1;
  const [a, b] = [lists[slower - 1]!, lists[slower]!];
  return a.share + ((dense - a.ms) / (b.ms - a.ms)) * (b.share - a.share);
}

function cellsOf({
  network,
  patch,
  patches,
  precision,
  dense,
  lists,
  breakEven,
  cost,
  difference,
}: Row): readonly string[] {
  const speedAt = (share: number): string => {
    const nearest = lists.reduce((a, b) => (Math.abs(b.share - share) < Math.abs(a.share - share) ? b : a));
    return (dense / nearest.ms).toFixed(2);
  };
  return [
    ...[network, String(patch), String(patches), precision, dense.toFixed(3)],
    ...[0.02, 0.1, 0.2, 0.3, 0.5, 1].map(speedAt),
    breakEven === null ? 'never' : `${(100 * breakEven).toFixed(0)} %`,
    `${(100 / cost).toFixed(0)} %`,
    difference.toExponential(1),
  ];
}

function tableOf(all: readonly Row[]): string {
  const titles = [
    'network',
    'patch',
    'patches',
    'precision',
    'whole, ms',
    '2 %',
    '10 %',
    '20 %',
    '30 %',
    '50 %',
    '100 %',
    'break-even',
    'at most',
    'off by',
  ];
  return textTable(
    titles.map((title, i) => ({ title, align: i === 0 || i === 3 ? ('left' as const) : ('right' as const) })),
    all.map(cellsOf),
  );
}
