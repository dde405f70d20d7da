import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import { type Changes, network, settings } from './networks.ts';

/** x [1, 2, 4, 4], Conv 3x3 of 4 channels, Relu, MaxPool 2x2, Gemm of 3. */
function classifier(): Graph {
  return network([1, 2, 4, 4], ({ conv, op, gemm }, x) => {
    const a = op('Relu', 'relu', [conv('conv', x, [4, 2, 3, 3])]);
    const pooled = op('MaxPool', 'pool', [a], { kernel_shape: ints([2, 2]) });
    return gemm('dense', op('Flatten', 'flat', [pooled]), 3, 4);
  });
}

const memoryOf = (changes: Changes) =>
  createTrainer(classifier(), settings({ batchSize: 3, ...changes })).memory!;

const PARAMETERS = 4 * 2 * 9 + 4 + 3 * 4 + 3;
/** Values that the backward pass reads: the input, the Relu's output, the maxima. */
const SAVED = 3 * (2 * 4 * 4 + 4 * 2 * 2 + 4);

describe('the memory of a training step', () => {
  it('is what a calculation by hand gives, in float32', () => {
    const memory = memoryOf({});
    assert.equal(memory.trainableBytes, 4 * PARAMETERS);
    assert.equal(memory.stateBytes, 4 * PARAMETERS);
    assert.equal(memory.savedActivationBytes, 4 * SAVED);
    assert.equal(memory.savedActivationFloatBytes, 4 * SAVED);
    // The largest gradients at once: of the Relu's output, and of the 72 weights and 4 biases of the convolution.
    assert.equal(memory.gradientBytes, 4 * (3 * 16 + 4 * 2 * 9 + 4));
  });

  it('has the velocity of momentum and the moments of Adam in its state', () => {
    const momentum = { kind: 'sgd', momentum: 0.9, weightDecay: 0 } as const;
    assert.equal(memoryOf({ optimizer: momentum }).stateBytes, 4 * 2 * PARAMETERS);
    const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
    assert.equal(memoryOf({ optimizer: adam }).stateBytes, 4 * 3 * PARAMETERS);
  });

  it('saves exactly a quarter in int8', () => {
    for (const method of ['octo', 'qat'] as const) {
      const memory = memoryOf({ method });
      assert.equal(memory.savedActivationBytes, SAVED, method);
      assert.equal(memory.savedActivationFloatBytes, 4 * SAVED, method);
      assert.equal(memory.trainableBytes, 4 * PARAMETERS, method);
    }
  });

  it('has ranges, quantisers and clips in the state of integer training', () => {
    // Of the input, the Relu's output and the logits; a clip for each layer.
    const quantizers = 3 * (4 + 4) * 4;
    assert.equal(memoryOf({ method: 'octo' }).stateBytes, 4 * PARAMETERS + quantizers + 2 * 4);
  });

  it('keeps weights of one byte in int8, without moments', () => {
    const memory = memoryOf({ method: 'octo', octo: { weights: 'int8' } });
    assert.equal(memory.trainableBytes, 4 * 2 * 9 + 3 * 4 + 4 * (4 + 3));
  });

  it('counts what lives at once', () => {
    const memory = memoryOf({});
    assert.ok(memory.forwardPeakBytes >= memory.savedActivationBytes);
    assert.ok(memory.backwardPeakBytes >= memory.gradientBytes);
    assert.ok(
      memory.arenaBytes >= memory.stateBytes + Math.max(memory.forwardPeakBytes, memory.backwardPeakBytes),
    );
  });
});
