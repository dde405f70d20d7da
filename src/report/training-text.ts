/** The result of `tinyml train` for people. */
import type { Paint } from '../diagnostics/color.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import type { Comparison } from '../train/run/comparison.ts';
import type { TrainingReport } from '../train/run/loop.ts';
import { evaluationText } from './evaluation-text.ts';
import { type Cell, fieldList, textTable } from './table.ts';
import { dropTone, toned } from './tones.ts';
import { EPOCH_COLUMNS, epochRows, keptState, scoreText } from './training-rows.ts';

type ModelFile = { readonly output: string; readonly bytes: Uint8Array };

/** `float`: the file of --float-output. */
export type Written = ModelFile & { readonly float: ModelFile | null };

/** Epochs, and what came of them. */
export function trainingText(report: TrainingReport, facts: string): string {
  const { epochs, bestEpoch } = report;
  const shown = shortened(epochs, bestEpoch);
  const left = epochs.length - shown.length;
  const rest =
    left === 0 ? '' : `\n${left} epochs between them are left out here: --log, --report and --json have all`;
  return `${textTable(EPOCH_COLUMNS, epochRows(shown))}${rest}\n\n${facts}`;
}

/** @param checkpoint the file that was written, if any */
export function trainingFacts(
  { output, bytes, float }: Written,
  report: TrainingReport,
  measured: Comparison | null,
  checkpoint: string | undefined,
  paint: Paint,
): string {
  const { epochs, before, earlyStop } = report;
  return fieldList([
    ['output', `${output} (${formatBytes(bytes.length)}), ${keptState(report)}`],
    ...(before === null
      ? []
      : [['validation', `${scoreText(before)} before, ${scoreText(report.bestScore!)} as kept`] as const]),
    ...(float === null
      ? []
      : [['in float', `${float.output} (${formatBytes(float.bytes.length)})`] as const]),
    ...(earlyStop ? [['stopped', `after epoch ${epochs.length}: no better for --patience`] as const] : []),
    ...(checkpoint === undefined ? [] : [['checkpoint', checkpoint] as const]),
    ...(measured === null
      ? [['accuracy', 'not measured: no --eval'] as const]
      : [
          ...(measured.before === null
            ? []
            : [['before', evaluationText(measured.before.evaluation)] as const]),
          ['trained', trainedText(measured, paint)] as const,
          ...(measured.float === null
            ? []
            : [['in float', evaluationText(measured.float.evaluation)] as const]),
        ]),
  ]);
}

/** Painted by what became of the accuracy, where there was one before. */
function trainedText({ before, trained }: Comparison, paint: Paint): Cell {
  const text = `${evaluationText(trained.evaluation)}, as read back from the file`;
  const [first, last] = [
    before === null ? null : accuracyOf(before.evaluation),
    accuracyOf(trained.evaluation),
  ];
  return first === null || last === null ? text : toned(paint, dropTone(first - last), text);
}

/** At most so many epochs are printed: spread evenly, with the best and the last. */
const MAX_ROWS = 12;

function shortened<T extends { readonly epoch: number }>(rows: readonly T[], best: number): readonly T[] {
  if (rows.length <= MAX_ROWS) return rows;
  const every = rows.length / (MAX_ROWS - 1);
  const wanted = new Set(Array.from({ length: MAX_ROWS - 1 }, (_, i) => rows[Math.floor(i * every)]!.epoch));
  return rows.filter(({ epoch }) => wanted.has(epoch) || epoch === best || epoch === rows.at(-1)!.epoch);
}
