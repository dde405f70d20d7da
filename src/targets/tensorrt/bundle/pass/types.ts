/** What a bundle holds of a gated model, and what run_pass.py has to know of it. */
import type { StateTie } from '../../../../graph/types.ts';
import type { Precision } from '../../release/platform.ts';

export type PassBundle = {
  readonly networks: readonly PassNetwork[];
  /** Outputs of the stage, and of `dense`, that are inputs of the stage for the next frame. */
  readonly caches: readonly StateTie[];
  readonly grid: { readonly rows: number; readonly columns: number };
  readonly patches: number;
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** The outputs of the model by their own names, each an output of `rest` or of the stage. */
  readonly results: readonly PassResult[];
  /** How many times its share of a whole frame a patch in a list costs. */
  readonly cost: number;
  readonly golden: PassGolden;
};

export type PassNetwork = {
  readonly name: 'gate' | 'stage' | 'dense' | 'rest';
  readonly onnx: Uint8Array;
  /** The gate stays in float32: its clock counts frames, and it compares with thresholds. */
  readonly precision: Precision;
  readonly inputs: readonly PassPort[];
  readonly outputs: readonly PassPort[];
  readonly ties: readonly StateTie[];
};

/** float32, but for the list of patches, whose size is a symbol. */
export type PassPort = { readonly name: string; readonly shape: readonly (number | string)[] };

type PassResult = { readonly name: string; readonly port: string; readonly shape: readonly number[] };

export type PassGolden = {
  /** float32, as the model takes them: one sequence. */
  readonly inputs: readonly Float32Array[];
  /** Patches of the stage to compute, per frame. */
  readonly active: readonly number[];
  /** float32 of every result, in their order, per frame. */
  readonly outputs: readonly (readonly Uint8Array[])[];
  /** Per result, as of `GoldenCase`. */
  readonly tolerances: readonly number[];
};

/** Where lists of one to three convolutions stop to pay in ONNX Runtime (docs/jetson-pass.md); on a GPU it is to be measured. */
const USUAL_THRESHOLD = 0.25;

/** Share of patches from which a whole frame is computed, until it was measured on the board. */
export function firstThreshold({ cost }: Pick<PassBundle, 'cost'>): number {
  return Math.min(USUAL_THRESHOLD, 1 / cost);
}
