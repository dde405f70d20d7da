import { firstSamples } from '../data/subset.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { attentionLayers, feedForwards } from '../prune/attention-layers.ts';
import { measureImportance } from '../prune/importance.ts';
import { type KeepSchedule, type KeptLayer, prune } from '../prune/schedule.ts';
import { inspectGraph } from '../report/inspection.ts';
import { ramOf } from '../report/need.ts';
import { textTable } from '../report/table.ts';
import type { Assess } from '../targets/target.ts';
import { calibrationData } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { measure } from './evaluation.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import { needWhereItMatters } from './need.ts';
import { listOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { requiredTarget } from './target.ts';

/** What a model costs on the target, and how right it is; null where nobody asked. */
type Point = {
  readonly macs: number;
  /** Null where nothing was counted of a kernel. */
  readonly instructions: number | null;
  readonly ramBytes: number;
  readonly accuracy: number | null;
};

/** `tinyml prune m.onnx -o smaller.onnx --data D`: tokens, heads and neurons of a transformer that matter least are left out. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const target = await requiredTarget(options);
  const assess = target.emit?.assess ?? null;
  if (assess === null) {
    throw new TinymlError(
      'E_PROFILE',
      `${target.id} plans memory and time itself: nothing of them is known here`,
      {
        at: `--target ${target.id}`,
        hint: 'name a microcontroller: tinyml profiles',
      },
    );
  }
  const model = await openModel(path, options, context);
  const { graph } = preparedModel(model, { dims: dimensions(options) }, options, context);
  const layers = attentionLayers(graph);
  checkModel(graph, layers.length, path);
  const { dataset, indices } = await calibrationData(requiredText(options, 'data'), graph, options, context);
  const task = context.progress('importance', indices.length, 'samples');
  const importance = await during(
    task,
    measureImportance(
      graph,
      layers,
      feedForwards(graph),
      firstSamples(dataset.samples(indices), indices.length),
      task.update,
    ),
  );
  const evaluation = textOption(options, 'eval');
  const judge = evaluation === undefined ? null : await dataFor(evaluation, graph, options, context);
  const pointOf = async (one: Graph): Promise<Point> => ({
    ...(await costOf(assess, one, context)),
    accuracy:
      judge === null
        ? null
        : accuracyOf((await measure('evaluate', predictFloat(one, context.jobs), judge, context)).evaluation),
  });
  const chosen = await choose(
    layers.length,
    (schedule) => prune(graph, importance, schedule),
    assess,
    options,
    context,
  );
  const [before, after] = [await pointOf(graph), await pointOf(chosen.graph)];
  const bytes = exportModel(chosen.graph, { metadata: Object.fromEntries(graph.metadata) });
  context.outputs.file(output, bytes);
  return {
    json: {
      model: path,
      output,
      bytes: bytes.length,
      layers: chosen.layers,
      schedule: chosen.schedule,
      before,
      after,
    },
    text: () => [layerRows(chosen.layers), pointRows(before, after), `output  ${output}`].join('\n\n'),
  };
}

function checkModel(graph: Graph, layers: number, path: string): void {
  if (inspectGraph(graph).quantisation !== 'float') {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'prune the float model, train it on (tinyml train), then quantise it',
    });
  }
  if (layers > 0) return;
  throw new TinymlError(
    'E_OP',
    'the model has no attention whose queries, keys and values have dense layers of their own',
    {
      at: path,
      hint: 'docs/commands/prune.md says what is pruned',
    },
  );
}

type Pruned = ReturnType<typeof prune> & { readonly schedule: KeepSchedule };

/** Shares that are tried under a budget. */
const TRIED = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2];

/** The schedule that was given; under a budget the first that keeps it: fewer tokens behind the first layer, and as many neurons. */
async function choose(
  layers: number,
  make: (schedule: KeepSchedule) => ReturnType<typeof prune>,
  assess: Assess,
  options: Options,
  context: Context,
): Promise<Pruned> {
  const [tokens, heads] = [sharesOf(options, 'tokens'), sharesOf(options, 'heads')];
  const neurons = sharesOf(options, 'ffn');
  const limits = [numberOption(options, 'max-instructions'), numberOption(options, 'max-ram')];
  if (limits.every((limit) => limit === undefined)) {
    const schedule = { tokens, heads, neurons };
    return { ...make(schedule), schedule };
  }
  const [instructions = Number.POSITIVE_INFINITY, ram = Number.POSITIVE_INFINITY] = limits;
  let last: Omit<Point, 'accuracy'> | null = null;
  for (const share of TRIED) {
    const schedule = {
      tokens: tokens.length > 0 ? tokens : [1, share],
      heads,
      neurons: neurons.length > 0 ? neurons : [share],
    };
    const one = make(layers === 1 ? { ...schedule, tokens: schedule.tokens.slice(-1) } : schedule);
    const cost = await costOf(assess, one.graph, context);
    if (cost.instructions === null && limits[0] !== undefined) {
      throw new TinymlError('E_PROFILE', 'the instructions of a kernel of this model are not known yet', {
        at: '--max-instructions',
        hint: 'give --tokens, --heads and --ffn, deploy the model, and let "tinyml verify" count',
      });
    }
    if ((cost.instructions ?? 0) <= instructions && cost.ramBytes <= ram) return { ...one, schedule };
    last = cost;
  }
  throw new TinymlError('E_MEMORY', 'no schedule keeps the budget', {
    at: `with a fifth of all tokens and neurons ${formatCount(last!.instructions ?? 0)} instructions, ${formatBytes(last!.ramBytes)} of RAM`,
    hint: 'give more, or leave heads out too: --heads',
  });
}

function sharesOf(options: Options, name: string): readonly number[] {
  return listOption(options, name).map((text) => {
    const share = Number(text);
    if (share > 0 && share <= 1) return share;
    throw new TinymlError('E_USAGE', `--${name} takes shares above 0 and up to 1, not "${text}"`, {
      at: `--${name}`,
      hint: `for example --${name} 1,0.5`,
    });
  });
}

async function costOf(
  assess: Assess,
  graph: Graph,
  { seed, jobs }: Context,
): Promise<Omit<Point, 'accuracy'>> {
  const assessment = assess({ graph, float: true }, { library: 'builtin', seed });
  const need = await needWhereItMatters(assessment, null, jobs);
  const instructions = need.planned.estimate?.instructions ?? null;
  return { macs: need.summary.macs, instructions, ramBytes: ramOf(need) };
}

function layerRows(layers: readonly KeptLayer[]): string {
  const columns = [
    { title: 'layer', align: 'right' },
    { title: 'tokens', align: 'right' },
    { title: 'heads', align: 'right' },
    { title: 'neurons', align: 'right' },
  ] as const;
  return textTable(
    columns,
    layers.map(({ tokens, heads, neurons }, i) => [
      String(i + 1),
      String(tokens),
      String(heads),
      neurons === null ? '-' : String(neurons),
    ]),
  );
}

function pointRows(before: Point, after: Point): string {
  const columns = [
    { title: '' },
    { title: 'MACs', align: 'right' },
    { title: 'instructions', align: 'right' },
    { title: 'RAM', align: 'right' },
    { title: 'accuracy in float', align: 'right' },
  ] as const;
  const row = (name: string, { macs, instructions, ramBytes, accuracy }: Point) => [
    name,
    formatCount(macs),
    instructions === null ? '-' : formatCount(instructions),
    formatBytes(ramBytes),
    accuracy === null ? '-' : `${(100 * accuracy).toFixed(2)} %`,
  ];
  return textTable(columns, [row('before', before), row('after', after)]);
}
