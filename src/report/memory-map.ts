/** The arena of a plan over time, as a picture. */
import { formatCount } from '../diagnostics/units.ts';
import { percent, round } from './axis.ts';
import { fill, keys } from './charts.ts';
import { escapeHtml } from './html.ts';

export type MemoryBlock = {
  readonly label: string;
  readonly offset: number;
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly kind: keyof typeof KINDS;
};

/** What lies in an arena: its colour and its name. Of images that go by rows there is a buffer of the rows that are still to be read. */
const KINDS = {
  tensor: { colour: 'var(--c0)', label: 'tensors' },
  rows: { colour: 'var(--c2)', label: 'buffers of rows' },
  scratch: { colour: 'var(--c1)', label: 'scratch' },
} as const;

const SIDE = 1000;

/** Steps to the right, addresses upwards; the step at the peak is marked. */
export function memoryMap(
  blocks: readonly MemoryBlock[],
  steps: number,
  arenaBytes: number,
  peak: { readonly step: number; readonly name: string },
): string {
  const column = SIDE / (steps + 2);
  const x = (step: number): number => (step + 1) * column;
  const y = (address: number): number => SIDE * (1 - address / Math.max(1, arenaBytes));
  const rectangle = (place: readonly [number, number, number, number], look: string, title = ''): string => {
    const [left, top, width, height] = place.map(round);
    return `<rect x="${left}" y="${top}" width="${width}" height="${height}" ${look}>${title}</rect>`;
  };
  const rectangles = blocks.map(({ label, offset, bytes, firstStep, lastStep, kind }) => {
    const top = y(offset + bytes);
    const title = `${label}: ${bytes} bytes at ${offset}, steps ${firstStep} to ${lastStep}`;
    return rectangle(
      [x(firstStep), top, (lastStep - firstStep + 1) * column, y(offset) - top],
      `fill="${KINDS[kind].colour}" fill-opacity=".6" stroke="var(--ground)"`,
      `<title>${escapeHtml(title)}</title>`,
    );
  });
  const frame = rectangle(
    [x(peak.step), 0, column, SIDE],
    'fill="none" stroke="var(--bad)" stroke-width="1.5" stroke-dasharray="4 3"',
  );
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => ({
    share,
    text: `${formatCount(Math.round(arenaBytes * share))} B`,
  }));
  const room = Math.max(...marks.map(({ text }) => text.length));
  const beside = marks.map(
    ({ share, text }) => `<span class="y" style="bottom:${percent(share)}">${text}</span>`,
  );
  const legend = [
    ...Object.entries(KINDS).flatMap(([kind, look]) =>
      blocks.some((block) => block.kind === kind) ? [look] : [],
    ),
    { label: `dashed: the peak, step ${peak.step} (${peak.name})`, colour: 'var(--bad)' },
  ];
  return [
    `<figure class="chart" style="--room:${room}ch">`,
    `<div class="plot tall">${fill([...rectangles, frame])}${beside.join('')}</div>`,
    keys(legend, 'steps'),
    '</figure>',
  ].join('\n');
}
