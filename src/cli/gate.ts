import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { diffNetwork, randomNetwork } from '../gate/baselines.ts';
import { type Device, type GateKind, gateName, type Memory, placeGates, putGate } from '../gate/place.ts';
import { patchesThatFit, type StageWishes, shorterStages } from '../gate/plan.ts';
import { dataInputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { STATISTIC_SUMS } from '../ops/gate.ts';
import { toolVersion } from '../package-root.ts';
import { graphMacs } from '../passes/graph-macs.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { assumeQuantized } from '../quantize/assume.ts';
import { GATE_COLUMNS, gateRow, memoryText, PLAN_COLUMNS, planRow } from '../report/gate-rows.ts';
import { fieldList, textTable } from '../report/table.ts';
import { loadEmitter, loadTarget } from '../targets/index.ts';
import type { CommandResult, Context } from './context.ts';
import { dimensions, openModel } from './model.ts';
import {
  flagOption,
  listOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';
import { dependencyRule } from './output-files.ts';
import { withFloatState } from './state.ts';

/** `tinyml gate m.onnx -o gated.onnx`: gates that skip patches which did not change. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const device = deviceOf(options, context);
  const model = await openModel(path, context);
  const graph = withFloatState(prepareGraph(model, { dims: dimensions(options) }), options, context);
  const values = gatedValues(graph, listOption(options, 'layers'));
  const patch = numberOption(options, 'patch') ?? null;
  if (flagOption(options, 'plan')) return planOnly(path, graph, values, patch, device, options, context);

  const output = textOption(options, 'output');
  if (output === undefined) {
    throw new TinymlError('E_USAGE', '--output <file> is missing', {
      hint: 'It says where the gated model goes; --plan needs none.',
    });
  }
  const kind = kindOf(options, patch ?? DEFAULT_PATCH, context.seed);
  const placed = placeGates(graph, values, kind, device);
  const bytes = exportModel(placed.graph, { producerVersion: toolVersion() });
  context.outputs.file(output, bytes);
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) context.outputs.file(depfile, dependencyRule(output, context.filesRead()));
  const gates = placed.choices.map((choice, i) => ({ name: gateName(i), ...choice }));
  const { memory } = placed;
  return {
    json: {
      model: path,
      output,
      bytes: bytes.length,
      kind: requiredText(options, 'gate'),
      mode: kind.wishes.mode,
      settings: kind.settings,
      gates,
      target: device?.id ?? null,
      memory,
    },
    text: () => {
      const facts = fieldList([
        ['output', `${output} (${formatBytes(bytes.length)})`],
        ['decides', deciderText(options)],
        ...(memory === null ? [] : [['memory', memoryText(memory)] as const]),
      ]);
      return `${textTable(GATE_COLUMNS, gates.map(gateRow))}\n\n${facts}`;
    },
  };
}

const DEFAULT_PATCH = 8;
const PLANNED_PATCHES: readonly number[] = [4, 8, 16, 32];

/** What gating would cost and save, for patches and stages; nothing is written. */
function planOnly(
  path: string,
  graph: Graph,
  values: readonly string[],
  patch: number | null,
  device: Device | null,
  options: Options,
  { seed }: Context,
): CommandResult {
  const choices = values.flatMap((value, index) => {
    const fitting = patchesThatFit(graph.values.get(value)!.shape);
    const planned = PLANNED_PATCHES.filter((size) => fitting.includes(size));
    const patches = patch !== null ? [patch] : planned.length > 0 ? planned : fitting.slice(0, 4);
    return (patches.length > 0 ? patches : [DEFAULT_PATCH]).flatMap((size) => {
      const kind = kindOf(options, size, seed);
      return shorterStages(graph, value, kind.wishes, false).map((choice) => ({
        ...choice,
        memory: device?.memoryOf(putGate(graph, gateName(index), choice, kind)) ?? null,
      }));
    });
  });
  return {
    json: { model: path, target: device?.id ?? null, active: activeShare(options), choices },
    text: () => textTable(PLAN_COLUMNS, choices.map(planRow)),
  };
}

/** What decides, and where gates are worth it. */
function kindOf(options: Options, patch: number, seed: number): GateKind {
  const network = networkOf(options, seed);
  const denseAbove = requiredNumber(options, 'dense-above');
  const mode = requiredText(options, 'mode') as StageWishes['mode'];
  return {
    network: (_, grid) => network(grid),
    wishes: {
      patch,
      active: activeShare(options),
      denseAbove,
      mode,
      gateMacs: (shape, grid) => {
        const decides = network(grid);
        const looks = dataInputs(decides).length > 0;
        return graphMacs(decides) + (looks ? STATISTIC_SUMS * elementCount(shape) : 0);
      },
    },
    settings: {
      patch,
      unit: 1 / 255,
      maxAge: requiredNumber(options, 'max-age'),
      keyFrame: requiredNumber(options, 'key-frame'),
      sceneCut: requiredNumber(options, 'scene-cut'),
      denseAbove,
    },
  };
}

function activeShare(options: Options): number {
  return 1 - requiredNumber(options, 'budget');
}

function networkOf(
  options: Options,
  seed: number,
): (grid: { readonly rows: number; readonly columns: number }) => Graph {
  switch (requiredText(options, 'gate') as 'diff' | 'random') {
    case 'diff':
      return (grid) => diffNetwork(grid, requiredNumber(options, 'threshold'));
    case 'random':
      return (grid) => randomNetwork(grid, requiredNumber(options, 'budget'), seed);
  }
}

function deciderText(options: Options): string {
  if (requiredText(options, 'gate') === 'random') return 'chance';
  const threshold = requiredNumber(options, 'threshold');
  return threshold === 0
    ? 'a patch is active where any code of it changed'
    : `a patch is active where it changed by more than ${threshold} codes on average`;
}

/**
 * The values in front of which gates go, in the order of the graph.
 * @throws TinymlError E_USAGE for a layer that is not there, E_PATCH without a frame
 */
function gatedValues(graph: Graph, layers: readonly string[]): readonly string[] {
  if (layers.length === 1 && layers[0] === 'auto') {
    const frame = dataInputs(graph).find(({ value }) => graph.values.get(value)!.shape.length === 4);
    if (frame !== undefined) return [frame.value];
    throw new TinymlError('E_PATCH', 'the model takes no frame [1, channels, height, width]', {
      at: dataInputs(graph).map(({ name }) => `input "${name}"`),
      hint: 'name layers that read feature maps of that form with --layers',
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
  return [...new Set(named.map(({ inputs }) => inputs[0]!))];
}

/** The device of --target. @throws TinymlError E_PROFILE */
function deviceOf(options: Options, { seed }: Context): Device | null {
  const name = textOption(options, 'target');
  if (name === undefined) return null;
  const { id, scheme } = loadTarget(name);
  const emitter = loadEmitter(name);
  const memoryOf = (graph: Graph): Memory => {
    const deployment = emitter.prepare(assumeQuantized(graph, scheme), { library: 'builtin', seed });
    const { stateBytes, arenaBytes } = deployment.plan;
    const fits = deployment.misfit(0) === null;
    return { stateBytes, arenaBytes, limitBytes: deployment.machine.ramBytes, fits };
  };
  return { id, memoryOf };
}
