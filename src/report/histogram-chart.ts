/** How the values of a tensor are spread, with the range of its codes. */
import { BINS, binStart, binWidth, type Histogram, type Range } from '../quantize/observers/histogram.ts';

const WIDTH = 960;
const HEIGHT = 200;
const FOOT = 22;
const BARS = 120;

/** Bars over the extent of values and codes, heights by the logarithm of the count; what codes cover is shaded. */
export function histogramChart(histogram: Histogram, covered: Range): string {
  if (histogram.total === 0 || histogram.limit === 0) return '';
  const [low, high] = [Math.min(histogram.min, covered.min), Math.max(histogram.max, covered.max)];
  const counts = new Float64Array(BARS);
  const barOf = (value: number): number =>
    Math.min(BARS - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * BARS)));
  for (let bin = 0; bin < BINS; bin++) {
    const count = histogram.counts[bin]!;
    if (count > 0) counts[barOf(binStart(histogram, bin) + binWidth(histogram) / 2)]! += count;
  }
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const x = (value: number): number => round(((value - low) / (high - low)) * WIDTH);
  const bars = [...counts].map((count, i) => {
    const tall = (Math.log1p(count) / Math.log1p(most)) * HEIGHT;
    return count === 0
      ? ''
      : `<rect x="${round((i * WIDTH) / BARS)}" y="${round(HEIGHT - tall)}" width="${round(WIDTH / BARS - 1)}" height="${round(tall)}" fill="#3b7dd8"><title>${count} values</title></rect>`;
  });
  const shade = `<rect x="${x(covered.min)}" y="0" width="${round(x(covered.max) - x(covered.min))}" height="${HEIGHT}" fill="#3f9d5d" fill-opacity=".18"/>`;
  const mark = (value: number, anchor: string): string =>
    `<text x="${x(value)}" y="${HEIGHT + 16}" text-anchor="${anchor}">${Number(value.toPrecision(4))}</text>`;
  const parts = [shade, ...bars, mark(low, 'start'), mark(high, 'end')];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + FOOT}" width="${WIDTH}" height="${HEIGHT + FOOT}" fill="currentColor">\n${parts.join('\n')}\n</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
