/** What `tinyml split` found out about each cut. */
import { formatCount } from '../diagnostics/units.ts';
import { type Column, textTable } from './table.ts';

export type SplitRow = {
  readonly value: string;
  /** Channels, height, width. */
  readonly shape: readonly number[];
  /** Of a map in float32. */
  readonly floatBytes: number;
  /** Of a message of one map, on the mean; null where no codec is that small. */
  readonly messageBytes: number | null;
  /** Of the codec, which both sides have. */
  readonly codecBytes: number | null;
  /** RAM of the head, with the encoder. */
  readonly arenaBytes: number | null;
  /** Of the tail behind the codec. */
  readonly accuracy: number | null;
  /** Bytes that crossed while it was trained, and what features and gradients take in float32; null where it was not trained across the wire. */
  readonly training: { readonly up: number; readonly down: number; readonly float: number } | null;
};

const COLUMNS: readonly Column[] = [
  { title: 'cut' },
  { title: 'map' },
  { title: 'float32', align: 'right' },
  { title: 'message', align: 'right' },
  { title: 'smaller', align: 'right' },
  { title: 'codec', align: 'right' },
  { title: 'RAM of the head', align: 'right' },
  { title: 'right', align: 'right' },
];

/** @param uncut accuracy of the float model @param chosen the cut that was asked for, or chosen; null for a table of all */
export function splitText(
  rows: readonly SplitRow[],
  uncut: number,
  samples: number,
  chosen: SplitRow | null,
): string {
  const table = textTable(
    COLUMNS,
    rows.map((row) => [
      row.value,
      row.shape.join(' x '),
      formatCount(row.floatBytes),
      row.messageBytes === null ? '-' : row.messageBytes.toFixed(1),
      row.messageBytes === null ? '-' : `${(row.floatBytes / row.messageBytes).toFixed(1)}x`,
      row.codecBytes === null ? '-' : formatCount(row.codecBytes),
      row.arenaBytes === null ? '-' : formatCount(row.arenaBytes),
      row.accuracy === null ? '-' : percent(row.accuracy),
    ]),
  );
  const lines = [`the float model, uncut: ${percent(uncut)} of ${formatCount(samples)} right`];
  if (chosen !== null && rows.length > 1) lines.push(`cut at ${chosen.value}`);
  if (chosen !== null && chosen.training !== null) lines.push(trainingText(chosen.training));
  return `${table}\n\n${lines.join('\n')}`;
}

function trainingText({ up, down, float }: NonNullable<SplitRow['training']>): string {
  const times = (float / (up + down)).toFixed(1);
  return `training took ${formatCount(up)} bytes up and ${formatCount(down)} down, ${times}x less than float32`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
