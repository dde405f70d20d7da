import { formatPercent } from '../diagnostics/units.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import type { Evaluation } from '../execute/evaluate.ts';
import type { RemovedChannels } from '../passes/dead-channels.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import type { QuantizedModel } from '../quantize/quantize-model.ts';
import { classSections } from './class-sections.ts';
import { htmlFacts, htmlLimits, htmlList, htmlPage, htmlTable, type Limit } from './html.ts';
import {
  ERROR_COLUMNS,
  errorRows,
  PRECISION_COLUMNS,
  precisionRows,
  RANGE_COLUMNS,
  rangeRows,
} from './layer-rows.ts';
import { removedFields } from './removed-channels.ts';
import { sqnrChart } from './sqnr-chart.ts';
import { warningLines } from './warning-lines.ts';

type Pair = {
  readonly float: { readonly evaluation: Evaluation };
  readonly int8: { readonly evaluation: Evaluation };
};

/** What quantising did to a model: accuracy before and after, error by layer, ranges. */
export function quantizePage(
  model: string,
  { report, precisions }: Pick<QuantizedModel, 'report' | 'precisions'>,
  layers: readonly LayerError[],
  measured: Pair | null,
  removed: RemovedChannels | null,
  warnings: readonly Warning[],
  labels: readonly string[],
  limits: readonly Limit[],
): string {
  const figures =
    measured === null
      ? '<p>Accuracy was not measured: no evaluation data was given.</p>'
      : htmlTable(
          [{ title: 'arithmetic' }, { title: 'result' }, { title: 'samples', align: 'right' }],
          [
            ['float32', figure(measured.float.evaluation), String(measured.float.evaluation.samples)],
            ['int8', figure(measured.int8.evaluation), String(measured.int8.evaluation.samples)],
          ],
        );
  const dead = removedFields(removed);
  const facts = dead.length === 0 ? [] : [htmlFacts(dead)];
  const details = htmlTable(ERROR_COLUMNS, errorRows(layers));
  const ranges = htmlTable(RANGE_COLUMNS, rangeRows(report.tensors));
  return htmlPage(
    `Quantisation: ${model}`,
    `${report.samples} calibration samples, observer ${report.observer.kind}`,
    [
      ...(warnings.length === 0 ? [] : [{ title: 'Warnings', body: htmlList(warningLines(warnings)) }]),
      {
        title: 'Accuracy',
        body: [htmlLimits(limits), figures, ...facts].filter((part) => part !== '').join('\n'),
      },
      { title: 'Signal to quantisation noise by layer', body: sqnrChart(layers) },
      { title: 'Layers', body: details },
      ...(precisions.length === 0
        ? []
        : [{ title: 'Computed in', body: htmlTable(PRECISION_COLUMNS, precisionRows(precisions)) }]),
      ...(measured === null
        ? []
        : classSections(measured.int8.evaluation, labels, measured.float.evaluation)),
      { title: 'Activation ranges', body: ranges },
    ],
  );
}

function figure(evaluation: Evaluation): string {
  return evaluation.kind === 'classification'
    ? `${formatPercent(evaluation.accuracy)} (${evaluation.correct} right)`
    : `mean squared error ${evaluation.meanSquaredError.toPrecision(4)}`;
}
