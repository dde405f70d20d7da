/** The loss of a batch as steps. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { TensorId } from '../../program/types.ts';
import type { Loss } from '../types.ts';
import type { Flow } from './arithmetic.ts';
import { arena, constant, type Emitter, push } from './emit.ts';
import type { Network } from './network.ts';

type EmittedLoss = { readonly target: TensorId; readonly result: TensorId; readonly gradient: Flow };

/** @throws TinymlError E_SHAPE where the outputs are not one row of classes per sample */
export function emitLoss(e: Emitter, network: Network, loss: Loss, output: Flow, batch: number): EmittedLoss {
  const result = arena(e, 'result', 'float32', 2, 'port');
  const data = arena(e, 'loss/gradient', 'float32', output.size, 'gradient');
  const gradient: Flow = { data, size: output.size, extent: null };
  switch (loss.kind) {
    case 'cross-entropy': {
      const [classes = 1, ...rest] = network.outputShape;
      if (elementCount(rest) !== 1) {
        throw new TinymlError('E_SHAPE', 'cross-entropy takes one row of class scores per sample', {
          at: `output of shape ${[1, ...network.outputShape].join('x')}`,
          hint: 'use --loss mse for outputs that are compared value by value',
        });
      }
      const target = arena(e, 'target', 'int32', batch, 'port');
      const smoothing = constant(e, 'loss/smoothing', Float32Array.of(loss.labelSmoothing));
      const operands = { inputs: [output.data, target], constants: [smoothing], outputs: [data, result] };
      push(e, 'softmax_cross_entropy_f32', 'loss', operands, { rows: batch, classes });
      return { target, result, gradient };
    }
    case 'mean-squared-error': {
      const target = arena(e, 'target', 'float32', output.size, 'port');
      const operands = { inputs: [output.data, target], outputs: [data, result] };
      push(e, 'squared_error_f32', 'loss', operands, { size: output.size });
      return { target, result, gradient };
    }
  }
}
