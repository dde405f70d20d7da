import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, preprocessSha256 } from '../input/contract.ts';
import { regularise } from '../passes/pipeline.ts';
import { arenaRegion, coreFeatures } from '../profiles/cortex-m.ts';
import { loadProfile } from '../profiles/load.ts';
import type { CortexMProfile } from '../profiles/types.ts';
import { sparsityPage } from '../report/sparsity-page.ts';
import { type SparsityResult, sparsityText } from '../report/sparsity-rows.ts';
import { stepPacker } from '../targets/index.ts';
import { type SchemeLayer, schemeLayers, schemeModel } from '../train/compile/trained.ts';
import { loadBackend } from '../train/run/backend.ts';
import { checkData, describeData, splitData } from '../train/run/data.ts';
import type { DataPath } from '../train/run/data-path.ts';
import { trainable } from '../train/run/model.ts';
import { networkOf } from '../train/run/network.ts';
import { PLAIN_CORE, planStep } from '../train/run/plan.ts';
import type { RunIdentity } from '../train/run/run-log.ts';
import { changeable, identityOf, type TrainingSettings } from '../train/run/settings.ts';
import { bestMeasured, bestWithin, frontier, lastLayers, type Space } from '../train/sparsity/budgets.ts';
import { fisherGains } from '../train/sparsity/fisher.ts';
import type { Probe, ProbeSetup } from '../train/sparsity/probe.ts';
import { missingProbes, probeAll, probeLog } from '../train/sparsity/probe-all.ts';
import {
  contributionsOf,
  type Gains,
  type Measurements,
  measurementsOf,
  type ProbeRow,
  predictedGain,
  probesOf,
} from '../train/sparsity/probes.ts';
import { type Choice, choiceKey, choiceText, NOTHING, schemeOf } from '../train/sparsity/schemes.ts';
import type { Bytes } from '../train/sparsity/search.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { withFittingLabels } from './input-contract.ts';
import { checkLog, loggedRuns } from './logged-runs.ts';
import { dimensions, openModel } from './model.ts';
import {
  listOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';
import { settingsOf, trainDefaults } from './training-settings.ts';

/** Shares of channels where nothing else is said. */
const SHARES = ['1/8', '1/4', '1/2', '1'];

/** Share of the training data that probes are measured on. */
const HELD_SHARE = 0.2;

/** Samples whose gradients Fisher information is the mean of. */
const FISHER_SAMPLES = 256;

/** `tinyml sparsity m.onnx --data D --budget 100K -o scheme.json`: what is worth training in so much memory. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  checkLog(options);
  const profile = targetProfile(options);
  const budget = budgetOf(options, profile);
  const settings = await settingsOf(trainingOptions(options), context);
  const { graph: given, sha256 } = trainable(await openModel(path, options, context), dimensions(options));
  // As a device has it, in the probes as in the plans: one sample has no statistics.
  const graph = regularise(withFittingLabels(given, options, context, settings.trainer.classes));
  const network = networkOf(graph, settings.trainer);
  const layers = schemeLayers(network);
  const hasNewHead = settings.trainer.classes !== null;
  const space: Space = { layers, shares: sharesOf(options), hasNewHead };
  const model = schemeModel(network);
  const bytesOf = await planner(graph, layers, settings, model, profile);
  const plans = probesOf(layers, space.shares, hasNewHead).filter(({ depth }) => depth > 0 || hasNewHead);
  requireFitting(plans, bytesOf, budget, options);

  const opened = await openData(graph, settings, options, context);
  const { setup, data } = opened;
  const identity = identityFor(settings, sha256, graph, opened);
  const seeds = Array.from({ length: requiredNumber(options, 'seeds') }, (_, i) => context.seed + i);
  const measure = (choices: readonly Choice[], resumes: boolean): Promise<Measurements> =>
    measureAll(
      choices,
      seeds,
      setup,
      identity,
      (key) => textOf(key, choices, space),
      options,
      context,
      resumes,
    );

  const byFisher = requiredText(options, 'method') === 'fisher';
  const probes = byFisher
    ? [NOTHING]
    : [NOTHING, ...plans.filter((choice) => bytesOf(choice).least <= budget)];
  const unique = [...new Map(probes.map((choice) => [choiceKey(choice), choice])).values()];
  const probed = await measure(unique, false);
  const gains = byFisher
    ? fisherGains(
        await loadBackend('native'),
        graph,
        layers,
        settings.trainer,
        data,
        setup.trained.slice(0, FISHER_SAMPLES),
      )
    : contributionsOf(layers, probed);

  const limit = requiredNumber(options, 'search-limit');
  const found = frontier(budget, (bytes) => bestWithin(space, gains, bytesOf, bytes, limit));
  const rivals = lastLayers(layers, hasNewHead).filter((choice) => bytesOf(choice).arena <= budget);
  const confirmed = new Map([
    ...probed,
    ...(await measure([...found.map(({ choice }) => choice), ...rivals], true)),
  ]);
  const measured = (choice: Choice) => confirmed.get(choiceKey(choice)) ?? null;
  const pick = bestMeasured(
    [found.at(-1)!.choice, ...found.map(({ choice }) => choice), ...rivals],
    confirmed,
  );
  const scheme = schemeOf(pick, layers, model);
  const { kind: _, ...listed } = scheme;
  const result: SparsityResult = {
    chosen: choiceText(pick, layers),
    budget,
    target: profile?.id ?? null,
    method: byFisher ? 'fisher' : 'contribution',
    samples: { trained: setup.trained.length, measured: opened.measured },
    epochs: settings.epochs,
    seeds: seeds.length,
    probes: unique.length,
    before: measured(NOTHING),
    layers: layers.map(({ name }, layer) => ({
      name,
      biases: gains.ofDepth[layers.length - layer]!,
      weights: space.shares.map((share) => partGain(gains, space, layer, share, bytesOf, budget)),
    })),
    shares: space.shares,
    curve: found.map((one) => ({
      scheme: choiceText(one.choice, layers),
      bytes: one.bytes,
      predicted: one.gain,
      isBest: one.isBest,
      measured: measured(one.choice),
    })),
    rivals: rivals.map((choice) => ({
      scheme: `last:${choice.depth}`,
      bytes: bytesOf(choice).arena,
      measured: measured(choice),
    })),
  };
  const output = requiredText(options, 'output');
  const about = {
    budget,
    target: result.target,
    bytes: bytesOf(pick).arena,
    method: result.method,
    predicted: predictedGain(pick, layers, gains),
  };
  context.outputs.file(output, `${JSON.stringify({ ...listed, about }, null, 2)}\n`);
  writeDepfile(output, options, context);
  const report = textOption(options, 'report');
  if (report !== undefined) context.outputs.file(report, sparsityPage(path, result));
  if (!found.at(-1)!.isBest) {
    context.warn(
      'W_TRAINING',
      `the search ended at ${formatCount(limit)} plans: another scheme may gain more (--search-limit)`,
    );
  }
  return { json: { model: path, output, scheme: listed, ...result }, text: () => sparsityText(result) };
}

/** The options of training that the command has none of are as `train` has them. */
function trainingOptions(options: Options): Options {
  const validation =
    textOption(options, 'validation') === undefined && numberOption(options, 'validation-share') === undefined
      ? { 'validation-share': HELD_SHARE }
      : {};
  return { ...trainDefaults(), ...options, ...validation, method: 'octo', resume: false };
}

/** @throws TinymlError E_PROFILE for a target whose memory is not planned here */
function targetProfile(options: Options): CortexMProfile | null {
  const target = textOption(options, 'target');
  if (target === undefined) return null;
  const profile = loadProfile(target);
  if (profile.kind === 'cortex-m') return profile;
  throw new TinymlError(
    'E_PROFILE',
    `${profile.id} is no microcontroller: training is planned for these alone`,
    {
      at: '--target',
      hint: 'tinyml profiles lists them.',
    },
  );
}

/** @throws TinymlError E_USAGE where nothing says how much there is */
function budgetOf(options: Options, profile: CortexMProfile | null): number {
  const budget = numberOption(options, 'budget') ?? (profile === null ? null : arenaRegion(profile).bytes);
  if (budget !== null) return budget;
  throw new TinymlError('E_USAGE', 'nothing says how much memory training may take', {
    at: '--budget',
    hint: 'Give --budget 100K, or --target <microcontroller> for all of its RAM.',
  });
}

/** @throws TinymlError E_USAGE */
function sharesOf(options: Options): readonly number[] {
  const given = listOption(options, 'probe');
  const shares = (given.length === 0 ? SHARES : given).map((text) => {
    const [, over = '', under = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
    const share = over === '' ? Number(text) : Number(over) / Number(under);
    if (share > 0 && share <= 1) return share;
    throw new TinymlError('E_USAGE', `--probe takes shares above 0 and up to 1, not "${text}"`, {
      at: '--probe',
      hint: 'For example: --probe 1/8,1/4,1/2,1',
    });
  });
  return [...new Set(shares)].sort((a, b) => a - b);
}

/** Bytes of a training step of one sample, planned once for each scheme. */
async function planner(
  graph: Graph,
  layers: readonly SchemeLayer[],
  settings: TrainingSettings,
  model: string,
  profile: CortexMProfile | null,
): Promise<(choice: Choice) => Bytes> {
  const core = profile === null ? PLAIN_CORE : coreFeatures(profile);
  const pack = await stepPacker(profile, settings.trainer.seed);
  const known = new Map<string, Bytes>();
  return (choice) => {
    const key = choiceKey(choice);
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const scheme = schemeOf(choice, layers, model);
    const { memory, leastBytes } = planStep(graph, { ...settings.trainer, scheme, batchSize: 1 }, core, pack);
    const bytes = { arena: memory.arenaBytes, least: leastBytes, state: memory.stateBytes };
    known.set(key, bytes);
    return bytes;
  };
}

/** @throws TinymlError E_GATE that says the smallest budget, where nothing fits */
function requireFitting(
  plans: readonly Choice[],
  bytesOf: (choice: Choice) => Bytes,
  budget: number,
  options: Options,
): void {
  const smallest = plans.reduce(
    (least, choice) => Math.min(least, bytesOf(choice).arena),
    Number.POSITIVE_INFINITY,
  );
  if (smallest <= budget) return;
  throw new TinymlError(
    'E_GATE',
    `no training fits ${formatBytes(budget)}: the least, of one bias vector, takes ${formatBytes(smallest)} (${formatCount(smallest)} bytes)`,
    {
      at: numberOption(options, 'budget') === undefined ? '--target' : '--budget',
      hint: `Give --budget ${smallest} or more, or a model of smaller images or layers.`,
    },
  );
}

type Opened = {
  readonly setup: ProbeSetup;
  readonly data: IndexedDataset;
  /** Samples that are measured on, and what they are. */
  readonly measured: number;
  readonly validation: string;
};

/** The data, opened once here to be checked and parted; threads open them again. @throws TinymlError E_DATA, E_USAGE */
async function openData(
  graph: Graph,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Promise<Opened> {
  const pathOf = (name: string, limit: number | null): DataPath => ({
    path: requiredText(options, name),
    input: contractOf(graph),
    limit,
    seed: context.seed,
  });
  const limit = numberOption(options, 'limit-train') ?? null;
  const training = pathOf('data', limit);
  const hasValidation = textOption(options, 'validation') !== undefined;
  const validation = hasValidation ? pathOf('validation', null) : null;
  const open = ({ path, limit: most }: DataPath): Promise<IndexedDataset> =>
    datasetFor(path, graph, options, context, { limit: most ?? undefined, draw: true });
  const data = await open(training);
  const other = validation === null ? null : await open(validation);
  const parts = splitData(data, other, settings.validation, settings.trainer.loss, context.seed);
  const warning = checkData(graph, settings.trainer, data, other === null ? [] : [other]);
  if (warning !== null) context.warn('W_CLASSES', warning);
  if (parts.note !== null) context.note(parts.note);
  const all = Array.from({ length: data.length }, (_, i) => i);
  const trained = parts.indices === null ? all : [...parts.indices];
  const taken = new Set(trained);
  const held = all.filter((index) => !taken.has(index));
  return {
    setup: { graph, data: training, trained, held, validation, settings },
    data,
    measured: other?.length ?? held.length,
    validation: other === null ? 'none' : describeData(other),
  };
}

/** What rows of a log must share with the runs that go on from them. */
function identityFor(
  settings: TrainingSettings,
  model: string,
  graph: Graph,
  { data, validation }: Opened,
): RunIdentity {
  const preprocess = preprocessSha256(contractOf(graph).preprocess) ?? 'none';
  const read = { model, data: describeData(data), validation, preprocess };
  return { ...identityOf(settings, read), ...changeable(settings) };
}

/** @param resumes whether the log of this very command goes on */
async function measureAll(
  choices: readonly Choice[],
  seeds: readonly number[],
  setup: ProbeSetup,
  identity: RunIdentity,
  name: (key: string) => string,
  options: Options,
  context: Context,
  resumes: boolean,
): Promise<Measurements> {
  const probes = seeds.flatMap((seed) => choices.map((choice): Probe => ({ choice, seed })));
  const log = textOption(options, 'log');
  const { trainer, epochs } = setup.settings;
  const rows = await loggedRuns<Probe, ProbeRow>(
    {
      title: resumes ? 'confirm' : 'probe',
      log: probeLog(identity),
      missing: (done) => missingProbes(probes, done),
      stepsPerRun: epochs * Math.max(1, Math.floor(setup.trained.length / trainer.batchSize)),
      performAll: (missing, hooks) => probeAll(setup, missing, hooks),
      rowText: (row) => rowText(row, name(row.choice)),
    },
    resumes && log !== undefined && log !== '-' ? { ...options, resume: true } : options,
    context,
  );
  const wanted = new Set(seeds);
  return measurementsOf(rows.filter(({ seed }) => wanted.has(seed)));
}

function rowText({ seed, loss, accuracy, failure, seconds }: ProbeRow, scheme: string): string {
  const result = failure ?? `loss ${loss!.toFixed(4)}, ${(100 * accuracy!).toFixed(2)} % right`;
  return `${scheme}, seed ${seed}: ${result} (${seconds.toFixed(1)} s)`;
}

function textOf(key: string, choices: readonly Choice[], { layers }: Space): string {
  const choice = choices.find((one) => choiceKey(one) === key);
  return choice === undefined ? key : choiceText(choice, layers);
}

/** What a share of the weights of a layer is worth; null where it is not to be had, or no plan of it fits. */
function partGain(
  gains: Gains,
  { layers }: Space,
  layer: number,
  share: number,
  bytesOf: (choice: Choice) => Bytes,
  budget: number,
): number | null {
  const part = { layer, share };
  const { channels } = layers[layer]!;
  if (channels === 1 && share < 1) return null;
  const probe: Choice = { depth: layers.length - layer, parts: [part] };
  return bytesOf(probe).least > budget ? null : gains.ofPart(part);
}
