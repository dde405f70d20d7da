/**
 * The pictures of reports. Lines are SVG that is stretched to the width of the window, texts are HTML beside them: so
 * they are read as well on a telephone.
 */
import { type Axis, axisOf, least, marksBelow, most, percent, round, rounded, shareOf } from './axis.ts';
import { escapeHtml } from './html.ts';
import { COLOURS } from './style.ts';
import type { Tone } from './tones.ts';

export type Bar = {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  /** Colours it; what it stands for is said in words beside the picture. */
  readonly tone?: Tone;
};

type BarChartOptions = {
  /** The value of a full bar; unless given the largest. */
  readonly full?: number;
};

/** Horizontal bars from zero, one a row, each with its `text` behind it; negative values have no bar. */
export function barChart(bars: readonly Bar[], { full }: BarChartOptions = {}): string {
  const whole = full ?? Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  const rows = bars.map(({ label, value, text, tone }) => {
    const share = Math.min(1, Math.max(0, value / whole));
    const name = tone === undefined ? '' : ` class="${tone}"`;
    return `<div class="bar"><span>${escapeHtml(label)}</span><div class="track"><i${name} style="--share:${Math.round(1000 * share) / 1000}"></i><span>${escapeHtml(text)}</span></div></div>`;
  });
  return `<figure class="chart" style="--room:${longest(bars.map(({ text }) => text))}ch">\n${rows.join('\n')}\n</figure>`;
}

/** A line through points in the order of x. Without a label it is not in the legend. */
export type Line = { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] };

type LineChartOptions = {
  /** What is to the right, below the axis. */
  readonly x: string;
  /** Of the values. */
  readonly unit?: string;
};

/** So many marks, about, on the axis to the right and on the axis upwards. */
const MARKS = { x: 7, y: 5 };

/** Units of the coordinates in a picture, which is stretched. */
const SIDE = 1000;

/** Lines over one pair of axes, with a legend below. */
export function lineChart(lines: readonly Line[], options: LineChartOptions): string {
  const { x: title, unit = '' } = options;
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return '';
  const along = points.map(([x]) => x);
  const across = axisOf(least(along), most(along), MARKS.x);
  const heights = points.map(([, y]) => y);
  const up = rounded(axisOf(least(heights), most(heights), MARKS.y));
  const marks = up.marks.map((mark) => ({
    share: shareOf(up, mark),
    text: `${mark.toFixed(up.decimals)} ${unit}`.trimEnd(),
  }));
  const x = (value: number): number => round(SIDE * shareOf(across, value));
  const y = (value: number): number => round(SIDE * (1 - shareOf(up, value)));
  const grid = marks.map(({ share }) => `M0 ${round(SIDE * (1 - share))}H${SIDE}`).join('');
  const drawn = lines.map((line, i) => {
    const places = line.points.map(([a, b]) => `${x(a)},${y(b)}`);
    return places.length === 1
      ? dot(places[0]!, colour(i))
      : `<polyline points="${places.join(' ')}" fill="none" stroke="${colour(i)}" stroke-width="1.5"/>`;
  });
  const beside = marks.map(
    ({ share, text }) => `<span class="y" style="bottom:${percent(share)}">${escapeHtml(text)}</span>`,
  );
  return [
    `<figure class="chart" style="--room:${longest(marks.map(({ text }) => text))}ch">`,
    `<div class="plot">${fill([`<path d="${grid}" stroke="#8884"/>`, ...drawn])}${beside.join('')}${marksBelow(across)}</div>`,
    keys(
      lines.map(({ label }, i) => ({ label, colour: colour(i) })),
      title,
    ),
    '</figure>',
  ].join('\n');
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

/** Means with their intervals, one a row, over one axis. */
export function intervalChart(bars: readonly IntervalBar[], options: IntervalChartOptions): string {
  if (bars.length === 0) return '';
  const { zero = false, margin = 0 } = options;
  const origin = zero ? [-margin, margin] : [];
  const axis = rounded(
    axisOf(
      least([...bars.map(({ low }) => low), ...origin]),
      most([...bars.map(({ high }) => high), ...origin]),
      MARKS.y,
    ),
  );
  const x = (value: number): number => round(SIDE * shareOf(axis, value));
  const behind = backgroundOf(axis, x, zero, margin);
  const rows = bars.map(({ label, mean, low, high }) => {
    const middle = SIDE / 2;
    const parts = [
      behind,
      `<path d="M${x(low)} ${middle}H${x(high)}" stroke="var(--c0)" stroke-width="2"/>`,
      dot(`${x(mean)},${middle}`, 'var(--c0)'),
    ];
    return `<div class="bar"><span>${escapeHtml(label)}</span><div class="interval">${fill(parts)}<span>${mean.toFixed(2)}</span></div></div>`;
  });
  return `<figure class="chart">\n${rows.join('\n')}\n<div class="bar"><span></span><div class="axis">${marksBelow(axis)}</div></div>\n</figure>`;
}

function backgroundOf(axis: Axis, x: (value: number) => number, zero: boolean, margin: number): string {
  const band =
    margin > 0
      ? `<rect x="${x(-margin)}" y="0" width="${round(x(margin) - x(-margin))}" height="${SIDE}" fill="#8883"/>`
      : '';
  const isZero = (mark: number): boolean => zero && Math.abs(mark) < axis.step / 2;
  const grid = axis.marks.map((mark) => `M${x(mark)} 0V${SIDE}`).join('');
  const origin = axis.marks.some(isZero) ? `<path d="M${x(0)} 0V${SIDE}" stroke="currentColor"/>` : '';
  return `${band}<path d="${grid}" stroke="#8884"/>${origin}`;
}

/** What colours stand for, behind what the axis is. */
export function keys(
  entries: readonly { readonly label: string; readonly colour: string }[],
  axis = '',
): string {
  const shown = entries.filter(({ label }) => label !== '');
  const parts = shown.map(
    ({ label, colour: of }) => `<span><i style="background:${of}"></i>${escapeHtml(label)}</span>`,
  );
  return `<figcaption class="keys"><span>${escapeHtml(axis === '' ? '' : `→ ${axis}`)}</span>${parts.join('')}</figcaption>`;
}

/** SVG that fills what it stands in. */
export function fill(parts: readonly string[], side = SIDE): string {
  return `<svg class="fill" viewBox="0 0 ${side} ${side}" preserveAspectRatio="none" aria-hidden="true">${parts.join('')}</svg>`;
}

/** Round, however the picture is stretched: the end of a line without length. */
function dot(place: string, stroke: string): string {
  return `<path d="M${place.replace(',', ' ')}h0" stroke="${stroke}" stroke-width="7" stroke-linecap="round"/>`;
}

function colour(i: number): string {
  return `var(--c${i % COLOURS})`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((widest, text) => Math.max(widest, text.length), 0);
}
