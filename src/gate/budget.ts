/** How much a gate skips of given frames, and the gate of a family that skips as much as is wanted. */
import { type Sample, startsSequence } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createExecutor } from '../execute/float.ts';
import { graphBuilder } from '../graph/build.ts';
import { removeDead, uniqueName } from '../graph/rewrite.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { type GateSettings, insertGate, maskOf } from './insert.ts';

/** Frames in the order of time, of each clip by itself. */
export type Sequences = readonly (readonly Float32Array[])[];

/** What is held of clips at most. */
const MAX_FRAMES = 600;
const MAX_VALUES = 2 ** 26;

/**
 * The first frames of some sequences.
 * @param input index of the model input that takes them
 * @param size values of a frame
 * @throws TinymlError E_DATA where no sequence has two frames
 */
export async function heldFrames(
  samples: AsyncIterable<Sample>,
  input: number,
  size: number,
  onProgress: (frames: number) => void,
): Promise<Sequences> {
  const most = Math.max(2, Math.min(MAX_FRAMES, Math.floor(MAX_VALUES / size)));
  const sequences: Float32Array[][] = [];
  let held = 0;
  for await (const sample of samples) {
    if (startsSequence(sample)) sequences.push([]);
    sequences.at(-1)!.push(sample.inputs[input]!.slice());
    onProgress(++held);
    if (held === most) break;
  }
  const moving = sequences.filter((frames) => frames.length > 1);
  if (moving.length > 0) return moving;
  throw new TinymlError('E_DATA', 'no clip has two frames: nothing can change in it', {
    at: '--data',
    hint: 'give clips, or sequences as [sequences, frames, ...] in .npz or .npy files',
  });
}

/** What a value of a graph is over the frames: the frames themselves where it is the input that takes them. */
export function framesOfValue(graph: Graph, value: string, input: number, sequences: Sequences): Sequences {
  const ports = dataInputs(graph);
  if (ports[input]!.value === value) return sequences;
  const carried = new Set(graph.state.map(({ output }) => output));
  const { dtype } = graph.values.get(value)!;
  const name = uniqueName(value, (taken) => carried.has(taken));
  const part = removeDead({
    ...graph,
    outputs: [...graph.outputs.filter((port) => carried.has(port.name)), { name, value, dtype }],
  });
  const { shape } = graph.values.get(ports[input]!.value)!;
  const executor = createExecutor(part);
  return sequences.map((frames) => {
    executor.reset();
    return frames.map((data) => executor.run([{ dtype, shape, data }])[0]!.data as Float32Array);
  });
}

/** The real size of one of 255 codes that are spread over the range of the frames. */
export function unitOf(sequences: Sequences): number {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const frame of sequences.flat()) {
    for (const value of frame) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  if (greatest > least && greatest - least < Number.POSITIVE_INFINITY) return (greatest - least) / 255;
  throw new TinymlError('E_DATA', 'all values of the frames are the same, or some are not finite', {
    at: '--data',
    hint: 'look at the clips, and at --preprocess',
  });
}

/** A gate on its own. */
export type LoneGate = {
  readonly network: Graph;
  readonly settings: GateSettings;
  /** Of the gated tensor. */
  readonly shape: readonly number[];
};

/** The share of patches that a gate keeps over all frames, whole frames (the first of each sequence) included. */
export function skipShare(gate: LoneGate, sequences: Sequences): number {
  const executor = createExecutor(loneGraph(gate), { watch: new Set([maskOf(ALONE)]) });
  let [kept, all] = [0, 0];
  for (const frames of sequences) {
    executor.reset();
    for (const data of frames) {
      const frame: Tensor = { dtype: 'float32', shape: gate.shape, data };
      executor.run([frame], (_, { data: mask }) => {
        for (const taken of mask) kept += Number(taken === 0);
        all += mask.length;
      });
    }
  }
  return kept / all;
}

const ALONE = 'gate';

/** A model that gives what the gate makes of its frames. */
export function loneGraph({ network, settings, shape }: LoneGate): Graph {
  const b = graphBuilder('gate');
  b.output(b.node('Identity', [b.input('frame', shape)], { name: 'seen', shape }));
  return insertGate(b.build(), { name: ALONE, value: 'frame', network, settings, ends: [], kept: [] });
}

/** Steps of the search: enough to tell 4096 gates of a family apart. */
const STEPS = 12;

type Met = { readonly value: number; readonly network: Graph; readonly skip: number };

/**
 * The gate of a family, from one that skips little to one that skips much, that skips at least `budget` of the patches, and the
 * least of those; the last one where none does.
 */
export function meetBudget(
  make: (value: number) => Graph,
  [least, greatest]: readonly [number, number],
  gate: Omit<LoneGate, 'network'>,
  sequences: Sequences,
  budget: number,
): Met {
  const at = (value: number): Met => {
    const network = make(value);
    return { value, network, skip: skipShare({ ...gate, network }, sequences) };
  };
  let [below, met] = [least, at(greatest)];
  const first = at(least);
  if (first.skip >= budget) return first;
  for (let step = 0; step < STEPS && met.skip >= budget; step++) {
    const middle = at((below + met.value) / 2);
    if (middle.skip >= budget) met = middle;
    else below = middle.value;
  }
  return met;
}
