import { decibels, type Extent, type LayerDiagnosis } from '../quantize/diagnose/diagnose.ts';
import type { Diagnosis } from '../quantize/diagnose/run.ts';
import { BINS, binStart, binWidth, type Histogram } from '../quantize/observers/histogram.ts';
import { barChart, type Line, lineChart } from './charts.ts';
import {
  culpritsOf,
  DIAGNOSIS_COLUMNS,
  diagnosisRows,
  extentText,
  measurementText,
  REMEDY_COLUMNS,
  remedyRows,
  short,
} from './diagnosis-text.ts';
import { escapeHtml, htmlPage, htmlTable } from './html.ts';

/** Bars of channels at most: of more, the largest. */
const CHANNELS = 48;

/** Where quantising a model loses accuracy, and what helps. @param command what makes the best model; null where nothing helps */
export function diagnosisPage(model: string, diagnosis: Diagnosis, command: string | null): string {
  const { layers, before, found } = diagnosis;
  const [worst] = layers;
  const culprits = culpritsOf(diagnosis).map(
    ({ place, text }) => `<li><strong>${escapeHtml(place)}</strong>: ${escapeHtml(text)}</li>`,
  );
  const bars = (ratioOf: (layer: LayerDiagnosis) => number): string =>
    barChart(
      layers.map((layer) => {
        const db = decibels(ratioOf(layer));
        return {
          label: layer.name,
          value: Math.max(0, db ?? 0),
          text: db === null ? 'exact' : `${db.toFixed(1)} dB`,
        };
      }),
    );
  const best =
    command === null
      ? '<p>No remedy makes the error of the outputs smaller by a quarter of a decibel.</p>'
      : `<p>${escapeHtml(found.best.remedies.map(({ id }) => id).join(', '))}: ${escapeHtml(measurementText(before))} before, ${escapeHtml(measurementText(found.best))} after.</p><p><code>${escapeHtml(command)}</code></p>`;
  return htmlPage(
    `Diagnosis: ${model}`,
    `signal to error of the outputs: ${measurementText(before)}; in dB, more is better: at 20 dB the error has a tenth of the amplitude of the signal`,
    [
      { title: 'Culprits', body: `<ol>${culprits.join('')}</ol>` },
      { title: 'Remedies, measured', body: htmlTable(REMEDY_COLUMNS, remedyRows(diagnosis)) },
      { title: 'The best together', body: best },
      { title: 'Layers, the costliest first', body: htmlTable(DIAGNOSIS_COLUMNS, diagnosisRows(layers)) },
      { title: 'Own error: exact inputs, own weights and output in codes', body: bars(({ own }) => own) },
      { title: 'Accumulated error, as the device computes it', body: bars(({ accumulated }) => accumulated) },
      ...(worst === undefined ? [] : worstSections(worst)),
    ],
  );
}

function worstSections(worst: LayerDiagnosis): readonly { readonly title: string; readonly body: string }[] {
  const { name, channels, histogram, covered, seen } = worst;
  const largest = channels
    .map((reached, channel) => ({ reached, channel }))
    .sort((a, b) => b.reached - a.reached)
    .slice(0, CHANNELS);
  const text = `Values go from ${extentText(seen)}; the codes cover ${extentText(covered)}.`;
  return [
    {
      title: `Values of ${name}`,
      body: `<p>${escapeHtml(text)} Heights are decimal logarithms of how many values there are.</p>${lineChart(histogramLines(histogram, covered), { x: 'value', unit: 'digits' })}`,
    },
    ...(channels.length < 2
      ? []
      : [
          {
            title: `Largest magnitude of each channel of ${name}`,
            body: barChart(
              largest.map(({ reached, channel }) => ({
                label: `channel ${channel}`,
                value: reached,
                text: short(reached),
              })),
            ),
          },
        ]),
  ];
}

/** Points along a histogram, and the ends of what codes cover. */
const STEPS = 100;

function histogramLines(histogram: Histogram, covered: Extent): readonly Line[] {
  if (histogram.total === 0 || histogram.limit === 0) return [];
  const [low, high] = [Math.min(histogram.min, covered.min), Math.max(histogram.max, covered.max)];
  const step = (high - low) / STEPS;
  const counts = new Float64Array(STEPS);
  for (let bin = 0; bin < BINS; bin++) {
    const middle = binStart(histogram, bin) + binWidth(histogram) / 2;
    const at = Math.min(STEPS - 1, Math.max(0, Math.floor((middle - low) / step)));
    counts[at]! += histogram.counts[bin]!;
  }
  const heights = [...counts].map((count) => Math.log10(count + 1));
  const top = Math.max(...heights);
  const end = (value: number, label: string): Line => ({
    label,
    points: [
      [value, 0],
      [value, top],
    ],
  });
  return [
    { label: 'values', points: heights.map((height, i) => [low + (i + 0.5) * step, height]) },
    end(covered.min, 'lowest code'),
    end(covered.max, 'highest code'),
  ];
}
