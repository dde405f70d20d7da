/** Gates in front of a backbone that takes RGB 0 .. 1, at a share of patches that is asked for. */
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { type LoneGate, meetBudget, skipShare } from '../../src/gate/budget.ts';
import { type GateSettings, insertGate } from '../../src/gate/insert.ts';
import { keptInFastMode, stageOf } from '../../src/gate/stages.ts';
import { type GateTrainingSettings, openGateSession } from '../../src/gate/train.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { trainable } from '../../src/train/run/model.ts';
import { type Frames, sequenceOf, streamOf } from './frames.ts';

export type Mode = 'exact' | 'fast';

/** What decides: differences against a threshold, chance, or what was learned from a clip. */
export const GATES = ['diff', 'random', 'learned'] as const;
export type GateName = (typeof GATES)[number];

/** As `tinyml gate` sets them, for pixels of 0 .. 1. */
export const SETTINGS: GateSettings = {
  patch: 8,
  unit: 1 / 255,
  maxAge: 0,
  keyFrame: 30,
  sceneCut: 0.8,
  denseAbove: 0.8,
};

type Grid = { readonly rows: number; readonly columns: number };

export function gridOf(backbone: Graph, patch: number): Grid {
  const [, , height = 0, width = 0] = backbone.values.get(backbone.inputs[0]!.value)!.shape;
  return { rows: height / patch, columns: width / patch };
}

/** The backbone with a gate in front of its input, through all layers that can follow patches. */
export function gated(backbone: Graph, network: Graph, mode: Mode, settings: GateSettings = SETTINGS): Graph {
  const value = backbone.inputs[0]!.value;
  const kept = mode === 'fast' ? keptInFastMode(backbone, stageOf(backbone, value), settings.patch) : [];
  return insertGate(backbone, { name: 'gate0', value, network, settings, ends: [], kept });
}

/** Share of the patches of the frames that a gate skips, whole frames counted. */
export function skipOf(backbone: Graph, network: Graph, frames: Frames, settings = SETTINGS): number {
  return skipShare({ network, ...alone(backbone, settings) }, [heldOf(frames)]);
}

function alone(backbone: Graph, settings: GateSettings): Omit<LoneGate, 'network'> {
  return { settings, shape: backbone.values.get(backbone.inputs[0]!.value)!.shape };
}

function heldOf({ length, at }: Frames): readonly Float32Array[] {
  return Array.from({ length }, (_, i) => at(i));
}

/** The gate of a kind that skips as much of the frames, whole frames counted; as much as it can where that is less. */
export async function gateAt(
  kind: GateName,
  skip: number,
  backbone: Graph,
  frames: Frames,
  settings: GateSettings = SETTINGS,
): Promise<Graph> {
  const grid = gridOf(backbone, settings.patch);
  const meet = (make: (value: number) => Graph, range: readonly [number, number]): Graph =>
    meetBudget(make, range, alone(backbone, settings), [heldOf(frames)], skip).network;
  switch (kind) {
    case 'diff':
      return meet((threshold) => diffNetwork(grid, threshold), [0, 16]);
    case 'random':
      return meet((share) => randomNetwork(grid, share, 1), [0, 1]);
    case 'learned': {
      const network = await learned(backbone, frames, settings, { ...LEARNING, budget: skip });
      return meet((offset) => lowered(network, offset), [-32, 32]);
    }
  }
}

export type Learning = Pick<GateTrainingSettings, 'epochs' | 'rate' | 'rule' | 'budgetWeight' | 'seed'> & {
  readonly contrast: boolean;
  readonly margin: number;
  readonly distillation: number;
  readonly budget: number;
};

export const LEARNING: Omit<Learning, 'budget'> = {
  epochs: 20,
  rate: 0.05,
  rule: 'sigmoid',
  budgetWeight: 10,
  seed: 1,
  contrast: true,
  margin: 2,
  distillation: 0,
};

/** The micro gate trained on frames of one clip, without labels. */
export async function learned(
  backbone: Graph,
  frames: Frames,
  settings: GateSettings,
  { contrast, margin, distillation, budget, ...run }: Learning,
): Promise<Graph> {
  const { graph } = trainable(importModel(exportModel(backbone), { path: 'backbone' }), {});
  const gate = alone(backbone, settings);
  const session = openGateSession(graph, graph.inputs[0]!.value, gate, [heldOf(frames)], {
    ...run,
    kind: 'micro',
    loss: { contrast, margin, budget: { kind: 'square', share: budget }, distillation },
    batchSize: 8,
    schedule: { kind: 'cosine' },
    warmup: { unit: 'steps', count: 0 },
    jobs: 1,
  });
  return (await session.run()).network;
}

/** The gate with scores that are less by an offset: the bias of its last convolution takes it. */
function lowered(network: Graph, offset: number): Graph {
  const bias = network.nodes.at(-1)!.inputs[2]!;
  const before = network.constants.get(bias)!;
  const data = Float32Array.from(before.data as Float32Array, (one) => one - offset);
  return { ...network, constants: new Map([...network.constants, [bias, { ...before, data }]]) };
}

/** In integers, calibrated on the frames. */
export async function quantized(graph: Graph, frames: Frames): Promise<Graph> {
  return (await quantizeGraph(graph, () => streamOf(sequenceOf(frames)))).graph;
}
