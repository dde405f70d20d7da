import { firstSamples } from '../data/subset.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { type Cost, chooseSchedule, type Limits, schedules } from '../prune/budget.ts';
import { type Amount, measureImportance, type Parts, partsOf } from '../prune/parts.ts';
import { type KeepSchedule, prune } from '../prune/schedule.ts';
import { unpackAttention } from '../prune/unpack-attention.ts';
import { inspectGraph } from '../report/inspection.ts';
import { ramOf } from '../report/need.ts';
import { pruningPage } from '../report/pruning-page.ts';
import { type Figures, figureTables, keptTables, type Pruning } from '../report/pruning-rows.ts';
import { textTable } from '../report/table.ts';
import type { Assess } from '../targets/target.ts';
import { trainable } from '../train/run/model.ts';
import { predictWritten } from '../train/run/score.ts';
import { calibrationData } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { measure } from './evaluation.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import { needOf, needWhereItMatters } from './need.ts';
import { listOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { type FineTuned, fineTune, fineTuning } from './prune-fine-tune.ts';
import { plansItself, requiredTarget } from './target.ts';

/** How right a schedule is; `accuracy` as its model would be written: trained, where it was. Null where nobody measures. */
type Judgement = {
  readonly accuracy: number | null;
  readonly pruned: number | null;
  readonly tuned: FineTuned | null;
};

/** `tinyml prune m.onnx -o smaller.onnx --data D`: tokens, heads, neurons and channels that matter least are left out. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const dataPath = requiredText(options, 'data');
  const target = await requiredTarget(options);
  const assess = target.emit?.assess ?? null;
  if (assess === null) {
    const at = `--target ${target.id}`;
    throw plansItself(target, { at, hint: 'name a microcontroller: tinyml profiles' });
  }
  const asked = givenSchedule(options);
  const training = await fineTuning(options, context);
  const model = await openModel(path, options, context);
  const { graph: given } = preparedModel(model, { dims: dimensions(options) }, options, context);
  const graph = unpackAttention(given);
  const parts = partsOf(graph);
  checkModel(graph, parts, path);
  if (training !== null) trainable(model, dimensions(options));
  const { dataset, indices } = await calibrationData(dataPath, graph, options, context);
  const evaluation = textOption(options, 'eval');
  const judge = evaluation === undefined ? null : await dataFor(evaluation, graph, options, context);
  const task = context.progress('importance', indices.length, 'samples');
  const samples = firstSamples(dataset.samples(indices), indices.length);
  const importance = await during(task, measureImportance(graph, parts, samples, task.update));

  const rightOf = async (label: string, predict: PredictAll): Promise<number | null> =>
    judge === null ? null : accuracyOf((await measure(label, predict, judge, context)).evaluation);
  const before: Figures = {
    ...(await costOf(assess, given, options, context)),
    accuracy: await rightOf('evaluate before', predictFloat(given, context.jobs)),
    trained: null,
  };
  const written = (one: Graph): Uint8Array =>
    exportModel(one, { metadata: Object.fromEntries(graph.metadata) });
  const limits = limitsOf(options, before.accuracy);
  const { chosen, points } = await chooseSchedule(schedules(parts.layers.length, asked, limits), limits, {
    make: (schedule) => prune(graph, importance, schedule),
    costOf: (one) => costOf(assess, one, options, context),
    judge: async (pruned, keepsBudget): Promise<Judgement> => {
      const accuracy = await rightOf('evaluate', predictFloat(pruned.graph, context.jobs));
      if (training === null || !keepsBudget || pruned.graph === graph) {
        return { accuracy, pruned: accuracy, tuned: null };
      }
      const tuned = await fineTune(written(pruned.graph), output, dataPath, training, options, context);
      const { method } = training.trainer;
      const trained = await rightOf(
        'evaluate trained',
        predictWritten(tuned.bytes, output, method, context.jobs),
      );
      return { accuracy: trained, pruned: accuracy, tuned };
    },
  });
  const { layers, groups } = chosen.pruned;
  const rows = points.map((point) => ({
    schedule: point.schedule,
    ...point.cost,
    accuracy: point.judged.pruned,
    trained: point.judged.tuned === null ? null : point.judged.accuracy,
    isChosen: point === chosen,
  }));
  const { tuned } = chosen.judged;
  const bytes = tuned?.bytes ?? written(chosen.pruned.graph);
  context.outputs.file(output, bytes);
  writeDepfile(output, options, context);
  const pruning: Pruning = { layers, groups, before, points: rows };
  const report = textOption(options, 'report');
  if (report !== undefined) {
    context.outputs.file(report, pruningPage(path, `For ${target.id}, written to ${output}.`, pruning));
  }
  return {
    json: {
      model: path,
      output,
      bytes: bytes.length,
      layers,
      groups,
      fixed: parts.fixed.map(({ name }) => name),
      schedule: chosen.schedule,
      before,
      after: rows.find(({ isChosen }) => isChosen),
      points: rows,
      training: tuned === null ? null : { method: training!.trainer.method, ...tuned.report },
    },
    text: () => [...tablesText(pruning), `output  ${output}`].join('\n\n'),
  };
}

function tablesText(pruning: Pruning): readonly string[] {
  const [kept, figures] = [keptTables(pruning), figureTables(pruning)];
  const tables = [kept.layers, kept.groups, figures.points, figures.outcome];
  return tables.flatMap((table) => (table === null ? [] : [textTable(table.columns, table.rows)]));
}

/** @throws TinymlError E_QUANT, E_OP */
function checkModel(graph: Graph, { layers, groups, fixed }: Parts, path: string): void {
  if (inspectGraph(graph).quantisation !== 'float') {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'prune the float model, train it on (tinyml train), then quantise it',
    });
  }
  if (layers.length > 0 || groups.length > 0) return;
  throw new TinymlError(
    'E_OP',
    'nothing of the model can be left out: it has no attention over tokens, and no channels that other layers could do without',
    {
      at: [
        path,
        ...fixed.slice(0, 5).map(({ name, op }) => `node "${name}" (${op}) needs all of its channels`),
      ],
      hint: 'docs/commands/prune.md says what is pruned',
    },
  );
}

function givenSchedule(options: Options): KeepSchedule {
  return {
    tokens: amounts(options, 'tokens'),
    heads: amounts(options, 'heads'),
    neurons: amounts(options, 'ffn'),
    channels: amounts(options, 'channels'),
  };
}

/** Shares, or whole numbers above 1: 1 is all, not one. @throws TinymlError E_USAGE */
function amounts(options: Options, name: string): readonly Amount[] {
  return listOption(options, name).map((text) => {
    const amount = Number(text);
    if (amount > 0 && (amount <= 1 || Number.isSafeInteger(amount))) return amount;
    throw new TinymlError(
      'E_USAGE',
      `--${name} takes shares above 0 and up to 1, or whole numbers from 2 on, not "${text}"`,
      { at: `--${name}`, hint: `for example --${name} 1,0.5` },
    );
  });
}

/** @param before share that is right of the model as it was given */
function limitsOf(options: Options, before: number | null): Limits {
  const limitOf = (name: string): number => numberOption(options, name) ?? Number.POSITIVE_INFINITY;
  const [accuracy, drop] = [numberOption(options, 'min-accuracy'), numberOption(options, 'max-drop')];
  const least = [
    ...(accuracy === undefined ? [] : [accuracy]),
    ...(drop === undefined || before === null ? [] : [before - drop]),
  ];
  return {
    budget: {
      instructions: limitOf('max-instructions'),
      ramBytes: limitOf('max-ram'),
      flashBytes: limitOf('max-flash'),
    },
    accuracy: least.length === 0 ? null : Math.max(...least),
  };
}

/** Firmware is built where its flash is limited. */
async function costOf(
  assess: Assess,
  graph: Graph,
  options: Options,
  { seed, jobs }: Context,
): Promise<Cost> {
  const assessment = assess({ graph, float: true }, { library: 'builtin', seed });
  const builds = numberOption(options, 'max-flash') !== undefined;
  const need = await (builds ? needOf(assessment, jobs) : needWhereItMatters(assessment, null, jobs));
  return {
    macs: need.summary.macs,
    instructions: need.planned.estimate?.instructions ?? null,
    ramBytes: ramOf(need),
    flashBytes: builds ? (need.sizes?.flashBytes ?? null) : null,
  };
}
