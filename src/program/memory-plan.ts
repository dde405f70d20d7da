/** Where everything of a Program lies in its one static arena. */
import type { TensorId } from './types.ts';

/** Where a tensor lies in the arena. */
export type Placement = {
  readonly tensor: TensorId;
  readonly offset: number;
  readonly bytes: number;
  /** Index of the first and last step during which the bytes must stay intact (-1: before the first step). */
  readonly firstStep: number;
  readonly lastStep: number;
};

/** Of a step; of what makes the inputs, before the first step, `step` is -1. */
export type ScratchPlacement = { readonly step: number; readonly offset: number; readonly bytes: number };

/** Addresses of everything in the one static arena. */
export type MemoryPlan = {
  /** Size of the arena, state and scratch included. */
  readonly arenaBytes: number;
  /** The first bytes of the arena, which must stay intact between runs: all state. 0 where there is none. */
  readonly stateBytes: number;
  /** Size the arena would have without scratch. */
  readonly tensorBytes: number;
  /** Largest scratch of any step, and of what makes the inputs. */
  readonly scratchBytes: number;
  /** The most bytes that are live at one step, scratch included: no plan of these steps can be smaller. */
  readonly livePeakBytes: number;
  /** The same without scratch. */
  readonly tensorLivePeakBytes: number;
  /** Step at which most bytes are live; -1 where they are while inputs are made. */
  readonly peakStep: number;
  readonly placements: readonly Placement[];
  readonly scratch: readonly ScratchPlacement[];
};
