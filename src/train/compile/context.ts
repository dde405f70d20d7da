/** What the passes of a training step share: what they write to, and what the forward pass leaves of each unit. */
import type { TensorId } from '../../program/types.ts';
import type { StepOptions } from '../options.ts';
import type { Arithmetic, Flow, FrozenChannels, Kept, Layer, SavedInput } from './arithmetic.ts';
import type { Emitter } from './emit.ts';
import type { Network, Unit } from './network.ts';
import type { Compensation } from './octo/compensation.ts';
import type { FixedRanges } from './ranges.ts';
import type { Trained } from './trained.ts';
import type { Updates } from './updates.ts';

/** Names in `state` of what is trained of a direction of a recurrent layer; null for what is not. */
export type CellParameters = {
  readonly weights: string | null;
  readonly recurrent: string | null;
  readonly bias: string | null;
  readonly recurrentBias: string | null;
  /** Rows of the recurrent matrix, and of its bias, that a state which was reset meets. */
  readonly candidate: string | null;
  readonly candidateBias: string | null;
};

/** Names in `state` of what is trained of a unit; null for what is not. */
export type UnitParameters = {
  readonly weights: string | null;
  readonly bias: string | null;
  readonly gamma: string | null;
  readonly beta: string | null;
  readonly runningMean: string | null;
  readonly runningVariance: string | null;
  readonly compensation: Compensation | null;
  /** Of the directions of a recurrent layer; none of others. */
  readonly cells: readonly CellParameters[];
  /** What the published code drops from the sums, per channel; null where nothing is dropped. */
  readonly dropped: string | null;
  /** Weights beside those of the first input channels, which alone are trained; null where all or none are. */
  readonly frozen: FrozenChannels | null;
};

export type Context = {
  readonly e: Emitter;
  readonly network: Network;
  readonly options: StepOptions;
  readonly arithmetic: Arithmetic;
  /** Ranges that are fixed, where codes between them are those of inference; else null. */
  readonly fixed: FixedRanges | null;
  readonly updates: Updates;
  /** What random masks come from. */
  readonly random: { readonly key: TensorId; readonly anneal: TensorId | null };
  /** The input, where it is whole numbers: int32. */
  readonly numbers: TensorId | null;
  /** Values as they are kept, by name. */
  readonly kept: Map<string, Kept>;
  /** Units whose output must have a gradient: something is trained in them or before them. */
  readonly needsGradient: ReadonlySet<string>;
  readonly trained: ReadonlyMap<string, Trained>;
  readonly batch: number;
};

/** A batch norm behind the source of a unit. */
export type EmittedNorm =
  /** It follows the statistics of each batch; its input is kept. */
  | {
      readonly kind: 'batch';
      readonly x: Kept;
      readonly statistics: TensorId;
      readonly gamma: TensorId;
      readonly beta: TensorId;
    }
  /** Its running statistics stay as they are: it scales and shifts each channel. */
  | { readonly kind: 'fixed'; readonly scale: TensorId; readonly shift: TensorId };

/** One direction of a recurrent layer: its products, and what the forward pass leaves of each time. */
export type EmittedCell = {
  readonly names: CellParameters;
  /** Of all times at once. */
  readonly ofInput: Layer;
  /** Of one time; of all times at once in the backward pass. */
  readonly ofState: Layer;
  /** The same of the state as it was reset; null where nothing is reset before. */
  readonly ofReset: Layer | null;
  /** Sums of the input, [batch][times][sequences][gates * hidden]. */
  readonly sums: TensorId;
  /** In the order of computation. */
  readonly times: readonly {
    readonly time: number;
    /** The state that the product with the recurrent weights reads, [batch][sequences][hidden]. */
    readonly state: Kept;
    /** Sums of the state, [batch][sequences][gates * hidden]. */
    readonly sums: TensorId;
    /** c of an LSTM and h of a GRU before; the sum of an RNN. */
    readonly kept: TensorId;
    /** What resets the state, and the state that was reset, both [batch][sequences][hidden]; null where nothing is reset before. */
    readonly reset: { readonly gate: TensorId; readonly state: Kept } | null;
  }[];
};

/** A unit whose forward pass has been written. */
export type EmittedUnit = {
  readonly unit: Unit;
  readonly names: UnitParameters;
  readonly layer: Layer | null;
  readonly saved: SavedInput | null;
  readonly norm: EmittedNorm | null;
  /** The directions of a recurrent layer; none of others. */
  readonly cells: readonly EmittedCell[];
  /** What a random mask leaves for its gradient. */
  readonly sampled: { readonly share: TensorId; readonly spread: TensorId } | null;
  /** Real numbers of an output of the network, which are not kept. */
  readonly flow: Flow | null;
};
