/** What a training on golden inputs must come to, step by step: what every other executor is held against. */
import { crc32 } from 'node:zlib';
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { Kernels } from '../../../engine/load.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { costsOf, createCheckedMachine, stepsWithin } from '../checked-machine.ts';
import { openTrainingSession } from './session.ts';
import { statusValue } from './status.ts';
import type { Training } from './training.ts';

/** CRC-32 of the state after a step; of what the step, and behind it an evaluation of the same sample, gave, their statuses included. */
export type TrainingStep = { readonly state: number; readonly results: number };

export type TrainingTrace = {
  /** Of the first values of the state. */
  readonly first: number;
  readonly steps: readonly TrainingStep[];
};

type TrainingSample = { readonly input: ProgramArray; readonly label: number };

/** Steps that a bundle carries the sums of: a self-test trains on them in two halves. */
export const TRACE_STEPS = 200;

/**
 * Trains on samples in turn.
 * @param plan of the inference
 * @throws TinymlError E_NOT_FINITE where it diverges, E_INTERNAL where the engine and the reference disagree
 */
export function traceOf(
  training: Training,
  plan: MemoryPlan,
  samples: readonly TrainingSample[],
  kernels: Kernels,
): TrainingTrace {
  const session = openTrainingSession(training, plan, (program, own) => {
    const cost = costsOf(program).reduce((sum, one) => sum + one, 0);
    const checked =
      cost * TRACE_STEPS <= REFERENCE_BUDGET ? null : stepsWithin(program, REFERENCE_BUDGET / TRACE_STEPS);
    return createCheckedMachine(program, own, kernels, (step) => checked?.has(step) ?? true);
  });
  const judges = training.programs.loss.kind === 'cross-entropy';
  const first = crc32(session.state());
  const steps = Array.from({ length: TRACE_STEPS }, (_, index): TrainingStep => {
    const { input, label } = samples[index % samples.length]!;
    const trained = session.train(input, label, training.learningRate);
    if (trained.status === 'not-finite') throw diverged(index, training.learningRate);
    if (trained.status === 'input') throw notFinite(index % samples.length);
    const state = crc32(session.state());
    const evaluated = session.evaluate(input, label);
    const scores = session.infer(input);
    const results = [trained, evaluated].reduce((sum, { status, loss, correct }) => {
      const said = [wordOf(loss), ...(judges ? [correct] : []), statusValue(status)];
      return crc32(new Uint8Array(Int32Array.from(said).buffer), sum);
    }, 0);
    return { state, results: crc32(new Uint8Array(scores.buffer), results) };
  });
  return { first, steps };
}

/** The bits of a float32. */
function wordOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}

function diverged(step: number, learningRate: number): TinymlError {
  return new TinymlError('E_NOT_FINITE', `the loss of step ${step + 1} of the self-test is not finite`, {
    at: `learning rate ${learningRate}`,
    hint: 'lower --lr, or give --golden: samples of the kind that the device will see',
  });
}

function notFinite(sample: number): TinymlError {
  return new TinymlError('E_NOT_FINITE', `a value of sample ${sample + 1} of the self-test is not finite`, {
    at: '--golden',
    hint: 'give samples without NaN and infinities: firmware refuses them',
  });
}

/** Multiply-accumulates that the reference may take for a trace: two seconds. */
const REFERENCE_BUDGET = 500e6;
