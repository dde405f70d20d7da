import { basename } from 'node:path';
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes, formatPercent } from '../diagnostics/units.ts';
import { heldFrames, type Sequences } from '../gate/budget.ts';
import {
  type Device,
  gateName,
  type Placing,
  placeGates,
  putGate,
  putGates,
  requireUngated,
} from '../gate/place.ts';
import { patchesThatFit, type StageWishes, shorterStages } from '../gate/plan.ts';
import { BASELINES, CURVE_FRAMES, type Curve } from '../gate/video/curves.ts';
import { dataInputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf } from '../input/contract.ts';
import { exportModel } from '../onnx/export.ts';
import { STATISTIC_SUMS } from '../ops/gate.ts';
import { toolVersion } from '../package-root.ts';
import { graphMacs } from '../passes/graph-macs.ts';
import { gatePage } from '../report/gate-page.ts';
import { GATE_COLUMNS, gateRow, memoryText, PLAN_COLUMNS, planRow } from '../report/gate-rows.ts';
import { fieldList, textTable } from '../report/table.ts';
import { loadEmitter, loadTarget } from '../targets/index.ts';
import type { CommandResult, Context } from './context.ts';
import { inputShapesOf, sequencesFor } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { curvesOf } from './evaluate-video.ts';
import { backboneToTune, helped, tuneBackbone, tuningFacts, tuningText } from './gate-fine-tune.ts';
import { checkIdsForm, writeIdsForm } from './gate-ids.ts';
import { budgetOf, type Decision, type GateKind, type GateTask, gateKind } from './gate-kinds.ts';
import { trainingFacts, trainingText } from './gate-training.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import {
  flagOption,
  listOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';
import { withFloatState } from './state.ts';

/** `tinyml gate m.onnx -o gated.onnx`: gates that skip patches which did not change. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const device = await deviceOf(options, context);
  const kind = gateKind(options, context);
  const model = await openModel(path, options, context);
  const graph = withFloatState(
    preparedModel(model, { dims: dimensions(options) }, options, context).graph,
    options,
    context,
  );
  requireUngated(graph);
  const values = gatedValues(graph, listOption(options, 'layers'));
  if (flagOption(options, 'plan')) return planOnly(path, graph, values, kind, device, options);

  const output = textOption(options, 'output');
  if (output === undefined) {
    throw new TinymlError('E_USAGE', '--output <file> is missing', {
      hint: 'It says where the gated model goes; --plan needs none.',
    });
  }
  const settings = settingsOf(options, numberOption(options, 'patch') ?? DEFAULT_PATCH);
  const wishes = wishesOf(options, settings.patch, kind);
  // What is not worth it, or does not fit, is said before clips are read.
  const form = { wishes, settings, decider: formOf(kind, graph) };
  const planned = placeGates(graph, values, form, device);
  const idsFolder = textOption(options, 'ids-output');
  if (idsFolder !== undefined) checkIdsForm(planned.graph, idsFolder, context);
  const backbone = backboneToTune(graph, values, options);
  const gateTask = await taskOf(graph, model.source.sha256, settings, options, context);
  const decisions = await decideAll(gateTask, values, kind);
  const decider = (value: string): Decision => decisions.get(value)!;
  const tuned =
    backbone === null
      ? null
      : await tuneBackbone(backbone, gateTask, values[0]!, decider(values[0]!), options, context);
  const behind = tuned !== null && helped(tuned) ? tuned.graph : graph;
  const placed = { ...planned, graph: putGates(behind, planned.choices, { ...form, decider }) };
  const bytes = exportModel(placed.graph, { producerVersion: toolVersion() });
  context.outputs.file(output, bytes);
  const idsFiles = idsFolder === undefined ? null : writeIdsForm(placed.graph, idsFolder, context);
  writeDepfile(output, options, context);
  const gates = placed.choices.map((choice, i) => {
    const { unit, threshold, skip, training } = decider(choice.value);
    const learned = training === null ? null : trainingFacts(training);
    return { name: gateName(i), ...choice, unit, threshold, skip, training: learned };
  });
  const { memory } = placed;
  const facts = [
    ['output', `${output} (${formatBytes(bytes.length)})`] as const,
    ...gates.map(({ name, value, skip, training }) => {
      const share = skip === null ? '' : `; ${formatPercent(skip)} of the patches of the clips are skipped`;
      const learned = training === null ? '' : `; ${trainingText(training)}`;
      return [name, `a patch is active where ${decider(value).text}${share}${learned}`] as const;
    }),
    ...(tuned === null ? [] : [['backbone', tuningText(tuned)] as const]),
    ...(idsFiles === null ? [] : [['with ids', `${idsFolder}: ${idsFiles.join(', ')}`] as const]),
    ...(memory === null ? [] : [['memory', memoryText(memory)] as const]),
  ];
  const report = textOption(options, 'report');
  if (report !== undefined) {
    const training = gates.flatMap(({ name, value }) => {
      const own = decider(value).training;
      return own === null ? [] : [{ name, report: own.report }];
    });
    const curves = await clipCurves(placed.graph, gateTask, context);
    const lead = `gate ${requiredText(options, 'gate')}, patches of ${settings.patch} pixels, ${wishes.mode} mode`;
    const page = gatePage(basename(path), lead, {
      gates,
      facts,
      training,
      curves,
      warnings: context.warnings(),
    });
    context.outputs.file(report, page);
  }
  return {
    json: {
      model: path,
      output,
      bytes: bytes.length,
      kind: requiredText(options, 'gate'),
      mode: wishes.mode,
      settings,
      gates,
      fineTuning: tuned === null ? null : tuningFacts(tuned),
      ids: idsFiles === null ? null : { folder: idsFolder, files: idsFiles },
      target: device?.id ?? null,
      memory,
    },
    text: () => `${textTable(GATE_COLUMNS, gates.map(gateRow))}\n\n${fieldList(facts)}`,
    brief: () => fieldList(facts),
  };
}

/** What the gate loses at each share of skipped patches, on the first frames of the clips. */
async function clipCurves(
  graph: Graph,
  { clips, input }: GateTask,
  context: Context,
): Promise<readonly Curve[]> {
  if (clips === null || input !== 0) return [];
  const frames = clips.flatMap((sequence) =>
    sequence.map((data, index): Sample => {
      const frame = { index, last: index === sequence.length - 1, judged: true };
      return { inputs: [data], label: null, frame };
    }),
  );
  return curvesOf(graph, 'float32', frames.slice(0, CURVE_FRAMES), BASELINES, context);
}

const DEFAULT_PATCH = 8;
const PLANNED_PATCHES: readonly number[] = [4, 8, 16, 32];

/** What gating would cost and save, for patches and stages; nothing is written. */
function planOnly(
  path: string,
  graph: Graph,
  values: readonly string[],
  kind: GateKind,
  device: Device | null,
  options: Options,
): CommandResult {
  const patch = numberOption(options, 'patch');
  const choices = values.flatMap((value, index) => {
    const patches = patch === undefined ? plannedPatches(graph.values.get(value)!.shape) : [patch];
    return patches.flatMap((size) => {
      const wishes = wishesOf(options, size, kind);
      const form = { wishes, settings: settingsOf(options, size), decider: formOf(kind, graph) };
      return shorterStages(graph, value, wishes, false).map((choice) => ({
        ...choice,
        memory: device?.memoryOf(putGate(graph, gateName(index), choice, form)) ?? null,
      }));
    });
  });
  return {
    json: { model: path, target: device?.id ?? null, active: activeShare(options), choices },
    text: () => textTable(PLAN_COLUMNS, choices.map(planRow)),
  };
}

/** Usual patches that fit a frame, else some that do, else one whose error says so. */
function plannedPatches(shape: readonly number[]): readonly number[] {
  const fitting = patchesThatFit(shape);
  const usual = PLANNED_PATCHES.filter((patch) => fitting.includes(patch));
  return usual.length > 0 ? usual : fitting.length > 0 ? fitting : [DEFAULT_PATCH];
}

/** Gates as they will be, but for numbers that clips decide. */
function formOf({ form }: GateKind, graph: Graph): Placing['decider'] {
  return (value, grid) => ({ network: form(grid, graph.values.get(value)!.shape), unit: 1 });
}

function wishesOf(options: Options, patch: number, kind: GateKind): StageWishes {
  return {
    patch,
    active: activeShare(options),
    denseAbove: requiredNumber(options, 'dense-above'),
    mode: requiredText(options, 'mode') as StageWishes['mode'],
    gateMacs: (shape, grid) => {
      const network = kind.form(grid, shape);
      const looks = dataInputs(network).some(({ name }) => name === 'statistics');
      return graphMacs(network) + (looks ? STATISTIC_SUMS * elementCount(shape) : 0);
    },
  };
}

function settingsOf(options: Options, patch: number): Placing['settings'] {
  return {
    patch,
    maxAge: requiredNumber(options, 'max-age'),
    keyFrame: requiredNumber(options, 'key-frame'),
    sceneCut: requiredNumber(options, 'scene-cut'),
    denseAbove: requiredNumber(options, 'dense-above'),
  };
}

function activeShare(options: Options): number {
  return 1 - budgetOf(options);
}

/** What gates are made for, with the clips of --data where there are some. */
async function taskOf(
  graph: Graph,
  sha256: string,
  settings: Placing['settings'],
  options: Options,
  context: Context,
): Promise<GateTask> {
  const input = inputShapesOf(graph).findIndex(({ length }) => length === 4);
  const path = textOption(options, 'data');
  return {
    graph,
    sha256,
    input,
    settings,
    clips: path === undefined ? null : await clipFrames(path, graph, input, options, context),
    preprocess: contractOf(graph).preprocess,
  };
}

/** What decides at each value. */
async function decideAll(
  task: GateTask,
  values: readonly string[],
  kind: GateKind,
): Promise<ReadonlyMap<string, Decision>> {
  const decisions = new Map<string, Decision>();
  for (const value of values) decisions.set(value, await kind.decide(task, value));
  return decisions;
}

async function clipFrames(
  path: string,
  graph: Graph,
  input: number,
  options: Options,
  context: Context,
): Promise<Sequences> {
  const dataset = await sequencesFor(path, graph, options, context);
  const task = context.progress('read clips', null, 'frames');
  const elements = elementCount(inputShapesOf(graph)[input]!);
  return during(task, heldFrames(dataset.samples(), input, elements, task.update));
}

/**
 * The values in front of which gates go, in the order of the graph.
 * @throws TinymlError E_USAGE for a layer that is not there, E_PATCH without a frame, or for a layer that reads none
 */
function gatedValues(graph: Graph, layers: readonly string[]): readonly string[] {
  if (layers.length === 1 && layers[0] === 'auto') {
    const frame = dataInputs(graph).find(({ value }) => isFrame(graph, value));
    if (frame !== undefined) return [frame.value];
    throw new TinymlError('E_PATCH', 'the model takes no frame [1, channels, height, width]', {
      at: dataInputs(graph).map(({ name }) => `input "${name}"`),
      hint: 'give a batch the size 1 (--dim), or name layers that read feature maps of that form with --layers',
    });
  }
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  for (const layer of layers) {
    if (nodes.has(layer)) continue;
    const [meant] = nearest(layer, [...nodes.keys()]);
    throw new TinymlError('E_USAGE', `the model has no layer "${layer}"`, {
      at: `--layers ${layer}`,
      hint: meant === undefined ? 'tinyml inspect lists the layers of a model' : `Did you mean ${meant}?`,
    });
  }
  const named = graph.nodes.filter(({ name }) => layers.includes(name));
  const blind = named.find(({ inputs }) => !isFrame(graph, inputs[0]!));
  if (blind !== undefined) {
    throw new TinymlError(
      'E_PATCH',
      `layer "${blind.name}" reads no feature map [1, channels, height, width]`,
      {
        at: `tensor "${blind.inputs[0]}"`,
        hint: 'name convolutions and pools over images, or leave out --layers',
      },
    );
  }
  return [...new Set(named.map(({ inputs }) => inputs[0]!))];
}

function isFrame({ values }: Graph, value: string): boolean {
  const shape = values.get(value)?.shape;
  return shape?.length === 4 && shape[0] === 1;
}

/** The device of --target. @throws TinymlError E_PROFILE */
async function deviceOf(options: Options, { seed, note }: Context): Promise<Device | null> {
  const name = textOption(options, 'target');
  if (name === undefined) return null;
  const { assess } = await loadEmitter(name);
  if (assess === null) {
    note(`${name} plans memory itself, and has plenty: nothing is held against it`);
    return null;
  }
  return {
    id: (await loadTarget(name)).id,
    memoryOf: (graph) => {
      const { planned, misfit } = assess({ graph, float: true }, { library: 'builtin', seed });
      const { stateBytes, arenaBytes } = planned.plan;
      return { stateBytes, arenaBytes, limitBytes: planned.machine.ramBytes, fits: misfit(0) === null };
    },
  };
}
