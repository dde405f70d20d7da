import type { Analysis, Effect } from '../train/ablation/effects.ts';
import type { Plan } from '../train/ablation/grid.ts';
import { contextText, effectName } from '../train/ablation/sentences.ts';
import type { Interval } from '../train/ablation/statistics.ts';
import { armColumns, armRows, EFFECT_COLUMNS, effectRows } from './ablation-rows.ts';
import { type IntervalBar, intervalChart } from './charts.ts';
import { htmlList, htmlPage, htmlTable, type Section } from './html.ts';

/** What an ablation found: sentences, intervals of differences and of arms, tables. */
export function ablationPage(
  model: string,
  lead: string,
  plan: Plan,
  analysis: Analysis,
  found: readonly string[],
): string {
  const { arms, overall, separate, margin } = analysis;
  const sections: readonly (Section | null)[] = [
    { title: 'What was found', body: htmlList(found.map((one) => [one])) },
    effectSection('Differences on the whole, in points', plan, overall, margin),
    effectSection('Differences told apart, in points', plan, separate, margin),
    {
      title: 'Accuracy of the exported models, in per cent',
      body: intervalChart(
        arms.flatMap(({ arm, exported, isControl }) =>
          bar(`${contextText(plan, arm) || 'all as given'}${isControl ? ' (control)' : ''}`, exported),
        ),
        {},
      ),
    },
    { title: 'Arms', body: htmlTable(armColumns(plan), armRows(plan, arms)) },
    overall.length + separate.length === 0
      ? null
      : {
          title: 'Differences',
          body: htmlTable(EFFECT_COLUMNS, effectRows(plan, analysis, [...overall, ...separate])),
        },
    plan.leftOut.length === 0
      ? null
      : { title: 'Left out', body: htmlList(plan.leftOut.map((one) => [one])) },
  ];
  return htmlPage(
    `Ablation: ${model}`,
    lead,
    sections.filter((section) => section !== null),
  );
}

function effectSection(
  title: string,
  plan: Plan,
  effects: readonly Effect[],
  margin: number,
): Section | null {
  if (effects.length === 0) return null;
  const bars = effects.flatMap((effect) => [
    ...bar(effectName(plan, effect), effect.exported.interval),
    ...(effect.exportDiffers ? bar('as it was trained', effect.asTrained.interval) : []),
  ]);
  return { title, body: intervalChart(bars, { zero: true, margin }) };
}

function bar(label: string, { n, mean, low, high }: Interval): readonly IntervalBar[] {
  return n === 0 ? [] : [{ label, mean, low: low ?? mean, high: high ?? mean }];
}
