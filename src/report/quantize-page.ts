import { formatPercent } from '../diagnostics/units.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import type { Evaluation } from '../execute/evaluate.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import type { QuantizedModel } from '../quantize/quantize-model.ts';
import { barChart } from './charts.ts';
import { escapeHtml, htmlPage, htmlTable } from './html.ts';
import { ERROR_COLUMNS, errorRows, PRECISION_COLUMNS, precisionRows } from './layer-rows.ts';

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
  warnings: readonly Warning[],
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
  const errors = layers.map((layer) => ({
    label: layer.name,
    value: layer.sqnrDb ?? 0,
    text: layer.sqnrDb === null ? 'exact' : `${layer.sqnrDb.toFixed(1)} dB`,
  }));
  const details = htmlTable(ERROR_COLUMNS, errorRows(layers));
  const ranges = htmlTable(
    [
      { title: 'activation' },
      { title: 'seen' },
      { title: 'covered' },
      { title: 'scale', align: 'right' },
      { title: 'zero point', align: 'right' },
    ],
    report.tensors.map((tensor) => [
      tensor.name,
      `${tensor.seen.min.toPrecision(4)} .. ${tensor.seen.max.toPrecision(4)}`,
      `${tensor.covered.min.toPrecision(4)} .. ${tensor.covered.max.toPrecision(4)}`,
      tensor.scale.toPrecision(6),
      String(tensor.zeroPoint),
    ]),
  );
  return htmlPage(
    `Quantisation: ${model}`,
    `${report.samples} calibration samples, observer ${report.observer.kind}`,
    [
      ...(warnings.length === 0 ? [] : [{ title: 'Warnings', body: warningList(warnings) }]),
      { title: 'Accuracy', body: figures },
      { title: 'Signal to quantisation noise by layer', body: barChart(errors) },
      { title: 'Layers', body: details },
      ...(precisions.length === 0
        ? []
        : [{ title: 'Computed in', body: htmlTable(PRECISION_COLUMNS, precisionRows(precisions)) }]),
      { title: 'Activation ranges', body: ranges },
    ],
  );
}

function warningList(warnings: readonly Warning[]): string {
  const items = warnings.map(({ code, message, at, hint }) => {
    const parts = [`${code}: ${message}`, ...at, ...(hint === null ? [] : [`What to do: ${hint}`])];
    return `<li>${parts.map(escapeHtml).join('<br>')}</li>`;
  });
  return `<ul>${items.join('')}</ul>`;
}

function figure(evaluation: Evaluation): string {
  return evaluation.kind === 'classification'
    ? `${formatPercent(evaluation.accuracy)} (${evaluation.correct} right)`
    : `mean squared error ${evaluation.meanSquaredError.toPrecision(4)}`;
}
