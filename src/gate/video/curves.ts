/** What a gate costs in accuracy at each share of skipped patches, beside gates that learned nothing. */
import { type Sample, startsSequence } from '../../data/types.ts';
import { createExecutor } from '../../execute/float.ts';
import { graphBuilder } from '../../graph/build.ts';
import { PATCH_STATISTICS } from '../../graph/own-operators.ts';
import { withState } from '../../graph/state.ts';
import type { Graph, Value } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { diffNetwork, randomNetwork } from '../baselines.ts';
import { insertGate } from '../insert.ts';
import { driftOf } from './drift.ts';
import { type GateValues, gatesIn, scorerOf, withoutGates } from './gates.ts';
import { type Arithmetic, createVideoRunner, type VideoRunner } from './runner.ts';

type CurvePoint = {
  /** How the gate was set: a threshold, a share, or what was added to the scores. */
  readonly setting: number;
  /** Means over frames. */
  readonly skip: number;
  readonly cosine: number;
  readonly relativeL2: number;
};

export type Curve = { readonly gate: string; readonly points: readonly CurvePoint[] };

export const BASELINES = ['diff', 'random'] as const;

export type Baseline = (typeof BASELINES)[number];

/** So many frames are enough to try a gate at other thresholds. */
export const CURVE_FRAMES = 60;

/** Mean change of a patch, in units, from which on `diff` computes it. */
const THRESHOLDS = [0.5, 1, 1.5, 2, 3, 4, 6, 9];
/** Shares of patches that `random` skips. */
const SHARES = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95];
/** Shares of patches that a gate of scores would skip in the frames as they come. */
const QUANTILES = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98];

/**
 * The curve of the first gate of a model and those of baselines, under the rules of that gate (key frames, ages, scene cuts).
 * The model's meaning is the dense one on the blended frame, so only gates have to be tried anew.
 * @returns nothing for a gate of a feature map, or one beside others
 */
export function skipDriftCurves(
  graph: Graph,
  arithmetic: Arithmetic,
  frames: readonly Sample[],
  baselines: readonly Baseline[],
  seed: number,
  onProgress: (points: number) => void = () => {},
): readonly Curve[] {
  const gates = gatesIn(graph);
  const [gate] = gates;
  if (gate === undefined || gates.length > 1 || graph.inputs[0]?.value !== gate.x) return [];
  const dense = createVideoRunner(withoutGates(graph), arithmetic);
  const expected = frames.map(({ inputs }) => dense.run(inputs)[0]!.slice());
  let done = 0;
  const pointOf = (setting: number, scorer: VideoRunner, offset: number): CurvePoint => {
    const tried = blendedFrames(graph, gate, scorer, frames, offset);
    const drifts = tried.map(({ blended }, i) => driftOf(dense.run([blended])[0]!, expected[i]!));
    onProgress(++done);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    return {
      setting,
      skip: mean(tried.map(({ skip }) => skip)),
      cosine: mean(drifts.map(({ cosine }) => cosine)),
      relativeL2: mean(drifts.map(({ relativeL2 }) => relativeL2)),
    };
  };
  const own = createVideoRunner(scorerOf(graph, gate), arithmetic);
  const scores = blendedFrames(graph, gate, own, frames, 0).flatMap((tried) => [...tried.scores]);
  scores.sort((a, b) => a - b);
  const offsets = [0, ...QUANTILES.map((share) => -scores[Math.floor(share * (scores.length - 1))]!)];
  const baseline = (kind: Baseline): Curve => {
    const settings = kind === 'diff' ? THRESHOLDS : SHARES;
    const network = (setting: number): Graph =>
      kind === 'diff' ? diffNetwork(gate, setting) : randomNetwork(gate, setting, seed);
    const points = settings.map((setting) =>
      pointOf(setting, createVideoRunner(trialScorer(graph, gate, network(setting)), 'float32'), 0),
    );
    return { gate: kind, points: bySkip(points) };
  };
  return [
    {
      gate: 'this model',
      points: bySkip([...new Set(offsets)].map((offset) => pointOf(offset, own, offset))),
    },
    ...baselines.map(baseline),
  ];
}

function bySkip(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return [...points].sort((a, b) => a.skip - b.skip);
}

type Tried = { readonly blended: Float32Array; readonly skip: number; readonly scores: Float32Array };

/** The frames as a gate with these scores blends them. */
function blendedFrames(
  graph: Graph,
  gate: GateValues,
  scorer: VideoRunner,
  frames: readonly Sample[],
  offset: number,
): readonly Tried[] {
  const decide = createExecutor(decisionOf(graph, gate));
  const { shape } = graph.values.get(gate.x)!;
  const grid = [1, 1, gate.rows, gate.columns];
  let reference = new Float32Array(shape.reduce((a, b) => a * b, 1));
  return frames.map((sample) => {
    if (startsSequence(sample)) {
      scorer.reset();
      decide.reset();
      reference = reference.map(() => 0);
    }
    const [x] = sample.inputs as readonly [Float32Array];
    const scores = scorer.run([x, reference])[0]!.slice();
    const [blended, mask] = decide.run([
      { dtype: 'float32', shape: grid, data: scores.map((score) => score + offset) },
      { dtype: 'float32', shape, data: x },
    ]);
    reference = Float32Array.from(blended!.data as Float32Array);
    const skipped = (mask!.data as Float32Array).reduce((sum, one) => sum + Number(one === 0), 0);
    return { blended: reference, skip: skipped / (gate.rows * gate.columns), scores };
  });
}

/** The gate alone: scores and a frame in, the blended frame and the mask out. Its other state it carries itself. */
function decisionOf(graph: Graph, { node }: GateValues): Graph {
  const names = [...node.inputs, ...node.outputs];
  const port = (value: string) => ({ name: value, value, dtype: 'float32' as const });
  const [scores, x, reference, age, clock] = node.inputs as readonly [string, string, string, string, string];
  const [blended, mask, nextAge, nextClock] = node.outputs as readonly [string, string, string, string];
  const real = (name: string): Value => ({ ...graph.values.get(name)!, quant: null });
  const decision: Graph = {
    name: 'decision',
    // The blended frame is wanted, and so cannot be state: its copy is.
    inputs: [scores, x, reference, age, clock].map(port),
    outputs: [
      port(blended),
      port(mask),
      { ...port(blended), name: `${blended}/kept` },
      ...[nextAge, nextClock].map(port),
    ],
    state: [],
    metadata: new Map(),
    nodes: [node],
    values: new Map(names.map((name) => [name, real(name)])),
    constants: new Map(),
  };
  return withState(
    decision,
    [
      { input: reference, output: `${blended}/kept` },
      { input: age, output: nextAge },
      { input: clock, output: nextClock },
    ],
    'E_ONNX_INVALID',
  );
}

/** What gives scores with another network in the place of the gate's own. */
function trialScorer(graph: Graph, gate: GateValues, network: Graph): Graph {
  const { shape } = graph.values.get(gate.x)!;
  const b = graphBuilder('trial');
  const frame = b.input('frame', shape);
  b.output(b.node('Identity', [frame], { name: 'same', shape }));
  const statistics = graph.nodes.find(({ op }) => op === PATCH_STATISTICS);
  const trial = insertGate(b.build(), {
    name: 'gate0',
    value: frame,
    network,
    settings: {
      patch: gate.patch,
      unit: statistics === undefined ? 1 : floatAttribute(statistics, 'unit', 1),
      maxAge: intAttribute(gate.node, 'max_age', 0),
      keyFrame: intAttribute(gate.node, 'key_frame', 0),
      sceneCut: floatAttribute(gate.node, 'scene_cut', 2),
      denseAbove: 1,
    },
    ends: [],
    kept: [],
  });
  return scorerOf(trial, gatesIn(trial)[0]!);
}
