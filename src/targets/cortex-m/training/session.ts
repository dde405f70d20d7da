/** What the C of `<name>_training.c` means: steps and evaluations on the state that both Programs share. */
import { CONTROL } from '../../../program/kernels/optimisers.ts';
import { randomBits } from '../../../program/kernels/quantizer.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import type { Program } from '../../../program/program.ts';
import { type Machine, resetState } from '../../../program/run.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { goesOn, stepsOf, updatesBefore } from '../../../train/accumulation.ts';
import { afterLoss, hasDiverged } from '../../../train/divergence.ts';
import { part, recall, remember, stepNumber } from '../../../train/replay.ts';
import { corrections } from '../../../train/run/corrections.ts';
import type { Training } from './training.ts';

/**
 * What a device says of a step: `input` and `not-finite` where a value of the input, or the loss, is not finite, and nothing was changed;
 * `diverges` where the step was made, and the mean of the last losses is far above that of guessing.
 */
type Outcome = {
  readonly status: 'ok' | 'input' | 'not-finite' | 'diverges';
  readonly loss: number;
  readonly correct: number;
};

type TrainingSession = {
  /** @param label of no meaning where samples are their own targets */
  readonly train: (input: ProgramArray, label: number, learningRate: number) => Outcome;
  readonly evaluate: (input: ProgramArray, label: number) => Outcome;
  readonly infer: (input: ProgramArray) => Float32Array;
  /** The bytes of the state as they are now. */
  readonly state: () => Uint8Array;
  readonly reset: () => void;
};

/** @param machineOf runs a Program; @param plan of the inference */
export function openTrainingSession(
  training: Training,
  plan: MemoryPlan,
  machineOf: (program: Program, plan: MemoryPlan) => Machine,
): TrainingSession {
  const { programs, optimizer, seed } = training;
  const { ports, scores, counter, meanLoss, loss, early, before, firstOfLoss, firstOfBackward } = programs;
  const { accumulation, replay } = programs;
  const inference = machineOf(programs.inference, plan);
  const step = machineOf(programs.step, training.plan);
  const stateOf = ({ arena }: Machine): Uint8Array => arena.subarray(0, plan.stateBytes);

  const outcome = (): Outcome => {
    const [loss, correct] = step.view(ports.result) as unknown as [number, number];
    return { status: Number.isFinite(loss) ? 'ok' : 'not-finite', loss, correct };
  };
  const tell = (label: number): void => {
    if (loss.kind === 'cross-entropy') step.view(loss.target)[0] = label;
  };
  const undo = (): void => {
    if (before === null) return;
    const copies = step.view(before);
    let offset = 0;
    for (const id of early) {
      const view = step.view(id) as Float32Array;
      view.set(copies.subarray(offset, offset + view.length) as Float32Array);
      offset += view.length;
    }
  };
  const prepare = (number: number, learningRate: number): void => {
    const control = step.view(ports.control);
    control.fill(0);
    control[CONTROL.learningRate] = learningRate;
    [control[CONTROL.correction1], control[CONTROL.correction2]] = corrections(
      optimizer,
      updatesBefore(accumulation, number) + 1,
    );
    control[CONTROL.goesOn] = goesOn(accumulation, number) ? 1 : 0;
    step.view(ports.key)[0] = randomBits(seed, number);
  };
  /** Keeps the latent of a sample, and trains on what is kept. */
  const again = (
    own: NonNullable<typeof replay>,
    label: number,
    samples: number,
    learningRate: number,
  ): void => {
    const buffer = {
      latents: step.view(own.latents) as Int8Array,
      seen: step.view(own.seen) as Int32Array,
      perClass: own.perClass,
    };
    const newest = (step.view(own.newest) as Int8Array).slice();
    remember(buffer, label, newest, seed, stepNumber(samples, 0, own));
    for (let which = 1; which <= own.steps; which++) {
      const number = stepNumber(samples, which, own);
      const kept = recall(buffer, own.bytes, seed, number);
      part(
        own.crossing.map((id) => step.view(id) as Int8Array),
        kept.latent,
      );
      tell(kept.label);
      prepare(number, learningRate);
      step.run(programs.prefixSteps, firstOfBackward);
      if (outcome().status === 'ok') step.run(firstOfBackward, programs.step.steps.length);
    }
  };
  const infer = (input: ProgramArray): Float32Array => {
    stateOf(inference).set(stateOf(step));
    inference.view(programs.inference.inputs[0]!.tensor).set(input);
    inference.run(0, programs.inference.steps.length);
    return inference.view(scores).slice() as Float32Array;
  };
  return {
    train: (input, label, learningRate) => {
      if (!isAllFinite(input)) return REFUSED_INPUT;
      const steps = step.view(counter);
      const samples = steps[0]!;
      const number = stepNumber(samples, 0, replay);
      step.view(ports.input).set(input);
      tell(label);
      prepare(number, learningRate);
      step.run(0, firstOfBackward);
      const result = outcome();
      if (result.status === 'not-finite') {
        undo();
        return result;
      }
      step.run(firstOfBackward, stepsOf(programs.step, accumulation, number));
      if (replay !== null) again(replay, label, samples, learningRate);
      steps[0]! += 1;
      const mean = step.view(meanLoss);
      mean[0] = afterLoss(mean[0]!, result.loss, loss.guessing);
      return hasDiverged(mean[0]!, loss.guessing) ? { ...result, status: 'diverges' } : result;
    },
    evaluate: (input, label) => {
      if (!isAllFinite(input)) return REFUSED_INPUT;
      if (loss.kind === 'reconstruction') {
        step.view(ports.input).set(input);
        step.run(0, firstOfBackward);
        const result = outcome();
        undo();
        return result;
      }
      step.view(scores).set(infer(input));
      tell(label);
      step.run(firstOfLoss, firstOfBackward);
      return outcome();
    },
    infer,
    state: () => stateOf(step).slice(),
    reset: () => resetState(programs.step, step.view),
  };
}

const REFUSED_INPUT: Outcome = { status: 'input', loss: Number.NaN, correct: 0 };

function isAllFinite(input: ProgramArray): boolean {
  return input.every((value) => Number.isFinite(value));
}
