/** What a search does with data: scores, trials and the training of the winner, each kept in --log as it ends. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { IndexedDataset } from '../data/types.ts';
import { during } from '../diagnostics/progress.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { elementCount } from '../graph/tensor.ts';
import type { ImportedModel } from '../graph/types.ts';
import { contractOf, preprocessSha256 } from '../input/contract.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { barest, type Candidate } from '../search/candidate.ts';
import type { PlannedCandidate } from '../search/explore.ts';
import type { Finalist } from '../search/finalists.ts';
import type { Budget } from '../search/oracle.ts';
import { type ProxyBatch, proxyOf } from '../search/proxies.ts';
import type { ProxyKind } from '../search/ranks.ts';
import { searchLog } from '../search/rows.ts';
import type { Space } from '../search/space.ts';
import { openCandidate, type Trained, type TrialData, trainCandidate, trainedOf } from '../search/trial.ts';
import { loadBackend } from '../train/run/backend.ts';
import { checkData, describeData, splitData } from '../train/run/data.ts';
import { trainable } from '../train/run/model.ts';
import type { RunIdentity } from '../train/run/run-log.ts';
import { identityOf as identityOfRun, type TrainingSettings } from '../train/run/settings.ts';
import type { Method } from '../train/types.ts';
import type { Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { withClassNames } from './input-contract.ts';
import { openRunLog } from './logged-runs.ts';
import { numberOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';
import { runSession } from './training-session.ts';
import { settingsOf, trainDefaults } from './training-settings.ts';

/** `trial` is null where nothing was trained. */
export type TriedFinalist = Finalist & {
  readonly trial: { readonly accuracy: number; readonly loss: number } | null;
};

export type SearchTraining = {
  readonly scoresBy: (proxy: ProxyKind) => Promise<(one: PlannedCandidate) => number>;
  readonly tryAll: (finalists: readonly Finalist[], signal: AbortSignal) => Promise<readonly TriedFinalist[]>;
  /** Trains the best of the trials for --epochs, with --checkpoint as `train` does; --resume goes on from that where it is there. */
  readonly trainWinner: (tried: readonly TriedFinalist[]) => Promise<
    Trained & {
      readonly winner: TriedFinalist;
      readonly method: Method;
      /** What --eval names. */
      readonly evaluation: IndexedDataset | null;
    }
  >;
  readonly close: () => void;
};

type Asked = { readonly target: string; readonly budget: Budget };

/** Data files of up to so many bytes stay in memory. */
const HOLD_BYTES = 64 * 2 ** 20;

/** Samples that proxies look at. */
const PROXY_BATCH = 32;

/** @throws TinymlError as `settingsOf`, `datasetFor`, `checkData`, `openRunLog` */
export async function openSearchTraining(
  space: Space,
  make: (candidate: Candidate) => ImportedModel,
  asked: Asked,
  options: Options,
  context: Context,
): Promise<SearchTraining> {
  const settings = await settingsOf(
    { ...trainDefaults(), ...options, init: 'random', scheme: 'full', resume: false },
    context,
  );
  const open = dataOf(make, settings, options, context);
  const first = barest(space.sizes[0]!);
  const sample = await open(first);
  const { preprocess } = contractOf(make(first));
  const own = { ...asked, preprocess: preprocessSha256(preprocess) ?? 'none' };
  const identity = identityOf(space, own, sample, settings, options, context);
  const log = openRunLog(searchLog(identity), options, context);
  const scores = new Map<string, number>();
  const trials = new Map<string, { readonly accuracy: number; readonly loss: number }>();
  for (const row of log.earlier) {
    if (row.of === 'score') scores.set(row.key, row.score ?? Number.NEGATIVE_INFINITY);
    else trials.set(row.key, { accuracy: row.accuracy, loss: row.loss });
  }
  const createTrainer = await loadBackend(settings.trainer.backend);

  const scoresBy: SearchTraining['scoresBy'] = async (proxy) => {
    const batches = await batchesBySize(space, open);
    return ({ key, candidate }) => {
      const known = scores.get(key);
      if (known !== undefined) return known;
      const graph = prepareGraph(make(candidate), { deadChannels: false, keepBatchNorm: true });
      const batch = batches.get(candidate.size)!;
      const score = proxyOf(proxy, graph, batch, { seed: context.seed, jobs: context.jobs });
      scores.set(key, score);
      log.add({ of: 'score', key, score: Number.isFinite(score) ? score : null });
      return score;
    };
  };
  const train = async (
    { candidate }: PlannedCandidate,
    title: string,
    epochs: number,
    signal: AbortSignal,
  ): Promise<Trained> => {
    const data = await open(candidate);
    const samples = data.indices?.length ?? data.data.length;
    const task = context.progress(title, epochs * samples, 'samples');
    let done = 0;
    const onStep = (step: { readonly samples: number }): void => {
      done += step.samples;
      task.update(done);
    };
    const own = { createTrainer, settings: { ...settings, epochs }, signal, onStep };
    return during(task, trainCandidate(make(candidate), data, own));
  };
  return {
    scoresBy,
    tryAll: async (finalists, signal) => {
      const tried: TriedFinalist[] = [];
      for (const [index, one] of finalists.entries()) {
        const known = trials.get(one.key);
        if (known !== undefined) {
          tried.push({ ...one, trial: known });
          continue;
        }
        const start = performance.now();
        const title = `trial ${index + 1} of ${finalists.length}`;
        const epochs = requiredNumber(options, 'trial-epochs');
        const { accuracy, loss } = await train(one, title, epochs, signal);
        const seconds = Math.round(performance.now() - start) / 1000;
        log.add({ of: 'trial', key: one.key, accuracy, loss, seconds });
        context.note(`${title}: ${formatPercent(accuracy)} right, ${one.key}`);
        tried.push({ ...one, trial: { accuracy, loss } });
      }
      return tried;
    },
    trainWinner: async (tried) => {
      const winner = tried.reduce((best, one) => (one.trial!.accuracy > best.trial!.accuracy ? one : best));
      const samples = await open(winner.candidate);
      const session = await openCandidate(make(winner.candidate), samples, { createTrainer, settings });
      const run = { model: winner.key, data: describeData(samples.data), validation: 'none' };
      const ofRun = identityOfRun(settings, { ...run, preprocess: own.preprocess });
      context.note(`the winner of the trials is trained: ${winner.key}`);
      const result = await runSession(
        { session, identity: { ...identity, ...ofRun } },
        settings,
        winnerOptions(options),
        context,
      );
      const trained = await trainedOf(result, samples, settings);
      const path = textOption(options, 'eval');
      const graph = trainable(make(winner.candidate), {}).graph;
      const evaluation = path === undefined ? null : await datasetFor(path, graph, options, context);
      return {
        ...trained,
        graph: withClassNames(trained.graph, samples.data, context),
        winner,
        method: settings.trainer.method,
        evaluation,
      };
    },
    close: log.close,
  };
}

/** Those of the training of the winner: the log is of trials, and a search that was stopped before it has no checkpoint yet. */
function winnerOptions(options: Options): Options {
  const { log: _, resume, ...others } = options;
  const checkpoint = textOption(options, 'checkpoint');
  return { ...others, resume: resume === true && checkpoint !== undefined && existsSync(checkpoint) };
}

type Open = (candidate: Candidate) => Promise<TrialData>;

/** The data for candidates, opened once for each size of the image. */
function dataOf(
  make: (candidate: Candidate) => ImportedModel,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Open {
  const opened = new Map<string, Promise<TrialData>>();
  const open: Open = async (candidate) => {
    const { graph } = trainable(make(candidate), {});
    const limit = numberOption(options, 'limit-train');
    const data = await datasetFor(requiredText(options, 'data'), graph, options, context, {
      limit,
      draw: limit !== undefined,
      hold: HOLD_BYTES,
    });
    const share = requiredNumber(options, 'validation-share');
    const choice = { kind: 'share', share, isDefault: false } as const;
    const { indices, validation } = splitData(data, null, choice, settings.trainer.loss, context.seed);
    const warning = checkData(graph, settings.trainer, data, []);
    if (warning !== null && opened.size === 1) context.warn('W_CLASSES', warning);
    return { data, indices, validation: validation! };
  };
  return (candidate) => {
    const key = candidate.size.join('x');
    const made = opened.get(key) ?? open(candidate);
    opened.set(key, made);
    return made;
  };
}

/** The first samples that are trained on, for each size of the image. */
async function batchesBySize(space: Space, open: Open): Promise<ReadonlyMap<Candidate['size'], ProxyBatch>> {
  const batches = new Map<Candidate['size'], ProxyBatch>();
  for (const size of space.sizes) {
    const { data, indices } = await open(barest(size));
    const count = Math.min(PROXY_BATCH, indices?.length ?? data.length);
    const chosen = Array.from({ length: count }, (_, i) => indices?.[i] ?? i);
    const inputs = new Float32Array(count * space.channels * elementCount(size));
    const labels = new Int32Array(count);
    data.fill(chosen, inputs, labels);
    batches.set(size, { size: count, inputs, labels });
  }
  return batches;
}

/** Everything that scores and trials depend on. */
function identityOf(
  space: Space,
  { target, budget, preprocess }: Asked & { readonly preprocess: string },
  { data }: TrialData,
  { trainer: { jobs: _, ...trainer }, rate, schedule, warmup, augment }: TrainingSettings,
  options: Options,
  context: Context,
): RunIdentity {
  const settings = { ...trainer, rate, schedule, warmup, augment, budget };
  return {
    space: createHash('sha256').update(JSON.stringify(space)).digest('hex').slice(0, 16),
    target,
    data: describeData(data),
    preprocess,
    seed: String(context.seed),
    rank: requiredText(options, 'rank'),
    trialEpochs: String(requiredNumber(options, 'trial-epochs')),
    validationShare: String(requiredNumber(options, 'validation-share')),
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, JSON.stringify(value)])),
  };
}
