/** A diagnosis in Markdown, for a pull request or the summary of a job. */
import { formatDecibels, formatPercent } from '../diagnostics/units.ts';
import { decibels } from '../quantize/diagnose/diagnose.ts';
import type { Diagnosis } from '../quantize/diagnose/run.ts';
import {
  culpritsOf,
  DIAGNOSIS_COLUMNS,
  diagnosisRows,
  REMEDY_COLUMNS,
  remedyRows,
} from './diagnosis-text.ts';
import { codeCell, codeSpan, folded, table } from './markdown.ts';

/**
 * The figures, what costs most, the remedies that gain something, and every layer folded away.
 * @param models the float model, and the quantised one where it was given
 * @param commands that make the model that is best; null where nothing helps
 */
export function diagnosisMarkdown(
  models: readonly string[],
  diagnosis: Diagnosis,
  commands: readonly string[] | null,
): string {
  const { before, layers, found, floatAccuracy } = diagnosis;
  const culprits = culpritsOf(diagnosis).map(
    ({ place, text }, i) => `${i + 1}. ${codeSpan(place)}: ${codeSpan(text)}`,
  );
  const tried = found.tried.filter(({ noise }) => noise < before.noise);
  const measured = floatAccuracy !== null;
  const row = (name: string, noise: number | null, accuracy: number | null): readonly string[] => [
    name,
    noise === null ? '' : formatDecibels(decibels(noise)),
    ...(measured ? [accuracy === null ? '' : formatPercent(accuracy)] : []),
  ];
  return [
    `**tinyml diagnose**: ${models.map(codeSpan).join(', ')}`,
    table(
      [
        { title: '' },
        { title: 'SQNR', align: 'right' },
        ...(measured ? [{ title: 'accuracy', align: 'right' as const }] : []),
      ],
      [
        ...(measured ? [row('float', null, floatAccuracy)] : []),
        row('before', before.noise, before.accuracy),
        ...(commands === null ? [] : [row('after', found.best.noise, found.best.accuracy)]),
      ],
    ),
    ['What costs most:', '', ...culprits].join('\n'),
    ...(tried.length === 0
      ? []
      : [table(REMEDY_COLUMNS, codedRows(remedyRows({ before, found: { ...found, tried } }), [0, 4]))]),
    ...(commands === null
      ? ['No remedy gains a quarter of a decibel.']
      : ['The best of it:', fenced(commands)]),
    folded(`${layers.length} layers`, table(DIAGNOSIS_COLUMNS, codedRows(diagnosisRows(layers), [0, 1]))),
  ].join('\n\n');
}

/** @param coded columns with names and words */
function codedRows(
  rows: readonly (readonly string[])[],
  coded: readonly number[],
): readonly (readonly string[])[] {
  return rows.map((cells) => cells.map((cell, i) => (coded.includes(i) ? codeCell(cell) : cell)));
}

/** A block of lines that no line of it ends. */
function fenced(lines: readonly string[]): string {
  const longest = Math.max(2, ...[...lines.join('\n').matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}sh`, ...lines, fence].join('\n');
}
