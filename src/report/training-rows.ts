/** The tables of a training run, for text and HTML. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import { healthByLayer } from '../train/run/health.ts';
import type { EpochRow, HealthRow, Score } from '../train/run/history.ts';
import type { TrainingReport } from '../train/run/loop.ts';
import type { TrainingMemory } from '../train/types.ts';
import type { Column } from './table.ts';

export const EPOCH_COLUMNS: readonly Column[] = [
  { title: 'epoch', align: 'right' },
  { title: 'loss', align: 'right' },
  { title: 'accuracy', align: 'right' },
  { title: 'validation', align: 'right' },
  { title: 'learning rate', align: 'right' },
  { title: 'samples/s', align: 'right' },
];

export function epochRows(rows: readonly EpochRow[]): readonly (readonly string[])[] {
  return rows.map(({ epoch, loss, accuracy, validation, learningRate, samplesPerSecond }) => [
    String(epoch),
    loss.toFixed(4),
    accuracy === null ? '-' : formatPercent(accuracy),
    validation === null ? '-' : scoreText(validation),
    learningRate.toPrecision(3),
    samplesPerSecond === null ? '-' : formatCount(Math.round(samplesPerSecond)),
  ]);
}

export function scoreText({ kind, value }: Score): string {
  return kind === 'accuracy' ? formatPercent(value) : `MSE ${value.toPrecision(4)}`;
}

/** Which state is written. */
export function keptState({ bestEpoch }: Pick<TrainingReport, 'bestEpoch'>): string {
  return bestEpoch === 0
    ? 'the model as it was: no epoch was surely better'
    : `the state after epoch ${bestEpoch}`;
}

export const HEALTH_COLUMNS: readonly Column[] = [
  { title: 'layer' },
  { title: 'at the ends', align: 'right' },
  { title: 'zeros', align: 'right' },
  { title: 'cosine', align: 'right' },
  { title: 'LAC', align: 'right' },
];

/** Means over the inspections of a run. */
export function healthRows(rows: readonly HealthRow[]): readonly (readonly string[])[] {
  return healthByLayer(rows).map(({ layer, saturation, zeros, cosine, lac }) => [
    layer,
    formatPercent(saturation),
    formatPercent(zeros),
    cosine.toFixed(4),
    lac === null ? '-' : formatPercent(lac),
  ]);
}

export function memoryRows(memory: TrainingMemory): readonly (readonly string[])[] {
  const { savedActivationBytes, savedActivationFloatBytes } = memory;
  const rows: readonly (readonly [string, number])[] = [
    ['arena: everything at once', memory.arenaBytes],
    ['state from step to step', memory.stateBytes],
    ['trained weights and biases', memory.trainableBytes],
    ['peak of the forward pass', memory.forwardPeakBytes],
    ['peak of the backward pass', memory.backwardPeakBytes],
    ['activations kept for the backward pass', savedActivationBytes],
    ['the same in float32', savedActivationFloatBytes],
    ['gradients', memory.gradientBytes],
    ...(memory.sumBytes === 0
      ? []
      : [['sums of the gradients of all that is trained, of the state', memory.sumBytes] as const]),
    ...(memory.replayBytes === 0
      ? []
      : [['latents kept for replay, of the state', memory.replayBytes] as const]),
  ];
  return rows.map(([name, bytes]) => [name, formatCount(bytes), formatBytes(bytes)]);
}
