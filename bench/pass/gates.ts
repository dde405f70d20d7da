/** Gates in front of a backbone that takes RGB 0 .. 1, at a share of patches that is asked for. */
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { type GateSettings, insertGate } from '../../src/gate/insert.ts';
import { keptInFastMode, stageOf } from '../../src/gate/stages.ts';
import { graphBuilder } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { type Frames, sequenceOf, streamOf } from './frames.ts';

export type Mode = 'exact' | 'fast';

/** As `tinyml gate` sets them, for patches of 8 pixels of 0 .. 1. */
export const SETTINGS: GateSettings = {
  patch: 8,
  unit: 1 / 255,
  maxAge: 0,
  keyFrame: 30,
  sceneCut: 0.8,
  denseAbove: 0.8,
};

const NAME = 'gate0';
const MASK = `${NAME}/mask`;

type Grid = { readonly rows: number; readonly columns: number };

export function gridOf(backbone: Graph, patch: number): Grid {
  const [, , height = 0, width = 0] = backbone.values.get(backbone.inputs[0]!.value)!.shape;
  return { rows: height / patch, columns: width / patch };
}

/** The backbone with a gate in front of its input, through all layers that can follow patches. */
export function gated(backbone: Graph, network: Graph, mode: Mode, settings: GateSettings = SETTINGS): Graph {
  const value = backbone.inputs[0]!.value;
  const kept = mode === 'fast' ? keptInFastMode(backbone, stageOf(backbone, value), settings.patch) : [];
  return insertGate(backbone, { name: NAME, value, network, settings, ends: [], kept });
}

/** Share of the patches that a gate skips, whole frames counted. */
export function skipOf(backbone: Graph, network: Graph, frames: Frames, settings: GateSettings): number {
  const { shape } = backbone.values.get(backbone.inputs[0]!.value)!;
  const b = graphBuilder('gate');
  const frame = b.input('frame', shape);
  b.output(b.node('Identity', [frame], { name: 'copy', shape }));
  const graph = insertGate(b.build(), { name: NAME, value: frame, network, settings, ends: [], kept: [] });
  const executor = createExecutor(graph, { watch: new Set([MASK]) });
  let active = 0;
  for (const { inputs } of sequenceOf(frames)) {
    executor.run([{ dtype: 'float32', shape, data: inputs[0]! }], (value, { data }) => {
      if (value === MASK) active += data.reduce((sum, one) => sum + one, 0) / data.length;
    });
  }
  return 1 - active / frames.length;
}

/** The gate of differences whose threshold skips as much of the frames as is asked for, as near as 1/16 of a code brings it. */
export function diffAt(skip: number, backbone: Graph, frames: Frames, settings: GateSettings): Graph {
  const grid = gridOf(backbone, settings.patch);
  let [low, high] = [0, 16];
  while (high - low > 1 / 16) {
    const middle = (low + high) / 2;
    if (skipOf(backbone, diffNetwork(grid, middle), frames, settings) < skip) low = middle;
    else high = middle;
  }
  return diffNetwork(grid, high);
}

/**
 * The gate of chance that skips as much. Whole frames skip nothing: what they take, the others must give.
 */
export function randomAt(skip: number, backbone: Graph, frames: Frames, settings: GateSettings): Graph {
  const whole = settings.keyFrame === 0 ? 1 : Math.ceil(frames.length / settings.keyFrame);
  const share = Math.min(1, (skip * frames.length) / Math.max(1, frames.length - whole));
  return randomNetwork(gridOf(backbone, settings.patch), share, 1);
}

/** In integers, calibrated on the frames. */
export async function quantized(graph: Graph, frames: Frames): Promise<Graph> {
  return (await quantizeGraph(graph, () => streamOf(sequenceOf(frames)))).graph;
}
