import { counted, formatCount } from '../diagnostics/units.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, preprocessSha256 } from '../input/contract.ts';
import { ablationPage } from '../report/ablation-page.ts';
import { armColumns, armRows } from '../report/ablation-rows.ts';
import { textTable } from '../report/table.ts';
import { hasBatchNorm } from '../train/ablation/batch-norm.ts';
import { type Analysis, analyse } from '../train/ablation/effects.ts';
import { armKey, parseFactor } from '../train/ablation/factors.ts';
import { type Controls, type Plan, parseGrid, planArms } from '../train/ablation/grid.ts';
import { identityOf, type Samples } from '../train/ablation/identity.ts';
import { ablationLog, type Row } from '../train/ablation/rows.ts';
import type { RunSetup } from '../train/ablation/run.ts';
import { runAll } from '../train/ablation/run-all.ts';
import { missingRuns, rowsInOrder } from '../train/ablation/run-list.ts';
import { contextText, sentences } from '../train/ablation/sentences.ts';
import type { DataPath } from '../train/run/data-path.ts';
import { checkClasses } from '../train/run/labels.ts';
import { trainable } from '../train/run/model.ts';
import type { RunIdentity } from '../train/run/run-log.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { refuseDepfile, writeDepfile } from './depfile.ts';
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

/** `tinyml ablate m.onnx -g "prc=off,mse bits-g=8,3" -d D -e E`: which settings of training matter, and how surely. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  checkLog(options);
  if (textOption(options, 'output') === undefined) refuseDepfile(options, 'give --output, too');
  const terms = parseGrid(requiredText(options, 'grid'));
  const by = listOption(options, 'by').map((name) => parseFactor(name, '--by'));

  const { graph: given, sha256 } = trainable(await openModel(path, options, context), dimensions(options));
  const graph = withFittingLabels(given, options, context);
  const plan = planArms(terms, requiredText(options, 'controls') as Controls, hasBatchNorm(graph));
  for (const reason of plan.leftOut) context.warn('W_ABLATION', reason);
  const settings = await settingsOf(
    { ...trainDefaults(), ...options, resume: false }, // --resume is that of --log here
    context,
  );
  const setup: RunSetup = {
    graph,
    training: dataPath(graph, options, 'data', 'limit-train', context),
    evaluation: dataPath(graph, options, 'eval', 'limit-eval', context),
    settings,
    lacL2: requiredNumber(options, 'lac-l2'),
  };
  const samples = await checkData(setup, options, context);
  const files = { model: sha256, preprocess: preprocessSha256(contractOf(graph).preprocess) };
  const identity = identityOf(setup, files, samples);
  const seeds = Array.from({ length: requiredNumber(options, 'seeds') }, (_, i) => context.seed + i);
  const rows = await runMissing(plan, setup, seeds, samples.training, identity, options, context);

  const analysis = analyse(plan, rows, {
    margin: requiredNumber(options, 'margin'),
    samples: samples.evaluation,
    ...(by.length === 0 ? {} : { by }),
  });
  const found = sentences(plan, analysis);
  const lead = `${counted(plan.arms.length, 'arm')}, ${counted(seeds.length, 'seed')}, ${counted(settings.epochs, 'epoch')} of ${counted(samples.training, 'sample')}, measured on ${formatCount(samples.evaluation)}`;
  const json = {
    model: path,
    grid: requiredText(options, 'grid'),
    seeds,
    epochs: settings.epochs,
    samples,
    margin: analysis.margin,
    sentences: found,
    arms: analysis.arms,
    effects: { overall: analysis.overall, separate: analysis.separate },
    leftOut: plan.leftOut,
    // How long a run took is in the log: what is here does not depend on the machine.
    runs: rows.map(({ seconds: _, ...row }) => row),
  };
  const output = textOption(options, 'output');
  if (output !== undefined) {
    context.outputs.file(output, `${JSON.stringify(json, null, 2)}\n`);
    writeDepfile(output, options, context);
  }
  const report = textOption(options, 'report');
  if (report !== undefined) context.outputs.file(report, ablationPage(path, lead, plan, analysis, found));
  return { json, text: () => ablationText(lead, plan, analysis, found) };
}

function dataPath(graph: Graph, options: Options, name: string, limit: string, { seed }: Context): DataPath {
  return {
    path: requiredText(options, name),
    input: contractOf(graph),
    limit: numberOption(options, limit) ?? null,
    seed,
  };
}

/** Before hours of work: both data sets can be read and their labels are classes of the model. @throws TinymlError E_DATA */
async function checkData(
  { graph, training, evaluation }: RunSetup,
  options: Options,
  context: Context,
): Promise<Samples> {
  const classes = elementCount(graph.values.get(graph.outputs[0]!.value)!.shape);
  const open = async ({ path, limit }: DataPath) =>
    datasetFor(path, graph, options, context, { limit: limit ?? undefined, draw: true });
  const [train, measured] = [await open(training), await open(evaluation)];
  const warning = checkClasses(train, classes);
  if (warning !== null) context.warn('W_CLASSES', warning);
  checkClasses(measured, classes);
  return { training: train.length, evaluation: measured.length };
}

/** Does the runs that are not in the log yet. @returns all runs, arm by arm and seed by seed */
async function runMissing(
  plan: Plan,
  setup: RunSetup,
  seeds: readonly number[],
  trainingSamples: number,
  identity: RunIdentity,
  options: Options,
  context: Context,
): Promise<readonly Row[]> {
  const { epochs, trainer } = setup.settings;
  const rows = await loggedRuns(
    {
      title: 'ablate',
      log: ablationLog(identity),
      missing: (done) => missingRuns(plan, seeds, done),
      stepsPerRun: epochs * Math.max(1, Math.floor(trainingSamples / trainer.batchSize)),
      performAll: (missing, hooks) => runAll(setup, missing, hooks),
      rowText: (row) => rowText(plan, row),
    },
    options,
    context,
  );
  return rowsInOrder(plan, seeds, rows);
}

function rowText(plan: Plan, { arm, seed, exported, asTrained, failure, seconds }: Row): string {
  const settings = plan.arms.find((one) => armKey(one) === arm)!;
  const figure = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(2)} %`);
  const result = failure ?? `exported ${figure(exported)}, as trained ${figure(asTrained)}`;
  return `${contextText(plan, settings) || 'as given'}, seed ${seed}: ${result} (${seconds.toFixed(1)} s)`;
}

function ablationText(lead: string, plan: Plan, analysis: Analysis, found: readonly string[]): string {
  const table = textTable(armColumns(plan), armRows(plan, analysis.arms));
  return `${lead}\n\n${table}\n\n${found.map((text) => `- ${text}`).join('\n')}`;
}
