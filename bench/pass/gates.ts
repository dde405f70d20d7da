/** Gates in front of a backbone that takes RGB 0 .. 1, at a share of patches that is asked for. */
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { type LoneGate, meetBudget, skipShare } from '../../src/gate/budget.ts';
import { type GateSettings, insertGate } from '../../src/gate/insert.ts';
import { keptInFastMode, stageOf } from '../../src/gate/stages.ts';
import {
  type GateTrainingSettings,
  openGateSession,
  type TrainedGate,
  USUAL_RATES,
} from '../../src/gate/train.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { trainable } from '../../src/train/run/model.ts';
import { type Frames, sequenceOf, streamOf } from './frames.ts';

export type Mode = 'exact' | 'fast';

/** What decides: differences against a threshold, chance, or what was learned from a clip by the micro gate or by the ConvMixer. */
export const GATES = ['diff', 'random', 'learned', 'convmixer'] as const;
/** Those that are compared where none are named. */
export const USUAL_GATES: readonly GateName[] = ['diff', 'random', 'learned'];
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
    case 'learned':
    case 'convmixer': {
      const network = kind === 'learned' ? 'micro' : 'convmixer';
      return (await learned(backbone, frames, settings, { ...LEARNING, kind: network, budget: skip }))
        .network;
    }
  }
}

export type Learning = Pick<GateTrainingSettings, 'kind' | 'epochs' | 'rule' | 'budgetWeight'> & {
  readonly margin: number;
  readonly distillation: number;
  readonly budget: number;
};

/** As `tinyml gate --gate micro` trains. */
export const LEARNING: Omit<Learning, 'budget'> = {
  kind: 'micro',
  epochs: 20,
  rule: 'sigmoid',
  budgetWeight: 10,
  margin: 2,
  distillation: 0,
};

/** A gate trained on frames of one clip, without labels, and calibrated on them. */
export async function learned(
  backbone: Graph,
  frames: Frames,
  settings: GateSettings,
  { margin, distillation, budget, ...run }: Learning,
): Promise<TrainedGate> {
  const { graph } = trainable(importModel(exportModel(backbone), { path: 'backbone' }), {});
  const [input] = graph.inputs;
  return openGateSession(graph, input!.value, alone(backbone, settings), [heldOf(frames)], {
    ...run,
    loss: { contrast: margin > 0, margin, budget: { kind: 'square', share: budget }, distillation },
    batchSize: 8,
    rate: USUAL_RATES[run.kind],
    schedule: { kind: 'cosine' },
    warmup: { unit: 'steps', count: 0 },
    seed: 1,
    jobs: 1,
  }).run();
}

/** In integers, calibrated on the frames. */
export async function quantized(graph: Graph, frames: Frames): Promise<Graph> {
  return (await quantizeGraph(graph, () => streamOf(sequenceOf(frames)))).graph;
}
