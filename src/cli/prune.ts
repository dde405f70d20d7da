import { firstSamples } from '../data/subset.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { attentionLayers, feedForwards } from '../prune/attention-layers.ts';
import { type Budget, type Cost, chooseSchedule } from '../prune/budget.ts';
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
import { plansItself, requiredTarget } from './target.ts';

/** What a model costs on the target, and how right it is; null where nobody asked. */
type Point = Cost & { readonly accuracy: number | null };

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
    const at = `--target ${target.id}`;
    throw plansItself(target, { at, hint: 'name a microcontroller: tinyml profiles' });
  }
  const { given, budget } = wishesOf(options);
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
  const pointOf = async (one: Graph, cost: Cost): Promise<Point> => ({
    ...cost,
    accuracy:
      judge === null
        ? null
        : accuracyOf((await measure('evaluate', predictFloat(one, context.jobs), judge, context)).evaluation),
  });
  const chosen = await chooseSchedule(
    layers.length,
    given,
    budget,
    (schedule) => prune(graph, importance, schedule),
    (one) => costOf(assess, one, context),
  );
  const before = await pointOf(graph, await costOf(assess, graph, context));
  const after = await pointOf(chosen.graph, chosen.cost);
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

/** What was asked of the schedule, or of what it costs. */
function wishesOf(options: Options): { readonly given: KeepSchedule; readonly budget: Budget } {
  const [tokens, heads, neurons] = ['tokens', 'heads', 'ffn'].map((name) => sharesOf(options, name));
  const limitOf = (name: string): number => numberOption(options, name) ?? Number.POSITIVE_INFINITY;
  return {
    given: { tokens: tokens!, heads: heads!, neurons: neurons! },
    budget: { instructions: limitOf('max-instructions'), ramBytes: limitOf('max-ram') },
  };
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

async function costOf(assess: Assess, graph: Graph, { seed, jobs }: Context): Promise<Cost> {
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
