/** The page docs/operators.md: every operator of the table, how it is quantised, and its ONNX test cases. */

import { hasKernel } from '../lower/int8/rules.ts';
import { operators } from '../ops/index.ts';
import type { Operator } from '../ops/types.ts';
import { COMPOSITES } from '../passes/composites/index.ts';
import { markdownTable } from './markdown-table.ts';

/** ONNX test cases that use an operator. */
export type CaseCount = { readonly pass: number; readonly run: number };

/** Test cases by operator, for the operators that have some. */
type CaseCounts = {
  /** By the float meaning of the operators. */
  readonly meaning: ReadonlyMap<string, CaseCount>;
  /** On float32 kernels. */
  readonly float: ReadonlyMap<string, CaseCount>;
  /** Quantised. */
  readonly int8: ReadonlyMap<string, CaseCount>;
};

/** @param trained operators of which a form is trained in a test */
export function operatorsPage(counts: CaseCounts, trained: ReadonlySet<string>): string {
  const whole = [...operators.values()].map(({ name, quant }) => ({
    name,
    scale: scaleRule(quant),
    int8: hasKernel(name) ? 'yes' : '',
  }));
  const parted = [...COMPOSITES.keys()].map((name) => ({ name, scale: 'taken apart', int8: '' }));
  const rows = [...whole, ...parted]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, scale, int8 }) => [
      `\`${name}\``,
      scale,
      cases(counts.meaning.get(name)),
      cases(counts.float.get(name)),
      cases(counts.int8.get(name)),
      int8,
      trained.has(name) ? 'yes' : '',
    ]);
  return [
    '# Operators',
    '',
    '<!-- Made by scripts/operators-page.ts from src/ops/ and the ONNX test data. -->',
    '',
    `${operators.size} operators are imported, checked and run in float32, in the form of opset 21 (older forms are`,
    'rewritten at import). Convolutions, products and reductions are summed in float64 and rounded once; 64-bit',
    `integers are exact up to 2^53. ${COMPOSITES.size} others are **taken apart** into these as soon as shapes are known: loops are written out, and`,
    'sequences, Fourier transforms, sampling at constant places and the composites of ONNX Runtime become the nodes that they mean.',
    '',
    '- **int8**: the operator has at least one form that runs on the device in integers. The others must fold away at compile',
    '  time (shape arithmetic) or be rewritten (BatchNormalization into the Conv before it).',
    '- **output scale**: from calibration, that of the input, fixed by the meaning, one for each output, or none (not',
    '  quantised).',
    '- **trains**: gradients of at least one form are held against differences of the loss, its steps against the reference, and its',
    '  integers against what was learned, by `test/train/operators.test.ts`. What gives places or truth has no gradient.',
    "- **meaning**, **float32 kernels**, **quantised**: passed of run, from the ONNX project's test data (libonnx-testdata 1.12);",
    '  a case counts for every operator in it. The meaning and the float32 kernels, which run on the desk and in emitted C with the same',
    "  bytes, are held against ONNX's own tolerances. Quantised, a case is calibrated with its own input, and no output may be more steps of its",
    '  scale from fake quantisation than the case has nodes. A case that takes or gives integers, or of which nothing is left to',
    '  compute, is not run on kernels. `npm run conformance` runs all of them; the cases that do not pass are listed with',
    '  reasons in `test/conformance/`.',
    '',
    ...markdownTable([
      ['operator', 'output scale', 'meaning', 'float32 kernels', 'quantised', 'int8', 'trains'],
      ...rows,
    ]),
    '',
  ].join('\n');
}

function scaleRule(quant: Operator['quant']): string {
  switch (quant.kind) {
    case 'computed':
      return 'calibrated';
    case 'same-as-input':
      return 'of the input';
    case 'fixed':
      return `1/${1 / quant.scale}, zero point ${quant.zeroPoint}`;
    case 'per-output':
      return 'one for each';
    case 'recurrent':
      return 'calibrated';
    case 'float':
      return 'none';
  }
}

function cases(count: CaseCount | undefined): string {
  return count === undefined ? '' : `${count.pass} of ${count.run}`;
}
