/** What training is made of: a batch of samples, what a step reports, and the trainer that takes both. */
import type { Graph, TypedArray } from '../graph/types.ts';

/** How the arithmetic of a step is done: integers in both passes, straight-through fake quantisation, or float32. */
export type Method = 'octo' | 'qat' | 'float';

/** What the outputs are compared with. */
export type Loss =
  /** Class labels; the model ends in logits or in a Softmax, which training leaves out. */
  | { readonly kind: 'cross-entropy'; readonly labelSmoothing: number }
  /** Values of the output's own shape; an auto-encoder is its own target. */
  | { readonly kind: 'mean-squared-error' }
  /** The same against the input as the step computes with it, in codes where its range is fixed: batches have no targets. */
  | { readonly kind: 'reconstruction' };

/**
 * The loss of a gate of patches, without labels, of the outputs for the frame, for what the gate makes of it, and for the
 * opposite (`PatchContrastF32` in program/kernels/patch-gate.ts).
 */
export type PatchContrast = {
  readonly kind: 'patch-contrast';
  /** Whether outputs are contrasted at all. */
  readonly contrast: boolean;
  /** By which share of the norm of the output the kept patches must matter more than the skipped ones. */
  readonly margin: number;
  /** Share of patches to skip: its square error, or only what is lacking. */
  readonly budget: { readonly kind: 'square' | 'hinge'; readonly share: number };
  /** Weight of the square of the relative error of the outputs. */
  readonly distillation: number;
};

/** No loss: the gradient of the output comes from outside, as to the first part of a split network. */
export type GivenGradient = { readonly kind: 'given-gradient' };

/** One batch: `size` samples of the trainer, each in ONNX axis order (CHW), one after the other. */
export type Batch = {
  /** size * elements of the model input. */
  readonly inputs: Float32Array;
  /** Cross-entropy: one label per sample, -1 for a sample that does not count. */
  readonly labels: Int32Array;
  /**
   * Mean squared error: size * elements of the model output. Cross-entropy of outputs that score places: size * places, the class of each,
   * others for one that does not count. Of gates: ANNEAL in program/kernels/patch-gate.ts. Null: the inputs are
   * the targets, or labels count.
   */
  readonly targets: Float32Array | null;
};

/** Numbers of one step that are not state. */
export type StepSettings = {
  /** From 0 over the whole run; random numbers of the step depend on it and on the seed alone. */
  readonly step: number;
  readonly learningRate: number;
};

export type StepResult = {
  /** Mean over the samples that count. */
  readonly loss: number;
  /** Samples, or places, whose largest output is the label; of gates the sum of the shares that were skipped; else 0 where there are no labels. */
  readonly correct: number;
};

/** How healthy the quantised gradient of one layer is, measured on one step. */
export type GradientHealth = {
  readonly layer: string;
  /** Share of the gradient's codes at either end of the range. */
  readonly saturation: number;
  /** Share of the codes that are 0. */
  readonly zeros: number;
  /** Cosine between the gradient and its codes. */
  readonly cosine: number;
  /** RMS of the layer's LAC constants over the RMS of its pre-activation; null without LAC. */
  readonly lac: number | null;
};

/** Bytes of one step, as planned. */
export type TrainingMemory = {
  /** Everything: state, saved activations, gradients and scratch. */
  readonly arenaBytes: number;
  /** Weights, moments, ranges: what stays from step to step. */
  readonly stateBytes: number;
  /** The largest sum of live bytes of any step of the forward pass, state left out. */
  readonly forwardPeakBytes: number;
  /** The same of the backward pass. */
  readonly backwardPeakBytes: number;
  /** What the forward pass leaves for the backward pass. */
  readonly savedActivationBytes: number;
  /** What the same values would take in float32. */
  readonly savedActivationFloatBytes: number;
  /** Largest sum of live gradients. */
  readonly gradientBytes: number;
  /** Sums of gradients of several steps, part of the state; 0 where every step updates. */
  readonly sumBytes: number;
  /** Latents that are kept for replay, part of the state. */
  readonly replayBytes: number;
  /** Weights and biases that are trained, in float32 or int8 as they are kept. */
  readonly trainableBytes: number;
};

/**
 * A network in training. Deterministic: the same graph, scheme, seed, batches and settings give the same bytes, whatever
 * executes them.
 */
export type Trainer = {
  /** Samples per batch. */
  readonly batchSize: number;
  readonly memory: TrainingMemory | null;
  /** Forward, backward and update. @throws TinymlError E_NOT_FINITE naming the layer, with the state of before the step */
  readonly step: (batch: Batch, settings: StepSettings) => StepResult;
  /** One more step on a batch that leaves no trace, watched layer by layer; empty where no gradient is quantised. */
  readonly inspect: (batch: Batch, settings: StepSettings) => readonly GradientHealth[];
  /** Copies of everything that stays from step to step, by name: what a checkpoint holds. */
  readonly state: () => ReadonlyMap<string, TypedArray>;
  /** @throws TinymlError E_CHECKPOINT where names or lengths differ: the checkpoint is of another model or scheme */
  readonly restore: (state: ReadonlyMap<string, TypedArray>) => void;
  /** The model with what was learned: QDQ with the learned scales (octo, qat), or float32. */
  readonly toGraph: () => Graph;
  /** The learned model in float32, whatever the method; normalisations and fixed maps are folded into the layers. */
  readonly toFloatGraph: () => Graph;
};
