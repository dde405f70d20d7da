import { formatCount, formatPercent } from '../diagnostics/units.ts';
import { TARGET_COLUMNS, targetRow } from './analysis.ts';
import { barChart } from './charts.ts';
import { htmlFacts, htmlLimits, htmlNote, htmlPage, htmlTable, htmlVerdict, type Limit } from './html.ts';
import { type LayerCost, layerTable } from './layer-rows.ts';
import { type Need, verdictOf } from './need.ts';

/** What a model needs, as a page. @param lead whose it is, and whether it is judged as if it were quantised */
export function analysisPage(
  name: string,
  lead: string,
  facts: readonly (readonly [name: string, value: string])[],
  needs: readonly Need[],
  layers: readonly LayerCost[],
  limits: readonly Limit[],
): string {
  const { columns, rows } = layerTable(layers);
  const live = layers.map(({ name: label, liveBytes }) => ({
    label,
    value: liveBytes,
    text: `${formatCount(liveBytes)} B`,
  }));
  const shares = layers.flatMap(({ name: label, share }) =>
    share === null ? [] : [{ label, value: share, text: formatPercent(share) }],
  );
  const [one, ...others] = needs;
  const verdict =
    one === undefined || others.length > 0
      ? []
      : [htmlVerdict(one.misfit === null, `Fits ${one.planned.machine.id}: ${verdictOf(one)}.`)];
  return htmlPage(`Analysis: ${name}`, lead, [
    { title: 'Summary', body: [...verdict, htmlLimits(limits), htmlFacts(facts)].join('\n') },
    {
      title: 'Targets',
      body: `${htmlTable(
        TARGET_COLUMNS,
        needs.map((need) => targetRow(need, verdictOf(need))),
      )}\n${htmlNote('Instructions are predicted, times estimated from them: docs/estimates.md.')}`,
    },
    ...(shares.length === 0 ? [] : [{ title: 'Share of instructions by layer', body: barChart(shares) }]),
    { title: 'Live bytes by layer', body: barChart(live) },
    { title: 'Layers', body: htmlTable(columns, rows) },
  ]);
}
