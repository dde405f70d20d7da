/** Whether data are what a model was made for: what can be seen of them without knowing the model's past. */
import type { Preprocess } from '../../data/preprocess.ts';
import type { AffineMap, InputMap } from '../../data/scale-samples.ts';
import type { Sample } from '../../data/types.ts';
import type { Extent } from './diagnose.ts';

/** The values of one model input over some samples. */
type InputData = Extent & { readonly name: string; readonly rms: number };

/** @param names of the inputs, in their order */
export function summariseInputs(names: readonly string[], samples: readonly Sample[]): readonly InputData[] {
  return names.map((name, i) => {
    let [min, max, squares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (const { inputs } of samples) {
      for (const value of inputs[i]!) {
        if (value < min) min = value;
        if (value > max) max = value;
        squares += value * value;
      }
      count += inputs[i]!.length;
    }
    return count === 0
      ? { name, min: 0, max: 0, rms: 0 }
      : { name, min, max, rms: Math.sqrt(squares / count) };
  });
}

export type InputProblem =
  | { readonly kind: 'constant'; readonly input: string; readonly value: number }
  /** Evaluation data are `factor` times as large as calibration data. */
  | {
      readonly kind: 'disagree';
      readonly input: string;
      readonly calibration: Extent;
      readonly evaluation: Extent;
      readonly factor: number;
    }
  /** With other preprocessing the float model is better. */
  | {
      readonly kind: 'preprocess';
      readonly input: string;
      readonly data: Extent;
      /** From the data as they are to those that suit the model. */
      readonly map: InputMap;
      /** The description that says so. */
      readonly preprocess: Preprocess;
      readonly evidence: Evidence;
    };

type Evidence =
  /** Right answers of the float model without and with it, in [0, 1]. */
  | { readonly kind: 'accuracy'; readonly before: number; readonly after: number; readonly samples: number }
  /** What stands before its first batch normalisation spreads so many times as far as in training. */
  | { readonly kind: 'batch-norm'; readonly node: string; readonly times: number };

/** Data sets of one kind agree in their size; beyond this quotient they are of different units. */
const DISAGREE = 4;
/** Quotients of usual units: a measured one near to one of them is taken for it. */
const USUAL = [
  255,
  256,
  127.5,
  128,
  1 / 255,
  1 / 256,
  1 / 127.5,
  1 / 128,
  32768,
  1 / 32768,
  1000,
  1 / 1000,
  100,
  1 / 100,
  // Of accelerations, m/s^2 and g; of rates and angles, degrees and radians.
  9.80665,
  0.101972,
  57.29578,
  0.01745329,
];
const NEAR = 0.5;

/** What calibration data show by themselves, and beside evaluation data (empty where there are none). */
export function dataProblems(
  calibration: readonly InputData[],
  evaluation: readonly InputData[],
): readonly InputProblem[] {
  return calibration.flatMap((data, i): readonly InputProblem[] => {
    const { name, min, max, rms } = data;
    if (min === max) return [{ kind: 'constant', input: name, value: min }];
    const other = evaluation[i];
    if (other === undefined || other.rms === 0) return [];
    const quotient = other.rms / rms;
    if (quotient < DISAGREE && quotient > 1 / DISAGREE) return [];
    const factor = usualFactor(quotient, reach(other) / reach(data));
    return [{ kind: 'disagree', input: name, calibration: data, evaluation: other, factor }];
  });
}

function reach({ min, max }: Extent): number {
  return Math.max(-min, max);
}

/** A usual quotient that both measured ones are near to, else the first of them to two digits. */
export function usualFactor(quotient: number, ofReach: number): number {
  const near = USUAL.filter((one) =>
    [quotient, ofReach].every((measured) => Math.abs(Math.log2(measured / one)) < NEAR),
  );
  const distance = (one: number): number => Math.abs(Math.log(ofReach / one));
  return near.length === 0
    ? Number(quotient.toPrecision(2))
    : near.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** In the middle of what pictures are normalised with, as in ImageNet: mean and standard deviation of values 0 .. 1. */
const PICTURES = { mean: 0.449, std: 0.226 } as const;

/**
 * Maps from data as they are to what models usually take: 0 .. 1, 0 .. 255, -1 .. 1, -128 .. 127, and pictures of mean 0
 * and standard deviation 1. The data are told by their extent; of others than these there are none.
 */
export function usualMaps({ min, max }: Extent): readonly AffineMap[] {
  const toUnit = unitMap(min, max);
  if (toUnit === null) return [];
  const targets: readonly AffineMap[] = [
    { factor: 1, offset: 0 },
    { factor: 255, offset: 0 },
    { factor: 2, offset: -1 },
    { factor: 255, offset: -128 },
    { factor: 1 / PICTURES.std, offset: -PICTURES.mean / PICTURES.std },
  ];
  return targets
    .map(({ factor, offset }) => ({
      factor: factor * toUnit.factor,
      offset: factor * toUnit.offset + offset,
    }))
    .filter(({ factor, offset }) => Math.abs(factor - 1) > 0.01 || Math.abs(offset) > 0.01);
}

function unitMap(min: number, max: number): AffineMap | null {
  if (min >= 0 && max <= 1) return { factor: 1, offset: 0 };
  if (min >= 0 && max > 16 && max <= 255) return { factor: 1 / 255, offset: 0 };
  if (min >= -1 && max <= 1) return { factor: 0.5, offset: 0.5 };
  if (min >= -128 && min < -16 && max <= 127) return { factor: 1 / 255, offset: 128 / 255 };
  return null;
}
