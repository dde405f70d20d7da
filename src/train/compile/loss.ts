/** The loss of a batch as steps. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import { ANNEAL, CONTRAST } from '../../program/kernels/patch-gate.ts';
import type { TensorId } from '../../program/types.ts';
import type { GivenGradient, Loss, PatchContrast } from '../types.ts';
import type { Flow, Kept } from './arithmetic.ts';
import { arena, columnsBox, constant, type Emitter, push } from './emit.ts';
import { realData } from './float-arithmetic.ts';
import type { Network } from './network.ts';

type EmittedLoss = {
  /** Null where the input is the target. */
  readonly target: TensorId | null;
  /** Loss and correct; of a given gradient the output itself, channels last. */
  readonly result: TensorId;
  /** By the names of the outputs; none for what has no gradient. */
  readonly gradients: ReadonlyMap<string, Flow>;
};

/** What changes from step to step in the loss of gates; null for other losses. */
export function annealOf(e: Emitter, loss: Loss | PatchContrast | GivenGradient): TensorId | null {
  return loss.kind === 'patch-contrast' ? arena(e, 'anneal', 'float32', ANNEAL.length, 'port') : null;
}

/**
 * What an output scores: one row of classes, or classes along its first axis for each place of the others.
 * @param shape of one sample, without the batch
 */
export function scoresOf(shape: readonly number[]): { readonly classes: number; readonly places: number } {
  if (shape.filter((size) => size !== 1).length <= 1) return { classes: elementCount(shape), places: 1 };
  return { classes: shape[0]!, places: elementCount(shape.slice(1)) };
}

/** Whether outputs are of the shape of inputs, so that they may be compared element by element. */
export function mayReconstruct({ inputShape, outputShape, outputs, takesNumbers }: Network): boolean {
  return !takesNumbers && outputs.length === 1 && sameShape(inputShape, outputShape);
}

/**
 * @param outputs of the network, in its order
 * @param input as the step computes with it; null where it is whole numbers
 * @throws TinymlError E_SHAPE for a reconstruction of another shape than the input
 */
export function emitLoss(
  e: Emitter,
  network: Network,
  loss: Loss | PatchContrast | GivenGradient,
  outputs: readonly Flow[],
  batch: number,
  { anneal, input }: { readonly anneal: TensorId | null; readonly input: Kept | null },
): EmittedLoss {
  if (loss.kind === 'given-gradient') return emitGiven(e, network, outputs[0]!);
  const result = arena(e, 'result', 'float32', 2, 'port');
  if (loss.kind === 'patch-contrast') return emitContrast(e, network, loss, outputs, batch, anneal!, result);
  const output = outputs[0]!;
  const data = arena(e, 'loss/gradient', 'float32', output.size, 'gradient');
  const gradients = new Map([[network.outputs[0], { data, size: output.size, extent: null }]]);
  switch (loss.kind) {
    case 'cross-entropy': {
      const { classes, places } = scoresOf(network.outputShape);
      const target = arena(e, 'target', 'int32', batch * places, 'port');
      const smoothing = constant(e, 'loss/smoothing', Float32Array.of(loss.labelSmoothing));
      const operands = { inputs: [output.data, target], constants: [smoothing], outputs: [data, result] };
      push(e, 'softmax_cross_entropy_f32', 'loss', operands, { rows: batch * places, classes });
      return { target, result, gradients };
    }
    case 'mean-squared-error': {
      const target = arena(e, 'target', 'float32', output.size, 'port');
      const operands = { inputs: [output.data, target], outputs: [data, result] };
      push(e, 'squared_error_f32', 'loss', operands, { size: output.size });
      return { target, result, gradients };
    }
    case 'reconstruction': {
      if (input === null || !mayReconstruct(network)) throw noReconstruction(network);
      const operands = { inputs: [output.data, realData(e, 'loss', input)], outputs: [data, result] };
      push(e, 'squared_error_f32', 'loss', operands, { size: output.size });
      return { target: null, result, gradients };
    }
  }
}

/** The gradient as it comes, channels last. It is copied, since what comes in is not written over. */
function emitGiven(e: Emitter, { outputs }: Network, output: Flow): EmittedLoss {
  const { size } = output;
  const target = arena(e, 'target', 'float32', size, 'port');
  const data = arena(e, 'loss/gradient', 'float32', size, 'gradient');
  push(e, 'copy_f32', 'loss', { inputs: [target], outputs: [data] }, columnsBox(1, size, size, size));
  const gradients = new Map([[outputs[0], { data, size, extent: null }]]);
  return { target, result: output.data, gradients };
}

function noReconstruction({ inputShape, outputShape }: Network): TinymlError {
  return new TinymlError('E_SHAPE', 'the output is no reconstruction of the input', {
    at: [`input of shape [${inputShape.join(', ')}]`, `output of shape [${outputShape.join(', ')}]`],
    hint: 'an auto-encoder gives what it takes, element by element; classifiers take cross-entropy',
  });
}

/** Outputs for the frame, for its kept patches and for the others, and the mask. The first has no gradient. */
function emitContrast(
  e: Emitter,
  { outputs: names }: Network,
  { contrast, margin, budget, distillation }: PatchContrast,
  outputs: readonly Flow[],
  batch: number,
  anneal: TensorId,
  result: TensorId,
): EmittedLoss {
  const [anchor, positive, negative, mask] = outputs as [Flow, Flow, Flow, Flow];
  const gradients = [positive, negative, mask].map(({ size }, i): readonly [string, Flow] => [
    names[i + 1]!,
    { data: arena(e, 'loss/gradient', 'float32', size, 'gradient'), size, extent: null },
  ]);
  const settings = new Float32Array(CONTRAST.length);
  settings[CONTRAST.contrast] = contrast ? 1 : 0;
  settings[CONTRAST.margin] = margin;
  settings[CONTRAST.budget] = budget.share;
  settings[CONTRAST.distillation] = distillation;
  push(
    e,
    'patch_contrast_f32',
    'loss',
    {
      inputs: [anchor.data, positive.data, negative.data, mask.data, anneal],
      constants: [constant(e, 'loss/settings', settings)],
      outputs: [...gradients.map(([, { data }]) => data), result],
    },
    {
      batch,
      features: anchor.size / batch,
      patches: mask.size / batch,
      hinge: budget.kind === 'hinge' ? 1 : 0,
    },
  );
  return { target: anneal, result, gradients: new Map(gradients) };
}
