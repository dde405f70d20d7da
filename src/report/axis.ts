/** Axes of pictures: where marks stand and how they are written. */

export type Axis = {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly marks: readonly number[];
  readonly decimals: number;
};

/** An axis with about so many marks at round numbers: 1, 2 or 5 times a power of ten apart. */
export function axisOf(low: number, top: number, marks: number): Axis {
  const high = top > low ? top : low + (low === 0 ? 1 : Math.abs(low) * 0.1);
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
export function rounded(axis: Axis): Axis {
  const { step } = axis;
  const [low, high] = [Math.floor(axis.low / step + 1e-9) * step, Math.ceil(axis.high / step - 1e-9) * step];
  return { ...axis, low, high, marks: multiples(step, low, high) };
}

/** Where a value lies on an axis: 0 at its low end, 1 at its high end. */
export function shareOf({ low, high }: Axis, value: number): number {
  return (value - low) / (high - low);
}

/** The marks below a picture; of many, every other one is left out where the window is narrow. */
export function marksBelow(axis: Axis): string {
  const { marks, decimals } = axis;
  const texts = marks.map((mark) => mark.toFixed(decimals));
  const crowded = marks.length > 4 || texts.some((text) => text.length > 6);
  return marks
    .map((mark, i) => {
      const name = crowded && i % 2 === 1 ? 'x odd' : 'x';
      return `<span class="${name}" style="left:${percent(shareOf(axis, mark))}">${texts[i]}</span>`;
    })
    .join('');
}

export function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

export function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

/** `12.3%` of a share, as CSS writes it. */
export function percent(share: number): string {
  return `${round(100 * share)}%`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function multiples(step: number, low: number, high: number): readonly number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}
