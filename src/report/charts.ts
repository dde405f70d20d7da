/** The pictures of reports, as SVG. */
import { escapeHtml } from './html.ts';

type Bar = { readonly label: string; readonly value: number; readonly text: string };

const WIDTH = 960;
const ROW = 20;
const LABELS = 260;

/** Horizontal bars from zero, one a row, each with its `text` behind it; negative values have no bar. */
export function barChart(bars: readonly Bar[]): string {
  const most = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  const rows = bars.map((bar, i) => {
    const y = i * ROW;
    const width = Math.max(0, (bar.value / most) * (WIDTH - LABELS - 110));
    return [
      `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escapeHtml(shorten(bar.label))}</text>`,
      `<rect x="${LABELS}" y="${y + 3}" width="${round(width)}" height="${ROW - 6}" fill="#3b7dd8"/>`,
      `<text x="${LABELS + round(width) + 6}" y="${y + 14}">${escapeHtml(bar.text)}</text>`,
    ].join('');
  });
  return svg(WIDTH, Math.max(1, bars.length) * ROW, rows);
}

export type MemoryBlock = {
  readonly label: string;
  readonly offset: number;
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly scratch: boolean;
};

/** The arena over time: steps to the right, addresses upwards, the peak step marked. */
export function memoryMap(
  blocks: readonly MemoryBlock[],
  steps: number,
  arenaBytes: number,
  peakStep: number,
): string {
  const height = 360;
  const left = 80;
  const column = (WIDTH - left) / (steps + 2);
  const x = (step: number): number => left + (step + 1) * column;
  const y = (address: number): number => height - (address / Math.max(1, arenaBytes)) * height;
  const rectangles = blocks.map((block) => {
    const top = y(block.offset + block.bytes);
    const width = (block.lastStep - block.firstStep + 1) * column;
    const tall = y(block.offset) - top;
    const fill = block.scratch ? '#d8913b' : '#3b7dd8';
    const title = `${block.label}: ${block.bytes} bytes at ${block.offset}, steps ${block.firstStep} to ${block.lastStep}`;
    return `<rect x="${round(x(block.firstStep))}" y="${round(top)}" width="${round(width)}" height="${round(tall)}" fill="${fill}" fill-opacity=".55" stroke="#fff"><title>${escapeHtml(title)}</title></rect>`;
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = Math.round(arenaBytes * part);
    return `<text x="${left - 8}" y="${round(Math.max(10, y(at)))}" text-anchor="end">${at}</text>`;
  });
  const peak = `<rect x="${round(x(peakStep))}" y="0" width="${round(column)}" height="${height}" fill="none" stroke="#c0392b" stroke-dasharray="4 3"/><text x="${round(x(peakStep))}" y="${height + 14}" fill="#c0392b">peak: step ${peakStep}</text>`;
  return svg(WIDTH, height + 20, [...rectangles, ...marks, peak]);
}

/** A line through points in the order of x. Without a label it is not in the legend. */
export type Line = { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] };

type LineChartOptions = {
  /** What is to the right, below the axis. */
  readonly x: string;
  /** Of the values. */
  readonly unit?: string;
};

const COLOURS = ['#3b7dd8', '#d8913b', '#3f9d5d', '#c0392b', '#8457b8', '#6b7785', '#b8577f', '#2a9aa5'];
const PLOT = 220;
const AXIS = 70;
const LEGEND = 170;
/** A stretch of the axis between two marks is about so many pixels. */
const MARK_PIXELS = { x: 110, y: 45 };

/** Lines over one pair of axes, with a legend on the right. */
export function lineChart(lines: readonly Line[], options: LineChartOptions): string {
  const { x: title, unit = '' } = options;
  const hasLegend = lines.some(({ label }) => label !== '');
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return '';
  const right = hasLegend ? WIDTH - LEGEND : WIDTH - 20;
  const along = points.map(([x]) => x);
  const across = axisOf(least(along), most(along), (right - AXIS) / MARK_PIXELS.x);
  const heights = points.map(([, y]) => y);
  const up = rounded(axisOf(least(heights), most(heights), PLOT / MARK_PIXELS.y));
  const format = (value: number): string => `${value.toFixed(up.decimals)} ${unit}`.trimEnd();
  const at = (axis: Axis, value: number, start: number, end: number): number =>
    round(start + ((value - axis.low) / (axis.high - axis.low)) * (end - start));
  const x = (value: number): number => at(across, value, AXIS, right);
  const y = (value: number): number => at(up, value, PLOT + 6, 6);
  const grid = up.marks.map(
    (mark) =>
      `<line x1="${AXIS}" x2="${right}" y1="${y(mark)}" y2="${y(mark)}" stroke="#8892" /><text x="${AXIS - 8}" y="${y(mark) + 4}" text-anchor="end">${escapeHtml(format(mark))}</text>`,
  );
  const marks = across.marks.map(
    (mark) =>
      `<text x="${x(mark)}" y="${PLOT + 22}" text-anchor="middle">${mark.toFixed(across.decimals)}</text>`,
  );
  const drawn = lines.map((line, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = line.points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ');
    const [only] = line.points;
    return line.points.length === 1
      ? `<circle cx="${x(only![0])}" cy="${y(only![1])}" r="3" fill="${colour}"/>`
      : `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  const legend = lines.map((line, i) =>
    line.label === ''
      ? ''
      : `<rect x="${right + 14}" y="${8 + i * 18}" width="10" height="10" fill="${COLOURS[i % COLOURS.length]}"/><text x="${right + 30}" y="${17 + i * 18}">${escapeHtml(shorten(line.label, 22))}</text>`,
  );
  const name = `<text x="${right}" y="${PLOT + 38}" text-anchor="end">${escapeHtml(title)}</text>`;
  const height = Math.max(PLOT + 44, 12 + lines.length * 18);
  return svg(WIDTH, height, [...grid, ...marks, ...drawn, ...legend, name]);
}

export type IntervalBar = {
  readonly label: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
};

type IntervalChartOptions = {
  /** Marks 0, which is then on the axis. */
  readonly zero?: boolean;
  /** Shades what lies within so much of 0. */
  readonly margin?: number;
};

const INTERVAL_LABELS = 430;

/** Means with their intervals, one a row, over one axis. */
export function intervalChart(bars: readonly IntervalBar[], options: IntervalChartOptions): string {
  if (bars.length === 0) return '';
  const { zero = false, margin = 0 } = options;
  const origin = zero ? [-margin, margin] : [];
  const right = WIDTH - 70;
  const axis = rounded(
    axisOf(
      least([...bars.map(({ low }) => low), ...origin]),
      most([...bars.map(({ high }) => high), ...origin]),
      (right - INTERVAL_LABELS) / MARK_PIXELS.x,
    ),
  );
  const x = (value: number): number =>
    round(INTERVAL_LABELS + ((value - axis.low) / (axis.high - axis.low)) * (right - INTERVAL_LABELS));
  const bottom = bars.length * ROW;
  const band =
    margin > 0
      ? `<rect x="${x(-margin)}" y="0" width="${round(x(margin) - x(-margin))}" height="${bottom}" fill="#8882"/>`
      : '';
  const grid = axis.marks.map(
    (mark) =>
      `<line x1="${x(mark)}" x2="${x(mark)}" y1="0" y2="${bottom}" stroke="${zero && Math.abs(mark) < axis.step / 2 ? 'currentColor' : '#8882'}"/><text x="${x(mark)}" y="${bottom + 16}" text-anchor="middle">${mark.toFixed(axis.decimals)}</text>`,
  );
  const rows = bars.map(({ label, mean, low, high }, i) => {
    const y = i * ROW + ROW / 2;
    return [
      `<text x="${INTERVAL_LABELS - 10}" y="${y + 4}" text-anchor="end">${escapeHtml(shorten(label, 72))}<title>${escapeHtml(label)}</title></text>`,
      `<line x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" stroke="#3b7dd8" stroke-width="2"/>`,
      `<circle cx="${x(mean)}" cy="${y}" r="3.5" fill="#3b7dd8"/>`,
      `<text x="${right + 12}" y="${y + 4}">${mean.toFixed(2)}</text>`,
    ].join('');
  });
  return svg(WIDTH, bottom + 22, [band, ...grid, ...rows]);
}

type Axis = {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly marks: readonly number[];
  readonly decimals: number;
};

/** An axis with about so many marks at round numbers: 1, 2 or 5 times a power of ten apart. */
function axisOf(low: number, top: number, marks: number): Axis {
  const high = top > low ? top : low + Math.max(Math.abs(low) * 0.1, 1e-9);
  const rough = (high - low) / marks;
  const exponent = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((one) => one * 10 ** exponent >= rough) ?? 10;
  const step = factor * 10 ** exponent;
  return {
    low,
    high,
    step,
    marks: multiples(step, low, high),
    decimals: Math.min(20, Math.max(0, -exponent - (factor === 10 ? 1 : 0))),
  };
}

/** The same axis from mark to mark. */
function rounded(axis: Axis): Axis {
  const { step } = axis;
  const [low, high] = [Math.floor(axis.low / step + 1e-9) * step, Math.ceil(axis.high / step - 1e-9) * step];
  return { ...axis, low, high, marks: multiples(step, low, high) };
}

function multiples(step: number, low: number, high: number): readonly number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" fill="currentColor">\n${parts.join('\n')}\n</svg>`;
}

function shorten(label: string, most = 40): string {
  const half = Math.floor(most / 2);
  return label.length <= most ? label : `${label.slice(0, half - 2)}…${label.slice(-half)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
