/** The pictures of reports, as SVG. */
import { escapeHtml } from './html.ts';

export type Bar = { readonly label: string; readonly value: number; readonly text: string };

const WIDTH = 960;
const ROW = 20;
const LABELS = 260;

/** Horizontal bars from zero, one a row; negative values have no bar. */
export function barChart(bars: readonly Bar[], unit: string): string {
  const most = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  const rows = bars.map((bar, i) => {
    const y = i * ROW;
    const width = Math.max(0, (bar.value / most) * (WIDTH - LABELS - 110));
    return [
      `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escapeHtml(shorten(bar.label))}</text>`,
      `<rect x="${LABELS}" y="${y + 3}" width="${round(width)}" height="${ROW - 6}" fill="#3b7dd8"/>`,
      `<text x="${LABELS + round(width) + 6}" y="${y + 14}">${escapeHtml(bar.text)} ${escapeHtml(unit)}</text>`,
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

function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" fill="currentColor">\n${parts.join('\n')}\n</svg>`;
}

function shorten(label: string): string {
  return label.length <= 40 ? label : `${label.slice(0, 18)}…${label.slice(-20)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
