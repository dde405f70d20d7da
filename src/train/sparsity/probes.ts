/** Which short trainings say what the parts of schemes are worth (contribution analysis, Lin et al. 2022, section 3.2). */
import type { SchemeLayer } from '../compile/trained.ts';
import { type Choice, choiceKey, NOTHING, type Part, sharesOf } from './schemes.ts';

/** Nothing, biases of each depth, and each share of the weights of each layer with the biases of what lies behind it. */
export function probesOf(
  layers: readonly SchemeLayer[],
  shares: readonly number[],
  hasNewHead: boolean,
): readonly Choice[] {
  const depths = layers.map((_, i): Choice => ({ depth: i + 1, parts: [] }));
  return [NOTHING, ...depths, ...partsOf(layers, shares, hasNewHead).map((part) => probeOf(layers, part))];
}

/** What of weights may be trained. A new last layer always is. */
export function partsOf(
  layers: readonly SchemeLayer[],
  shares: readonly number[],
  hasNewHead: boolean,
): readonly Part[] {
  const old = hasNewHead ? layers.slice(0, -1) : layers;
  return old.flatMap((one, layer) => sharesOf(one, shares).map((share): Part => ({ layer, share })));
}

function probeOf(layers: readonly SchemeLayer[], part: Part): Choice {
  return { depth: layers.length - part.layer, parts: [part] };
}

/** What was measured of a choice: one row for each seed. */
export type ProbeRow = {
  readonly choice: string;
  readonly seed: number;
  /** Mean loss and share of right answers on the held out samples; null where training overflowed. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** What went wrong; null if nothing did. */
  readonly failure: string | null;
  readonly seconds: number;
};

/** Means over seeds; null where a run failed or is not there. */
type Measured = { readonly loss: number; readonly accuracy: number };

export type Measurements = ReadonlyMap<string, Measured>;

export function measurementsOf(rows: readonly ProbeRow[]): Measurements {
  const of = new Map<string, ProbeRow[]>();
  for (const row of rows) of.set(row.choice, [...(of.get(row.choice) ?? []), row]);
  return new Map(
    [...of].flatMap(([choice, own]) => {
      const [loss, accuracy] = [meanOf(own.map((row) => row.loss)), meanOf(own.map((row) => row.accuracy))];
      return loss === null || accuracy === null ? [] : [[choice, { loss, accuracy }] as const];
    }),
  );
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** What the parts of schemes are worth. */
export type Gains = {
  /** Of the biases of the last layers, by how many. */
  readonly ofDepth: readonly number[];
  /** Beside the biases of its layer and of all behind it. */
  readonly ofPart: (part: Part) => number;
};

/** Losses are never 0. */
const LEAST_LOSS = 1e-6;

/**
 * By what factor a part lowers the loss, as its logarithm: factors of parts multiply, and no loss falls below 0, where differences add up to more than
 * there is. A part has that of its probe over the biases beside it. Probes that failed are worth nothing.
 */
export function contributionsOf(layers: readonly SchemeLayer[], measured: Measurements): Gains {
  const logOf = (choice: Choice): number | null => {
    const loss = measured.get(choiceKey(choice))?.loss;
    return loss === undefined ? null : Math.log(Math.max(loss, LEAST_LOSS));
  };
  const gain = (before: Choice, after: Choice): number => {
    const [from, to] = [logOf(before), logOf(after)];
    return from === null || to === null ? 0 : from - to;
  };
  const depths = [NOTHING, ...layers.map((_, i): Choice => ({ depth: i + 1, parts: [] }))];
  return {
    ofDepth: depths.map((choice) => gain(NOTHING, choice)),
    ofPart: (part) => {
      const probe = probeOf(layers, part);
      return gain({ ...probe, parts: [] }, probe);
    },
  };
}

/**
 * What a scheme is expected to gain: the sum of its parts. One that makes the model worse by itself, as where a rate is too high for it, leaves no
 * more than its probe had, whatever is beside it.
 */
export function predictedGain(
  { depth, parts }: Choice,
  layers: readonly SchemeLayer[],
  { ofDepth, ofPart }: Gains,
): number {
  const sum = parts.reduce((total, part) => total + ofPart(part), ofDepth[depth]!);
  return parts
    .filter((part) => ofPart(part) < 0)
    .reduce((least, part) => Math.min(least, ofDepth[layers.length - part.layer]! + ofPart(part)), sum);
}
