/** What a step of training takes on a device, as its plan has it. */
import { formatCount } from '../../../diagnostics/units.ts';
import { macsOfSteps } from '../../../program/loops.ts';
import { liveBytes } from '../../../program/plan.ts';
import { RECORD_BYTES } from './print-training.ts';
import type { Training } from './training.ts';

type TrainingSummary = {
  /** Null where samples are their own targets. */
  readonly classes: number | null;
  readonly learningRate: number;
  /** Steps for one update. */
  readonly accumulate: number;
  /** Latents that are kept, bytes of each, and steps on them behind each sample; null where none are. */
  readonly replay: { readonly latents: number; readonly bytes: number; readonly steps: number } | null;
  /** Multiply-accumulates of a step. */
  readonly macs: number;
  /** Bytes of the arena that are live at most, state included: in the forward pass, and in the backward pass. */
  readonly forwardPeakBytes: number;
  readonly backwardPeakBytes: number;
  /** The step of training at which most are. */
  readonly peakStep: { readonly name: string; readonly kernel: string };
  /** Of a record of parameters. */
  readonly recordBytes: number;
};

export function summariseTraining({ programs, plan, learningRate }: Training): TrainingSummary {
  const { step, firstOfBackward, loss, replay: replayed } = programs;
  const live = liveBytes(step, plan);
  const most = (bytes: readonly number[]): number => bytes.reduce((peak, one) => Math.max(peak, one), 0);
  const [forwardPeakBytes, backwardPeakBytes] = [
    most(live.slice(0, firstOfBackward)),
    most(live.slice(firstOfBackward)),
  ];
  const { name, kernel } = step.steps[live.indexOf(Math.max(forwardPeakBytes, backwardPeakBytes))]!;
  return {
    classes: loss.kind === 'cross-entropy' ? loss.classes : null,
    learningRate,
    accumulate: programs.accumulation.steps,
    replay:
      replayed === null
        ? null
        : { latents: replayed.classes * replayed.perClass, bytes: replayed.bytes, steps: replayed.steps },
    macs: macsOfSteps(step).reduce((sum, one) => sum + one, 0),
    forwardPeakBytes,
    backwardPeakBytes,
    peakStep: { name, kernel },
    recordBytes: plan.stateBytes + RECORD_BYTES,
  };
}

/** @param prefix of the symbols */
export function trainingFields(
  {
    classes,
    accumulate,
    replay,
    macs,
    forwardPeakBytes,
    backwardPeakBytes,
    peakStep,
    recordBytes,
  }: TrainingSummary,
  prefix: string,
): readonly (readonly [string, string])[] {
  return [
    [
      'training',
      classes === null
        ? `${prefix}_train_step(input, learning rate), by reconstruction`
        : `${prefix}_train_step(input, label, learning rate) of ${formatCount(classes)} classes`,
    ],
    ...(accumulate === 1
      ? []
      : [['updates', `one in ${formatCount(accumulate)} steps, by the mean of their gradients`] as const]),
    ...(replay === null
      ? []
      : [
          [
            'replay',
            `${formatCount(replay.steps)} behind each sample, of ${formatCount(replay.latents)} latents of ${formatCount(replay.bytes)} B`,
          ] as const,
        ]),
    ['MACs of a step', formatCount(macs)],
    [
      'peaks of a step',
      `${formatCount(forwardPeakBytes)} B forward, ${formatCount(backwardPeakBytes)} B backward, most at ${peakStep.name} (${peakStep.kernel})`,
    ],
    ['parameters', `${formatCount(recordBytes)} B as a record`],
  ];
}
