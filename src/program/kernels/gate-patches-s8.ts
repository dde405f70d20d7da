import { input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';

type GatePatchesS8Params = {
  readonly patches: number;
  /** Patches of higher scores are active: the zero point of the scores. */
  readonly threshold: number;
  /** A patch that was reused so often is active; 0: however often. */
  readonly maxAge: number;
  /** After so many frames all patches are active; 0: after none. */
  readonly keyFrame: number;
  /** With so many active patches all are; more than there are patches: never. */
  readonly sceneCut: number;
};

/**
 * Which patches of a frame are computed anew. Age, frames since a patch was, and clock, frames since all were, stay from
 * frame to frame as codes with the zero point -128, that is 0 .. 255, where they stop; a clock of 0 is the start, and all
 * patches are active.
 * inputs [scores [patches]], outputs [mask [patches] of 0 and 1, age [patches] (read and written), clock [1] (likewise)].
 */
export type GatePatchesS8 = StepOf<'gate_patches_s8', GatePatchesS8Params>;

export const gatePatchesS8: Kernel<GatePatchesS8> = {
  signature: {
    about: `mask = 1 for the patches that are computed anew: all at the start (clock 0), when clock >= key_frame > 0 or with scene_cut active ones, else the active ones, of scores > threshold or age >= max_age > 0. age (updated) is 0 where they are, else counts up; clock (updated) is 1 after all were, else counts up. Both as codes with the zero point -128, and stop at 255.`,
    params: {
      patches: [1, 2 ** 20],
      threshold: RANGE.code,
      maxAge: [0, 255],
      keyFrame: [0, 255],
      sceneCut: RANGE.size,
    },
    operands: [
      input('scores', 'int8', ['patches']),
      output('mask', 'int8', ['patches']),
      update('age', 'int8', ['patches']),
      update('clock', 'int8', [1]),
    ],
  },

  run({ params: p }, { inputs, outputs }) {
    const [scores] = inputs as [Int8Array];
    const [mask, age, clock] = outputs as [Int8Array, Int8Array, Int8Array];
    const passed = clock[0]! + 128;
    const old = (i: number): boolean => p.maxAge > 0 && age[i]! + 128 >= p.maxAge;
    const active = scores.map((score, i) => (score > p.threshold || old(i) ? 1 : 0));
    const count = active.reduce((sum, value) => sum + value, 0);
    const full = passed === 0 || (p.keyFrame > 0 && passed >= p.keyFrame) || count >= p.sceneCut;
    for (let i = 0; i < p.patches; i++) {
      mask[i] = full ? 1 : active[i]!;
      age[i] = mask[i] === 1 ? -128 : Math.min(age[i]! + 1, 127);
    }
    clock[0] = full ? 1 - 128 : Math.min(clock[0]! + 1, 127);
  },
};
