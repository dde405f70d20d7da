import type { Evaluation } from '../execute/evaluate.ts';
import type { TrainerOptions } from '../train/options.ts';
import { healthByLayer } from '../train/run/health.ts';
import type { CurvePoint, HealthRow } from '../train/run/history.ts';
import type { TrainingReport } from '../train/run/loop.ts';
import { barChart, type Line, lineChart } from './charts.ts';
import { evaluationText } from './evaluation-text.ts';
import { htmlFacts, htmlList, htmlPage, htmlTable, type Section } from './html.ts';
import {
  EPOCH_COLUMNS,
  epochRows,
  HEALTH_COLUMNS,
  healthRows,
  keptState,
  memoryRows,
  scoreText,
} from './training-rows.ts';

type Measured = {
  readonly before: { readonly evaluation: Evaluation } | null;
  readonly trained: { readonly evaluation: Evaluation };
  readonly float: { readonly evaluation: Evaluation } | null;
};

/** So many layers have a line of their own over time; tables and bars have all. */
const MAX_LINES = 8;

/** How a training run went: curves, epochs, the health of the gradients, memory. */
export function trainingPage(
  model: string,
  options: TrainerOptions,
  report: TrainingReport,
  measured: Measured | null,
): string {
  const { curve, epochs, health, memory, warnings } = report;
  const labelled = epochs.some(({ accuracy }) => accuracy !== null);
  const sections: readonly (Section | null)[] = [
    { title: 'Result', body: resultTable(report, measured) },
    warnings.length === 0
      ? null
      : {
          title: 'Warnings',
          body: htmlList(warnings.map((one) => [one])),
        },
    { title: 'Loss', body: lineChart([overSteps(curve, 'loss')], { x: 'step' }) },
    labelled ? { title: 'Accuracy', body: accuracyChart(report) } : null,
    { title: 'Learning rate', body: lineChart([overSteps(curve, 'learningRate')], { x: 'step' }) },
    { title: 'Epochs', body: htmlTable(EPOCH_COLUMNS, epochRows(epochs)) },
    ...healthSections(health),
    memory === null
      ? null
      : {
          title: 'Memory of a step',
          body: htmlTable(
            [{ title: 'what' }, { title: 'bytes', align: 'right' }, { title: '', align: 'right' }],
            memoryRows(memory),
          ),
        },
  ];
  return htmlPage(
    `Training: ${model}`,
    `method ${options.method}, ${options.optimizer.kind}, batches of ${options.batchSize}, seed ${options.seed}`,
    sections.filter((section) => section !== null),
  );
}

function resultTable(report: TrainingReport, measured: Measured | null): string {
  const { before, bestScore, steps } = report;
  return htmlFacts([
    ['steps', String(steps)],
    ['kept', keptState(report)],
    ...(before === null ? [] : [['validation before training', scoreText(before)] as const]),
    ...(bestScore === null ? [] : [['validation', scoreText(bestScore)] as const]),
    ...(measured === null || measured.before === null
      ? []
      : [['before', evaluationText(measured.before.evaluation)] as const]),
    ...(measured === null ? [] : [['trained', evaluationText(measured.trained.evaluation)] as const]),
    ...(measured === null || measured.float === null
      ? []
      : [['in float', evaluationText(measured.float.evaluation)] as const]),
  ]);
}

function overSteps(curve: readonly CurvePoint[], name: 'loss' | 'learningRate'): Line {
  return { label: '', points: curve.map((point) => [point.step, point[name]]) };
}

/** Batches as they were trained on, and the validation after each epoch at its last step. */
function accuracyChart({ curve, epochs, steps }: TrainingReport): string {
  const last = epochs.at(-1)?.epoch ?? 1;
  const validation = epochs.flatMap(({ epoch, validation: score }): (readonly [number, number])[] =>
    score?.kind === 'accuracy' ? [[(epoch / last) * steps, 100 * score.value]] : [],
  );
  return lineChart(
    [
      { label: 'training batches', points: curve.map(({ step, accuracy }) => [step, 100 * accuracy]) },
      ...(validation.length === 0 ? [] : [{ label: 'validation', points: validation }]),
    ],
    { x: 'step', unit: '%' },
  );
}

function healthSections(rows: readonly HealthRow[]): readonly Section[] {
  if (rows.length === 0) return [];
  const layers = healthByLayer(rows);
  const lac = layers.filter((layer) => layer.lac !== null);
  return [
    {
      title: 'Gradients: codes at the ends of the range',
      body: lineChart(
        overInspections(rows, (row) => 100 * row.saturation),
        { x: 'step', unit: '%' },
      ),
    },
    {
      title: 'Gradients: codes that are 0',
      body: lineChart(
        overInspections(rows, (row) => 100 * row.zeros),
        { x: 'step', unit: '%' },
      ),
    },
    {
      title: 'Gradients: cosine with their codes',
      body: lineChart(
        overInspections(rows, (row) => row.cosine),
        { x: 'step' },
      ),
    },
    ...(lac.length === 0
      ? []
      : [
          {
            title: 'LAC, share of the pre-activation',
            body: barChart(
              lac.map(({ layer, lac: share }) => ({
                label: layer,
                value: share!,
                text: `${(100 * share!).toFixed(2)} %`,
              })),
            ),
          },
        ]),
    { title: 'Gradients, means over the run', body: htmlTable(HEALTH_COLUMNS, healthRows(rows)) },
  ];
}

/** A line for each layer; of many, those with the lowest cosine. */
function overInspections(rows: readonly HealthRow[], of: (row: HealthRow) => number): readonly Line[] {
  const layers = healthByLayer(rows);
  const shown = new Set(
    [...layers]
      .sort((a, b) => a.cosine - b.cosine)
      .slice(0, MAX_LINES)
      .map(({ layer }) => layer),
  );
  return layers
    .filter(({ layer }) => shown.has(layer))
    .map(({ layer }) => ({
      label: layer,
      points: rows.filter((row) => row.layer === layer).map((row) => [row.step, of(row)]),
    }));
}
