/** How well codes stand for float values, layer by layer. */
import type { LayerError } from '../quantize/layer-error.ts';
import { barChart } from './charts.ts';
import { htmlNote } from './html.ts';
import { SQNR, sqnrTone } from './tones.ts';

const LEGEND =
  `SQNR, the signal-to-quantisation-noise ratio: 10 log10 of the power of the float values over that of their error, what layers before did included. ` +
  `Higher is better: at 20 dB the error is a tenth of the signal, at 40 dB a hundredth. Good (green): ${SQNR.good} dB and more; ` +
  `worth a look (yellow): ${SQNR.poor} to ${SQNR.good} dB; poor (red): below ${SQNR.poor} dB.`;

export function sqnrChart(layers: readonly Pick<LayerError, 'name' | 'sqnrDb'>[]): string {
  const full = Math.max(...layers.map(({ sqnrDb }) => sqnrDb ?? 0), 1);
  const bars = layers.map(({ name, sqnrDb }) => ({
    label: name,
    value: sqnrDb ?? full,
    text: sqnrDb === null ? 'exact' : `${sqnrDb.toFixed(1)} dB`,
    tone: sqnrTone(sqnrDb),
  }));
  return `${htmlNote(LEGEND)}\n${barChart(bars, { full })}`;
}
