/** What an ablation found, in plain sentences. */
import { type Analysis, type Difference, type Effect, variesInGrid } from './effects.ts';
import { type Arm, exportDiffers, FACTORS } from './factors.ts';
import type { Plan } from './grid.ts';
import type { Interval } from './statistics.ts';

/**
 * For each factor what it does on the whole, then where it does something else. Points are those of the exported model; the
 * network as it was trained is named where the export cannot keep all of it, or where its verdict is another.
 */
export function sentences(plan: Plan, analysis: Analysis): readonly string[] {
  const { overall, separate } = analysis;
  const apart = separate.filter(isNotable);
  return [
    ...overall.flatMap((effect) => [
      sentence(plan, analysis, effect),
      ...apart
        .filter(({ factor, value }) => factor === effect.factor && value === effect.value)
        .filter((part) => differs(part, effect))
        .map((part) => sentence(plan, analysis, part)),
    ]),
    ...remarks(analysis),
  ];
}

/** An effect that an interval shows. */
function isNotable({ exported, asTrained }: Effect): boolean {
  return [exported, asTrained].some(({ verdict }) => verdict === 'helps' || verdict === 'hurts');
}

/** Another verdict, or another size: neither interval holds the other's mean. */
function differs(part: Effect, whole: Effect): boolean {
  return (['exported', 'asTrained'] as const).some((measure) => {
    const [a, b] = [part[measure], whole[measure]];
    return (
      a.verdict !== b.verdict || (!holds(a.interval, b.interval.mean) && !holds(b.interval, a.interval.mean))
    );
  });
}

function holds({ low, high }: Interval, value: number): boolean {
  return low === null || high === null || (low <= value && value <= high);
}

function sentence(plan: Plan, { margin }: Analysis, effect: Effect): string {
  const { exported, asTrained } = effect;
  const isTwofold = effect.exportDiffers || exported.verdict !== asTrained.verdict;
  const as = isTwofold ? 'as exported ' : '';
  const trained = isTwofold
    ? `; as trained ${pointsText(asTrained.interval)}: ${verdictText(asTrained, margin)}`
    : '';
  return `${effectName(plan, effect)}: ${as}${pointsText(exported.interval)}: ${verdictText(exported, margin)}${trained}${controlText(effect)}`;
}

/** `prc mse instead of off, at bits-g 3, round nearest`. */
export function effectName(plan: Plan, { factor, value, baseline, context, pairs }: Effect): string {
  const where = contextText(plan, context);
  const rest = pairs > 1 ? [`over ${pairs} settings of the other factors`] : [];
  return [
    `${factor} ${value} instead of ${baseline}`,
    ...(where === '' ? [] : [`at ${where}`]),
    ...rest,
  ].join(', ');
}

/** Settings that the grid varies, and those that differ from its first arm. */
export function contextText(plan: Plan, context: Arm): string {
  const [first] = plan.arms;
  return FACTORS.filter((factor) => context[factor] !== undefined && plan.levels.has(factor))
    .filter((factor) => variesInGrid(plan, factor) || context[factor] !== first![factor])
    .map((factor) => `${factor} ${context[factor]}`)
    .join(', ');
}

/** `+3.40 points (95 % CI 2.10 .. 4.70, n=5)`; `+0.67 points (equal for all seeds: no interval, n=2)`. */
function pointsText({ n, mean, low, high }: Interval): string {
  if (n === 0) return 'not measured';
  return `${signed(mean)} points (${rangeText(n, low, high)}n=${n})`;
}

function rangeText(n: number, low: number | null, high: number | null): string {
  if (low !== null && high !== null) return `95 % CI ${signed(low)} .. ${signed(high)}, `;
  return n < 2 ? '' : 'equal for all seeds: no interval, ';
}

export function signed(value: number): string {
  const text = value.toFixed(2);
  return Number(text) > 0 ? `+${text}` : text.replace(/^-0\.00$/, '0.00');
}

export function verdictText({ verdict, equivalence }: Difference, margin: number): string {
  const small = equivalence !== null && equivalence < 0.05 ? `, by less than ${margin} points` : '';
  switch (verdict) {
    case 'helps':
      return `helps${small}`;
    case 'hurts':
      return `hurts${small}`;
    case 'equivalent':
      return `no effect: equivalent within ${margin} points (p=${equivalence!.toPrecision(2)})`;
    case 'unclear':
      return `no effect shown, nor equivalence within ${margin} points (p=${equivalence!.toPrecision(2)})`;
    case 'too-few':
      return 'one seed shows nothing';
  }
}

function controlText({ floatControl }: Effect): string {
  if (floatControl === null) return '';
  const { float, beyond } = floatControl;
  const control = `; in float32 it does ${pointsText(float.interval)}`;
  switch (beyond.verdict) {
    case 'helps':
      return `${control}: quantised training gains ${signed(beyond.interval.mean)} more by it`;
    case 'hurts':
      return `${control}: quantised training gains ${signed(-beyond.interval.mean)} less by it`;
    case 'equivalent':
      return `${control}: as much, nothing in it is owed to quantisation`;
    case 'unclear':
      return `${control}: no effect of its own on quantisation is shown`;
    case 'too-few':
      return control;
  }
}

function remarks({ arms, overall, separate, margin }: Analysis): readonly string[] {
  const failed = arms.filter((arm) => arm.failed > 0);
  const changed = arms.filter(
    ({ arm, exportChange: { mean, low, high } }) =>
      !exportDiffers(arm) &&
      Math.abs(mean) > margin &&
      low !== null &&
      high !== null &&
      (low > 0 || high < 0),
  );
  const count = overall.length + separate.length;
  return [
    ...failed.map(({ key, failed: runs }) => `${runs} runs of ${key} overflowed and are in no figure`),
    ...changed.map(
      ({ key, exportChange }) =>
        `export changes ${key} by ${pointsText(exportChange)}: the learned ranges do not fit what the network computes`,
    ),
    ...(count > 1
      ? [
          `${count} differences were looked at, each at 95 %: ${(count / 20).toFixed(1)} of them would look like effects by chance alone`,
        ]
      : []),
  ];
}
