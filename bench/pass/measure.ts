/** A gated backbone against the dense one with the same quantisation. */
import { type Stage, stageOf } from '../../src/gate/stages.ts';
import { withoutGates } from '../../src/gate/video/gates.ts';
import { neededShares } from '../../src/gate/video/halo.ts';
import type { Graph } from '../../src/graph/types.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { execute } from './cortex-m.ts';
import { type Frames, sequenceOf } from './frames.ts';
import { cosine, createPlayer } from './play.ts';

export type Agreement = {
  /** Share of the patches of all frames that were not computed. */
  readonly skip: number;
  /** Of the outputs of gated and dense, mean over the frames, and of the worst. */
  readonly cosine: number;
  readonly leastCosine: number;
  /** Per frame, for its course over time. */
  readonly cosines: readonly number[];
  /** Dense multiply-accumulates over those that the exact halo of the masks reaches. */
  readonly ceiling: number;
};

/** @param backbone in float, without gates */
export function agreement(backbone: Graph, int8: Graph, frames: Frames): Agreement {
  const [gated, dense] = [createPlayer(int8), createPlayer(withoutGates(int8))];
  const stage = stageOf(backbone, backbone.inputs[0]!.value);
  const rows = int8.values.get('gate0/mask')!.shape[2]!;
  const whole = graphMacs(backbone);
  const cosines: number[] = [];
  let [computed, macs] = [0, 0];
  for (const { inputs } of sequenceOf(frames)) {
    const codes = gated.encode(inputs[0]!);
    const { output, mask } = gated.watch(codes);
    cosines.push(cosine(output, dense.play(codes), gated.quant.zeroPoint));
    computed += shareOf(mask);
    macs += whole - savedMacs(stage, rows, Float32Array.from(mask));
  }
  return {
    skip: 1 - computed / frames.length,
    cosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
    leastCosine: Math.min(...cosines),
    cosines,
    ceiling: (whole * frames.length) / macs,
  };
}

function shareOf(mask: ArrayLike<number>): number {
  return Array.from(mask).reduce((sum, one) => sum + one, 0) / mask.length;
}

/** Multiply-accumulates of a frame that need not be done, as if neither gates nor borders of tiles cost anything. */
function savedMacs(stage: Stage, rows: number, mask: Float32Array): number {
  const shares = neededShares(stage, rows, mask);
  return stage.layers.reduce((sum, { macs }, i) => sum + macs * (1 - shares[i]!), 0);
}

const ROUNDS = 7;

/**
 * Time of dense frames over that of gated ones, on one thread: both run every frame of the sequence in turns, several times over,
 * and of each frame the shortest time counts, as what other programs take never makes a run shorter.
 */
export function hostTime(int8: Graph, frames: Frames): { readonly dense: number; readonly gated: number } {
  const [gated, dense] = [createPlayer(int8), createPlayer(withoutGates(int8))];
  const codes = sequenceOf(frames).map(({ inputs }) => gated.encode(inputs[0]!));
  const best = { gated: codes.map(() => Infinity), dense: codes.map(() => Infinity) };
  for (let round = 0; round < ROUNDS; round++) {
    gated.reset();
    codes.forEach((frame, i) => {
      best.gated[i] = Math.min(best.gated[i]!, gated.time(frame));
      best.dense[i] = Math.min(best.dense[i]!, dense.time(frame));
    });
  }
  const total = (seconds: readonly number[]): number => seconds.reduce((sum, one) => sum + one, 0);
  return { dense: total(best.dense) / codes.length, gated: total(best.gated) / codes.length };
}

export type Instructions = {
  /** Per frame in the mean. */
  readonly dense: number;
  readonly gated: number;
  /** A frame that is computed as a whole. */
  readonly whole: number;
  readonly stateBytes: number;
  readonly arenaBytes: number;
  readonly flashBytes: number;
};

/** @throws Error where the device's bytes are not those of the host */
export function instructions(int8: Graph, device: string, folder: string, frames: Frames): Instructions {
  const gated = execute(int8, device, folder, sequenceOf(frames));
  const dense = execute(withoutGates(int8), device, folder, [{ inputs: [frames.at(0)], label: null }]);
  if (!gated.bitExact || !dense.bitExact) throw new Error('the device computes other bytes than the host');
  const { stateBytes, arenaBytes, flashBytes } = gated;
  return {
    dense: dense.perFrame[0]!,
    gated: gated.perFrame.reduce((sum, one) => sum + one, 0) / gated.perFrame.length,
    whole: gated.perFrame[0]!,
    stateBytes,
    arenaBytes,
    flashBytes,
  };
}
