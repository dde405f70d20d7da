/** A gate as it is used, frame after frame, without the backbone: what it skips, and the threshold that skips a given share. */
import { createExecutor } from '../execute/float.ts';
import { graphBuilder } from '../graph/build.ts';
import { producers } from '../graph/rewrite.ts';
import { dataOutputs } from '../graph/state.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { insertGate, maskOf } from './insert.ts';
import type { GatedShape } from './network.ts';
import type { Frames } from './pairs.ts';

/** One frame of a clip as the gate saw it. */
type Played = {
  readonly index: number;
  /** 1 where the patch was computed. */
  readonly mask: Float32Array;
  readonly scores: Float32Array;
  /** The frame as it was computed from: its patches where they were computed, else those of before. */
  readonly blended: Float32Array;
};

const GATE = 'gate0';

/** Plays clips through a gate without key frames, ages and scene cuts; the first frame of a clip is computed as a whole. */
export function playGate(
  network: Graph,
  shape: GatedShape & { readonly unit: number },
  { clips, fill }: Frames,
  visit: (played: Played) => void,
): void {
  const size = [1, shape.channels, shape.height, shape.width];
  const b = graphBuilder('frames');
  b.output(b.input('frame', size));
  const settings = { patch: shape.patch, unit: shape.unit };
  const never = { maxAge: 0, keyFrame: 0, sceneCut: 2, denseAbove: 1 };
  const graph = insertGate(b.build(), {
    name: GATE,
    value: 'frame',
    network,
    settings: { ...settings, ...never },
    ends: [],
    kept: [],
  });
  const scores = `${GATE}/${dataOutputs(network)[0]!.value}`;
  const watch = new Set([maskOf(GATE), scores]);
  const executor = createExecutor(graph, { watch });
  for (const { first, frames } of clips) {
    executor.reset();
    for (let index = first; index < first + frames; index++) {
      const data = new Float32Array(shape.channels * shape.height * shape.width);
      fill(index, data);
      const seen = new Map<string, Float32Array>();
      const frame: Tensor = { dtype: 'float32', shape: size, data };
      const [blended] = executor.run([frame], (value, of) => {
        seen.set(value, of.data.slice());
      });
      visit({
        index,
        mask: seen.get(maskOf(GATE))!,
        scores: seen.get(scores)!,
        blended: blended!.data as Float32Array,
      });
    }
  }
}

/** Share of the patches that a gate skips, the first frames of clips left out; and the extent of its scores there. */
function skipOf(network: Graph, shape: GatedShape & { readonly unit: number }, frames: Frames) {
  const starts = new Set(frames.clips.map(({ first }) => first));
  let [skipped, patches, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  playGate(network, shape, frames, ({ index, mask, scores }) => {
    if (starts.has(index)) return;
    patches += mask.length;
    mask.forEach((computed, i) => {
      skipped += 1 - computed;
      least = Math.min(least, scores[i]!);
      most = Math.max(most, scores[i]!);
    });
  });
  return { skip: skipped / patches, least, most };
}

export type Calibrated = {
  /** The gate, with the offset in its last bias. */
  readonly network: Graph;
  /** What was added to its scores. */
  readonly offset: number;
  /** Share of patches that it skips on the clips, and that it skipped without the offset. */
  readonly skip: number;
  readonly skipBefore: number;
};

/** Halvings of the interval in which the offset lies. */
const ROUNDS = 12;

/**
 * The gate with the offset of its scores that skips a share of the patches of some clips, as nearly as may be: gates are compared
 * at equal skip, and noise in training moves what is skipped without it.
 * @param network whose scores come from a Conv with a bias
 */
export function calibrateGate(
  network: Graph,
  shape: GatedShape & { readonly unit: number },
  frames: Frames,
  budget: number,
): Calibrated {
  const before = skipOf(network, shape, frames);
  const none = skipOf(withOffset(network, -before.most - 1), shape, frames);
  // From offsets that compute all that was ever scored to those that compute nothing.
  let [computes, skips] = [-before.least + 1, -before.most - (none.most - none.least) - 1];
  let best = { offset: 0, skip: before.skip };
  for (let round = 0; round < ROUNDS; round++) {
    const offset = Math.fround((computes + skips) / 2);
    const { skip } = skipOf(withOffset(network, offset), shape, frames);
    if (Math.abs(skip - budget) < Math.abs(best.skip - budget)) best = { offset, skip };
    if (skip < budget) computes = offset;
    else skips = offset;
  }
  return { network: withOffset(network, best.offset), ...best, skipBefore: before.skip };
}

function withOffset(network: Graph, offset: number): Graph {
  const last = producers(network).get(dataOutputs(network)[0]!.value)!;
  const bias = last.inputs[2]!;
  const tensor = network.constants.get(bias)!;
  const data = (tensor.data as Float32Array).map((value) => value + offset);
  return { ...network, constants: new Map([...network.constants, [bias, { ...tensor, data }]]) };
}
