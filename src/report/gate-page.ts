import type { Warning } from '../diagnostics/warnings.ts';
import type { Choice } from '../gate/plan.ts';
import type { Curve } from '../gate/video/curves.ts';
import type { TrainingReport } from '../train/run/loop.ts';
import { lineChart } from './charts.ts';
import { GATE_COLUMNS, gateRow } from './gate-rows.ts';
import { htmlFacts, htmlList, htmlPage, htmlTable, type Section } from './html.ts';
import { curveBody } from './video-page.ts';
import { warningLines } from './warning-lines.ts';

type GateReport = {
  readonly gates: readonly (Choice & { readonly name: string })[];
  /** What can be said in a line each, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** How the gates that were trained were, by name; what is counted as right there is what was skipped. */
  readonly training: readonly { readonly name: string; readonly report: TrainingReport }[];
  readonly curves: readonly Curve[];
  readonly warnings: readonly Warning[];
};

/** Gates that were put into a model: where they stand, how they were trained, and what they lose. */
export function gatePage(model: string, lead: string, report: GateReport): string {
  const { gates, facts, training, curves, warnings } = report;
  const sections: readonly (Section | null)[] = [
    {
      title: 'Result',
      body: htmlFacts(facts),
    },
    warnings.length === 0
      ? null
      : {
          title: 'Warnings',
          body: htmlList(warningLines(warnings)),
        },
    {
      title: 'Gates',
      body: htmlTable(
        GATE_COLUMNS,
        gates.map((gate) => [...gateRow(gate)]),
      ),
    },
    ...(training.length === 0 ? [] : trainingSections(training)),
    curves.length === 0
      ? null
      : { title: 'Drift by skipped patches: relative L2 from the dense output', body: curveBody(curves) },
  ];
  return htmlPage(
    `Gates: ${model}`,
    lead,
    sections.filter((section) => section !== null),
  );
}

function trainingSections(training: GateReport['training']): readonly Section[] {
  const over = (of: (point: TrainingReport['curve'][number]) => number, unit: string): string =>
    lineChart(
      training.map(({ name, report }) => ({
        label: training.length === 1 ? '' : name,
        points: report.curve.map((point) => [point.step, of(point)]),
      })),
      { x: 'step', unit },
    );
  return [
    { title: 'Loss', body: over(({ loss }) => loss, '') },
    { title: 'Patches skipped in training', body: over(({ accuracy }) => 100 * accuracy, '%') },
  ];
}
