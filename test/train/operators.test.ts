import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kernels } from '../../src/engine/load.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import { lower } from '../../src/lower/lower.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { writtenModel } from '../../src/train/run/score.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { Batch, Trainer } from '../../src/train/types.ts';
import { assertGradients } from './differences.ts';
import { batchFor, settings } from './networks.ts';
import { formGraph, TRAINED_FORMS } from './operators.ts';

const REFERENCE: Kernels = { kind: 'typescript', reason: 'the judge' };
const SQUARES = { kind: 'mean-squared-error' } as const;

describe('every operator that is trained', () => {
  for (const form of TRAINED_FORMS) {
    const { op, title } = form;
    it(`has the gradients of differences: ${op} ${title}`, () =>
      assertGradients(formGraph(form), SQUARES, null));
  }

  for (const form of TRAINED_FORMS) {
    const { op, title } = form;
    it(`is computed to the bit and written with the ranges that were learned: ${op} ${title}`, () => {
      const options = settings({
        method: 'octo',
        loss: SQUARES,
        batchSize: 2,
        octo: { activations: 'affine' },
      });
      const graph = formGraph(form);
      const batch = batchFor(graph, options);
      const [trainer, judge] = [
        createTrainer(graph, options),
        createTrainer(graph, options, undefined, REFERENCE),
      ];
      for (const learningRate of [0.01, 0]) {
        const losses = [trainer, judge].map((one) => one.step(batch, { step: 0, learningRate }).loss);
        assert.equal(losses[0], losses[1]);
      }
      const expected = judge.state();
      for (const [name, data] of trainer.state()) assert.deepEqual(data, expected.get(name), name);
      const decibels = ratioOf(trainer, batch, form.shape);
      assert.ok(decibels > 25, `${decibels} dB`);
    });
  }
});

/** 10 log10(signal / noise) of the integers of a trained model against its float32. */
function ratioOf(trainer: Trainer, { inputs }: Batch, shape: readonly number[]): number {
  const file = writtenModel(trainer.toGraph());
  const program = lower(prepareGraph(importModel(file, { path: 'trained.onnx' })));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const run = createSampleRunner(program, plan);
  const float = createExecutor(trainer.toFloatGraph());
  const size = elementCount(shape);
  let [signal, noise] = [0, 0];
  for (let first = 0; first < inputs.length; first += size) {
    const input = inputs.slice(first, first + size);
    const [exact] = float.run([floatTensor(shape, input)]);
    const [rounded] = run([input]);
    (exact!.data as Float32Array).forEach((value, i) => {
      signal += value ** 2;
      noise += (value - rounded![i]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / noise);
}
