/** A gated model on clips beside the same model without gates, frame by frame: what it skips, and what that costs. */
import { type Dataset, startsSequence } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { graphMacs } from '../../passes/graph-macs.ts';
import { type Drift, driftOf } from './drift.ts';
import { followedBy } from './followed.ts';
import { gatesIn, withMasks, withoutGates } from './gates.ts';
import { neededShares } from './halo.ts';
import { type Arithmetic, createVideoRunner, type VideoRunner } from './runner.ts';

/** What one frame of a clip came to. */
export type FrameResult = Drift & {
  /** Number of its clip, and its place in it. */
  readonly clip: number;
  readonly frame: number;
  /** Per gate, the share of patches that were not computed. */
  readonly skip: readonly number[];
  /** Multiply-accumulates that had to be done, the gates' included. */
  readonly macs: number;
  readonly denseMs: number;
  readonly gatedMs: number;
};

export type Spread = { readonly mean: number; readonly p5: number; readonly p95: number };

type StageResult = {
  readonly gate: string;
  readonly patch: number;
  readonly rows: number;
  readonly columns: number;
  readonly skip: Spread;
  readonly layers: readonly {
    readonly name: string;
    readonly op: string;
    readonly macs: number;
    /** Share of its output that need not be computed: no window there sees an active patch. */
    readonly closed: Spread;
  }[];
};

export type VideoEvaluation = {
  readonly arithmetic: Arithmetic;
  readonly clips: number;
  readonly frames: number;
  readonly stages: readonly StageResult[];
  readonly macs: {
    readonly dense: number;
    /** Of the gates alone: statistics and networks. */
    readonly gates: number;
    /** Mean over frames, the gates' included. */
    readonly done: number;
    /** 1 - done / dense. */
    readonly saved: number;
  };
  readonly drift: {
    readonly cosine: { readonly mean: number; readonly least: number };
    readonly relativeL2: { readonly mean: number; readonly most: number };
    /** Share of frames with the same largest output. */
    readonly sameArgMax: number;
    /** Mean relative L2 over the first and over the last third of the frames of each clip. */
    readonly growth: { readonly first: number; readonly last: number };
  };
  /** Milliseconds per frame, mean, on this machine and one thread. */
  readonly time: { readonly dense: number; readonly gated: number };
  readonly memory: Readonly<Record<'dense' | 'gated', NonNullable<VideoRunner['memory']>>> | null;
  readonly perFrame: readonly FrameResult[];
};

/** What can be seen of a frame as it passes. */
export type SeenFrame = {
  readonly inputs: readonly Float32Array[];
  /** Per gate [rows, columns], 1 where a patch was computed. */
  readonly masks: readonly Float32Array[];
  readonly result: FrameResult;
};

/**
 * @param graph with at least one gate; state tied
 * @param onFrame gets every frame; the next one waits for it
 * @throws TinymlError E_USAGE for a model without gates; E_DATA
 */
export async function evaluateOnVideo(
  graph: Graph,
  arithmetic: Arithmetic,
  clips: Dataset,
  onFrame: (seen: SeenFrame) => Promise<void> | void = () => {},
): Promise<VideoEvaluation> {
  const gates = gatesIn(graph);
  if (gates.length === 0) throw noGates(graph);
  const plain = withoutGates(graph);
  const dense = createVideoRunner(plain, arithmetic);
  const gated = createVideoRunner(withMasks(graph), arithmetic);
  const stages = gates.map((gate) => ({ gate, ...followedBy(graph, gate) }));
  const costs = { dense: graphMacs(plain), gates: graphMacs(graph) - graphMacs(plain) };
  const perFrame: FrameResult[] = [];
  const closed: number[][][] = stages.map(({ stage }) => stage.layers.map(() => []));
  let clip = -1;
  for await (const sample of clips.samples()) {
    if (startsSequence(sample)) {
      clip++;
      dense.reset();
      gated.reset();
    }
    const expected = dense.run(sample.inputs);
    const actual = gated.run(sample.inputs);
    const masks = actual.slice(-gates.length);
    let saved = 0;
    stages.forEach(({ stage, keeping, gate }, i) => {
      neededShares(stage, gate.rows, masks[i]!, keeping).forEach((needed, layer) => {
        closed[i]![layer]!.push(1 - needed);
        saved += (1 - needed) * stage.layers[layer]!.macs;
      });
    });
    const result: FrameResult = {
      clip,
      frame: sample.frame?.index ?? perFrame.length,
      skip: masks.map((mask) => mask.reduce((sum, one) => sum + Number(one === 0), 0) / mask.length),
      macs: costs.dense + costs.gates - saved,
      denseMs: dense.lastMs(),
      gatedMs: gated.lastMs(),
      ...driftOf(actual[0]!, expected[0]!),
    };
    perFrame.push(result);
    await onFrame({ inputs: sample.inputs, masks, result });
  }
  if (perFrame.every(({ frame }) => frame === 0)) throw oneFrame(clips);
  const mean = (of: (frame: FrameResult) => number): number => meanOf(perFrame.map(of));
  const done = mean(({ macs }) => macs);
  return {
    arithmetic,
    clips: clip + 1,
    frames: perFrame.length,
    stages: stages.map(({ stage, gate }, i) => ({
      gate: gate.name,
      patch: gate.patch,
      rows: gate.rows,
      columns: gate.columns,
      skip: spreadOf(perFrame.map(({ skip }) => skip[i]!)),
      layers: stage.layers.map(({ name, op, macs }, layer) => ({
        name,
        op,
        macs,
        closed: spreadOf(closed[i]![layer]!),
      })),
    })),
    macs: { ...costs, done, saved: 1 - done / costs.dense },
    drift: {
      cosine: {
        mean: mean(({ cosine }) => cosine),
        least: perFrame.reduce((least, { cosine }) => Math.min(least, cosine), 1),
      },
      relativeL2: {
        mean: mean(({ relativeL2 }) => relativeL2),
        most: perFrame.reduce((most, { relativeL2 }) => Math.max(most, relativeL2), 0),
      },
      sameArgMax: mean(({ sameArgMax }) => Number(sameArgMax)),
      growth: growthOf(perFrame),
    },
    time: { dense: mean(({ denseMs }) => denseMs), gated: mean(({ gatedMs }) => gatedMs) },
    memory:
      dense.memory === null || gated.memory === null
        ? null
        : { dense: bytesOf(dense), gated: bytesOf(gated) },
    perFrame,
  };
}

function bytesOf({ memory }: VideoRunner): NonNullable<VideoRunner['memory']> {
  const { arenaBytes, stateBytes } = memory!;
  return { arenaBytes, stateBytes };
}

function growthOf(perFrame: readonly FrameResult[]): { readonly first: number; readonly last: number } {
  const lengths = new Map(perFrame.map(({ clip, frame }) => [clip, frame + 1]));
  const between = (from: number, to: number): number =>
    meanOf(
      perFrame
        .filter(({ clip, frame }) => frame >= from * lengths.get(clip)! && frame < to * lengths.get(clip)!)
        .map(({ relativeL2 }) => relativeL2),
    );
  return { first: between(0, 1 / 3), last: between(2 / 3, 1) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

/** Percentiles by the nearest rank. */
function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { mean: meanOf(values), p5: at(0.05), p95: at(0.95) };
}

function oneFrame({ name }: Dataset): TinymlError {
  return new TinymlError('E_DATA', 'a clip of one frame has nothing that a gate could skip', {
    at: name,
    hint: 'Give a clip of at least two frames; hundreds are better.',
  });
}

function noGates({ name }: Graph): TinymlError {
  return new TinymlError('E_USAGE', 'the model has no gates: it computes every frame as a whole', {
    at: `model "${name}"`,
    hint: 'tinyml gate puts gates into a model; evaluate --data measures one without.',
  });
}
