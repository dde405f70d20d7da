/** What a run leaves for its report: bounded, and the same whether the run was interrupted or not. */
import type { GradientHealth } from '../types.ts';

/** How good the model is on the validation data, measured on what would be exported. */
export type Score = {
  /** Of errors less is better; relative L2 is that to the outputs of a teacher. */
  readonly kind: 'accuracy' | 'mean-squared-error' | 'relative-l2';
  readonly value: number;
  /** Of the validation data. */
  readonly samples: number;
};

export type EpochRow = {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the samples of the epoch, while the model was changing. */
  readonly loss: number;
  /** Of the same samples; null without labels. */
  readonly accuracy: number | null;
  readonly validation: Score | null;
  /** Of the last step. */
  readonly learningRate: number;
  /** Time of the steps, without validation; null for an epoch that was interrupted. */
  readonly samplesPerSecond: number | null;
};

/** Means over some steps in a row. */
export type CurvePoint = {
  /** The first of them, from 0. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
};

/** A curve of at most MAX_POINTS points, each of `stride` steps; `open` adds up the next one. */
type Curve = {
  readonly stride: number;
  readonly points: readonly CurvePoint[];
  readonly open: CurvePoint & { readonly steps: number };
};

export type HealthRow = GradientHealth & { readonly step: number };

export type History = {
  readonly epochs: readonly EpochRow[];
  readonly curve: Curve;
  readonly health: readonly HealthRow[];
};

const MAX_POINTS = 1024;

const NOTHING_OPEN: Curve['open'] = { step: 0, loss: 0, accuracy: 0, learningRate: 0, steps: 0 };

export const EMPTY_HISTORY: History = {
  epochs: [],
  curve: { stride: 1, points: [], open: NOTHING_OPEN },
  health: [],
};

/** The curve with one more step; its points are thinned to half where there are too many. */
export function extendCurve(curve: Curve, point: CurvePoint): Curve {
  const { open } = curve;
  const next = {
    step: open.steps === 0 ? point.step : open.step,
    loss: open.loss + point.loss,
    accuracy: open.accuracy + point.accuracy,
    learningRate: open.learningRate + point.learningRate,
    steps: open.steps + 1,
  };
  if (next.steps < curve.stride) return { ...curve, open: next };
  const points = [...curve.points, meanOf(next)];
  return points.length < MAX_POINTS
    ? { stride: curve.stride, points, open: NOTHING_OPEN }
    : { stride: 2 * curve.stride, points: halved(points), open: NOTHING_OPEN };
}

/** All points, with the one that is being added up. */
export function curvePoints({ points, open }: Curve): readonly CurvePoint[] {
  return open.steps === 0 ? points : [...points, meanOf(open)];
}

function meanOf({ step, loss, accuracy, learningRate, steps }: Curve['open']): CurvePoint {
  return { step, loss: loss / steps, accuracy: accuracy / steps, learningRate: learningRate / steps };
}

/** Means of neighbours; the number of points is even. */
function halved(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return Array.from({ length: points.length / 2 }, (_, i) => {
    const [a, b] = [points[2 * i]!, points[2 * i + 1]!];
    return {
      step: a.step,
      loss: (a.loss + b.loss) / 2,
      accuracy: (a.accuracy + b.accuracy) / 2,
      learningRate: (a.learningRate + b.learningRate) / 2,
    };
  });
}
