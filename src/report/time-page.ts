/** Where the time of an inference goes on a device, as a page. */
import type { TimeFinding, TimeReport } from '../targets/target.ts';
import { barChart } from './charts.ts';
import { escapeHtml, htmlFacts, htmlPage, htmlTable } from './html.ts';
import { shareColumns, shareRows, TIME_COLUMNS, timeRows } from './time-rows.ts';

/** Bars of so many layers; the table has all. */
const CHARTED = 30;

/** @param title one line that says on what it ran */
export function timePage(report: TimeReport, title: string): string {
  const { totalMs, runs, kinds, precisions, layers, findings, inferences } = report;
  const slowest = layers.slice(0, CHARTED).map(({ name, ms }) => ({
    label: name,
    value: ms,
    text: `${ms.toFixed(4)} ms`,
  }));
  const facts: readonly (readonly [string, string])[] = [
    ['layers, one after another', `${totalMs.toFixed(3)} ms, the mean of ${runs} runs`],
    ...(inferences === null
      ? []
      : [
          ['latency', `${inferences.latencyMs.toFixed(3)} ms, the median of ${inferences.count}`] as const,
          ['latency, 99th percentile', `${inferences.p99Ms.toFixed(3)} ms`] as const,
          ['on the GPU', `${inferences.computeMs.toFixed(3)} ms`] as const,
          ['to enqueue it', `${inferences.enqueueMs.toFixed(3)} ms`] as const,
        ]),
  ];
  return htmlPage('Time of an engine', title, [
    { title: 'Summary', body: htmlFacts(facts) },
    { title: 'Findings', body: findingList(findings) },
    { title: 'By kind', body: htmlTable(shareColumns('kind'), shareRows(kinds)) },
    ...(precisions.length === 0
      ? []
      : [{ title: 'By precision', body: htmlTable(shareColumns('computed in'), shareRows(precisions)) }]),
    { title: 'Slowest layers', body: barChart(slowest) },
    { title: 'Layers', body: htmlTable(TIME_COLUMNS, timeRows(layers)) },
  ]);
}

function findingList(findings: readonly TimeFinding[]): string {
  if (findings.length === 0) return '<p>Nothing stands out.</p>';
  const items = findings.map(({ message, at, remedy }) => {
    const places = at.map((place) => `<li>${escapeHtml(place)}</li>`).join('');
    const list = places === '' ? '' : `<ul>${places}</ul>`;
    return `<li><b>${escapeHtml(message)}</b>${list}<p>${escapeHtml(remedy)}</p></li>`;
  });
  return `<ol>\n${items.join('\n')}\n</ol>`;
}
