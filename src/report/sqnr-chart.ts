/** How well codes stand for float values, layer by layer. */
import type { LayerError } from '../quantize/layer-error.ts';
import { barChart } from './charts.ts';
import { htmlNote } from './html.ts';

/** In dB: trained models have no layer below the first (docs/quantisation.md); below the second accuracy is at stake. */
const GOOD = 18;
const POOR = 10;

/** @param db null where there is no error */
function sqnrTone(db: number | null): 'good' | 'fair' | 'bad' {
  if (db === null || db >= GOOD) return 'good';
  return db >= POOR ? 'fair' : 'bad';
}

const LEGEND =
  `SQNR, the signal-to-quantisation-noise ratio: 10 log10 of the power of the float values over that of their error, what layers before did included. ` +
  `Higher is better: at 20 dB the error is a tenth of the signal, at 40 dB a hundredth. Good (green): ${GOOD} dB and more; ` +
  `worth a look (yellow): ${POOR} to ${GOOD} dB; poor (red): below ${POOR} dB.`;

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
