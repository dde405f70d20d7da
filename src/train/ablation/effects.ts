/** What the runs of an ablation show: means of arms, and paired differences between arms that differ in one factor. */
import { type Arm, armKey, exportDiffers, FACTORS, type Factor } from './factors.ts';
import type { Plan } from './grid.ts';
import type { Row } from './rows.ts';
import {
  equivalenceP,
  type Interval,
  mean,
  meanInterval,
  type Range,
  roundingDeviation,
} from './statistics.ts';

const CONFIDENCE = 0.95;

/** Chance of taking an effect for none, in the tests of equivalence. */
const EQUIVALENCE_LEVEL = 0.05;

/** Which accuracy: of the exported model, or of the network by the arithmetic that trained it. */
type Measure = 'exported' | 'asTrained';

/** In points (per cent). */
export type ArmSummary = {
  readonly arm: Arm;
  readonly key: string;
  readonly isControl: boolean;
  readonly exported: Interval;
  readonly asTrained: Interval;
  /** Difference from the float arm of the same LAC and batch norm, by the same seeds; null without it. Of the exported models, or as trained where those compute something else. */
  readonly againstFloat: Interval | null;
  /** Exported minus as trained, by the same seeds. */
  readonly exportChange: Interval;
  readonly cosine: number | null;
  /** Runs that overflowed: they are in no mean. */
  readonly failed: number;
};

type Verdict =
  /** The interval lies above, or below, 0. */
  | 'helps'
  | 'hurts'
  /** Neither, and both one-sided tests say that the difference is inside the margin. */
  | 'equivalent'
  /** Nothing can be said: the interval holds 0, or there is none since all differences are equal. */
  | 'unclear'
  /** One pair, or none: no interval. */
  | 'too-few';

export type Difference = {
  /** Points. */
  readonly interval: Interval;
  /** p-value of equivalence within the margin; null for fewer than two seeds. */
  readonly equivalence: number | null;
  readonly verdict: Verdict;
};

export type Effect = {
  readonly factor: Factor;
  readonly value: string;
  readonly baseline: string;
  /** What the other factors were; empty: over all that was trained. */
  readonly context: Arm;
  /** Pairs of arms that were compared for each seed. */
  readonly pairs: number;
  readonly exported: Difference;
  readonly asTrained: Difference;
  /** Whether an arm of it exports something else than it trained. */
  readonly exportDiffers: boolean;
  /** LAC of quantised training: what the same LAC does in float, and how much more it does here; by `asTrained`. */
  readonly floatControl: { readonly float: Difference; readonly beyond: Difference } | null;
};

export type Analysis = {
  readonly arms: readonly ArmSummary[];
  /** Over all settings of the other factors, of every factor that varies. */
  readonly overall: readonly Effect[];
  /** For each setting of the factors of `by`. */
  readonly separate: readonly Effect[];
  /** Points within which a difference counts as none. */
  readonly margin: number;
};

export type AnalysisOptions = {
  readonly margin: number;
  /** Samples that accuracies are measured on: they are known to one of them. */
  readonly samples: number;
  /** Factors, beside the method, whose settings are told apart in `separate`; default all that vary. */
  readonly by?: readonly Factor[];
};

/** Rows by arm and seed. */
type Results = ReadonlyMap<string, ReadonlyMap<number, Row>>;

/** @param rows of any order; those of arms that are not in the plan are left out */
export function analyse(
  plan: Plan,
  rows: readonly Row[],
  { margin, samples, by }: AnalysisOptions,
): Analysis {
  const results: Results = new Map(
    plan.arms
      .map(armKey)
      .map((key) => [key, new Map(rows.filter(({ arm }) => arm === key).map((row) => [row.seed, row]))]),
  );
  const varying = [...plan.levels.keys()];
  // Without the word of the grid, float training is a control of the arms, not a factor.
  const factors = varying.filter((factor) => factor !== 'method' || variesInGrid(plan, factor));
  const effects = (apart: readonly Factor[], armsOf: (factor: Factor) => readonly Arm[]) =>
    factors.flatMap((factor) => effectsOf(plan, results, armsOf(factor), factor, apart, { margin, samples }));
  const apart =
    by === undefined ? varying : ['method' as const, ...by].filter((one) => varying.includes(one));
  const overall = effects([], (factor) => mainArms(plan, factor));
  // A statement on one setting of the others that is all there is says nothing new.
  const told = new Set(overall.map(({ key }) => key));
  const separate = effects(apart, () => plan.arms).filter(({ key }) => !told.has(key));
  return {
    arms: plan.arms.map((arm) => summary(plan, results, arm)),
    overall: overall.map(({ effect }) => effect),
    separate: separate.map(({ effect }) => effect),
    margin,
  };
}

function ownArms({ arms, controls }: Pick<Plan, 'arms' | 'controls'>): readonly Arm[] {
  return arms.filter((arm) => !controls.has(armKey(arm)));
}

/** Whether the grid itself varies a factor, not its controls alone. */
export function variesInGrid(plan: Pick<Plan, 'arms' | 'controls'>, factor: Factor): boolean {
  return new Set(ownArms(plan).flatMap((arm) => arm[factor] ?? [])).size > 1;
}

/** Arms that a statement on a factor as a whole rests on: those of the grid, and of them the ones that round anything. */
function mainArms({ arms, controls }: Plan, factor: Factor): readonly Arm[] {
  if (!variesInGrid({ arms, controls }, factor)) return arms;
  const own = ownArms({ arms, controls });
  const quantized = factor === 'method' ? [] : own.filter(({ method }) => method !== 'float');
  return quantized.length > 0 ? quantized : own;
}

/** `key`: the pairs that it rests on. */
type KeyedEffect = { readonly key: string; readonly effect: Effect };

type Pair = { readonly arm: Arm; readonly baseline: Arm };

function effectsOf(
  plan: Plan,
  results: Results,
  arms: readonly Arm[],
  factor: Factor,
  apart: readonly Factor[],
  precision: Precision,
): readonly KeyedEffect[] {
  const [baseline, ...values] = plan.levels.get(factor)!;
  return values.flatMap((value) => {
    const pairs = arms
      .filter((arm) => arm[factor] === value)
      .flatMap((arm) =>
        arms
          .filter((other) => other[factor] === baseline && differOnlyIn(factor, arm, other))
          .map((other): Pair => ({ arm, baseline: other })),
      );
    return groupBy(pairs, (pair) => armKey(contextOf(pair, factor, apart))).map((group): KeyedEffect => {
      const exported = difference(seedDifferences(results, group, 'exported'), precision);
      const asTrained = difference(seedDifferences(results, group, 'asTrained'), precision);
      const effect: Effect = {
        factor,
        value,
        baseline: baseline!,
        context: contextOf(group[0]!, factor, apart),
        pairs: group.length,
        exported,
        asTrained,
        exportDiffers: group.some((pair) => exportDiffers(pair.arm) || exportDiffers(pair.baseline)),
        floatControl:
          factor === 'lac' && value !== 'tied' ? floatControl(plan, results, group, precision) : null,
      };
      const key = group.map((pair) => `${armKey(pair.arm)} / ${armKey(pair.baseline)}`).join('\n');
      return { key, effect };
    });
  });
}

/** Factors that do not apply to one of them say nothing. */
function differOnlyIn(factor: Factor, a: Arm, b: Arm): boolean {
  return FACTORS.every(
    (other) => other === factor || a[other] === undefined || b[other] === undefined || a[other] === b[other],
  );
}

function contextOf({ arm, baseline }: Pair, factor: Factor, apart: readonly Factor[]): Arm {
  const both: Arm = { ...baseline, ...arm };
  return Object.fromEntries(
    FACTORS.filter((one) => one !== factor && apart.includes(one) && both[one] !== undefined).map((one) => [
      one,
      both[one],
    ]),
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Points by which arms differ from their baselines, one mean for every seed: seeds are what is independent. */
function seedDifferences(
  results: Results,
  pairs: readonly Pair[],
  measure: Measure,
): ReadonlyMap<number, number> {
  const bySeed = new Map<number, number[]>();
  for (const { arm, baseline } of pairs) {
    const others = results.get(armKey(baseline));
    for (const [seed, row] of results.get(armKey(arm)) ?? []) {
      const [own, other] = [row[measure], others?.get(seed)?.[measure] ?? null];
      if (own === null || other === null) continue;
      bySeed.set(seed, [...(bySeed.get(seed) ?? []), 100 * (own - other)]);
    }
  }
  return new Map(
    [...bySeed]
      .sort(([a], [b]) => a - b)
      .map(([seed, values]) => [seed, values.reduce((sum, value) => sum + value, 0) / values.length]),
  );
}

/** What differences are judged by: the margin that counts as none, and the samples that accuracies are measured on. */
type Precision = Pick<AnalysisOptions, 'margin' | 'samples'>;

/** Points of an accuracy, and of a difference of two. */
const LEVEL: Range = { min: 0, max: 100 };
const CHANGE: Range = { min: -100, max: 100 };

/** @param of how many accuracies each is a sum or difference */
function difference(bySeed: ReadonlyMap<number, number>, { margin, samples }: Precision, of = 2): Difference {
  const most = (of / 2) * CHANGE.max;
  const interval = meanInterval([...bySeed.values()], CONFIDENCE, { min: -most, max: most });
  const equivalence = equivalenceP(interval, margin, Math.sqrt(of) * roundingDeviation(samples));
  return { interval, equivalence, verdict: verdictOf(interval, equivalence) };
}

/** Differences of equal size for all seeds have no spread to judge them by, but may be small for certain. */
function verdictOf({ low, high }: Interval, equivalence: number | null): Verdict {
  if (equivalence === null) return 'too-few';
  if (low !== null && low > 0) return 'helps';
  if (high !== null && high < 0) return 'hurts';
  return equivalence < EQUIVALENCE_LEVEL ? 'equivalent' : 'unclear';
}

/** The same pairs in float32, and what is left of the effect without theirs. */
function floatControl(
  plan: Plan,
  results: Results,
  pairs: readonly Pair[],
  precision: Precision,
): Effect['floatControl'] {
  if (pairs.some(({ arm }) => arm.method === 'float')) return null;
  const inFloat = pairs.flatMap(({ arm, baseline }): readonly Pair[] => {
    const [own, other] = [floatTwin(plan, arm), floatTwin(plan, baseline)];
    return own === null || other === null ? [] : [{ arm: own, baseline: other }];
  });
  if (inFloat.length < pairs.length) return null;
  const control = seedDifferences(results, inFloat, 'asTrained');
  const here = seedDifferences(results, pairs, 'asTrained');
  const beyond = [...here].flatMap(([seed, value]): readonly (readonly [number, number])[] =>
    control.has(seed) ? [[seed, value - control.get(seed)!]] : [],
  );
  return { float: difference(control, precision), beyond: difference(new Map(beyond), precision, 4) };
}

/** The float arm of the same LAC and batch norm; without LAC where it is tied to zero points, which float has not. */
function floatTwin({ arms }: Plan, arm: Arm): Arm | null {
  const like = arm.lac === 'tied' ? { ...arm, lac: 'off' } : arm;
  return arms.find((other) => other.method === 'float' && differOnlyIn('method', other, like)) ?? null;
}

function summary(plan: Plan, results: Results, arm: Arm): ArmSummary {
  const key = armKey(arm);
  const rows = [...(results.get(key)?.values() ?? [])].sort((a, b) => a.seed - b.seed);
  const figures = (of: (row: Row) => number | null): readonly number[] =>
    rows.map(of).filter((figure) => figure !== null);
  const interval = (measure: Measure): Interval =>
    meanInterval(
      figures((row) => row[measure]).map((share) => 100 * share),
      CONFIDENCE,
      LEVEL,
    );
  const twin = arm.method === 'float' ? null : floatTwin(plan, arm);
  const cosines = figures(({ cosine }) => cosine);
  const changes = figures(({ exported, asTrained }) =>
    exported === null || asTrained === null ? null : 100 * (exported - asTrained),
  );
  return {
    arm,
    key,
    isControl: plan.controls.has(key),
    exported: interval('exported'),
    asTrained: interval('asTrained'),
    againstFloat:
      twin === null ? null : meanInterval([...against(results, arm, twin).values()], CONFIDENCE, CHANGE),
    exportChange: meanInterval(changes, CONFIDENCE, CHANGE),
    cosine: cosines.length === 0 ? null : mean(cosines),
    failed: rows.filter(({ failure }) => failure !== null).length,
  };
}

function against(results: Results, arm: Arm, baseline: Arm): ReadonlyMap<number, number> {
  const measure = [arm, baseline].some(exportDiffers) ? 'asTrained' : 'exported';
  return seedDifferences(results, [{ arm, baseline }], measure);
}
