/** The page docs/operators.md: every operator of the table, how it is quantised, and its ONNX test cases. */

import { hasKernel } from '../lower/int8/rules.ts';
import { operators } from '../ops/index.ts';
import type { Operator } from '../ops/types.ts';
import { markdownTable } from './markdown-table.ts';

/** ONNX test cases that use an operator. */
export type CaseCount = { readonly pass: number; readonly run: number };

/** @param counts test cases by operator, for the operators that have some */
export function operatorsPage(counts: ReadonlyMap<string, CaseCount>): string {
  const rows = [...operators.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((operator) => [
      `\`${operator.name}\``,
      hasKernel(operator.name) ? 'yes' : '',
      scaleRule(operator),
      cases(operator, counts),
    ]);
  return [
    '# Operators',
    '',
    '<!-- Made by scripts/operators-page.ts from src/ops/ and the ONNX test data. -->',
    '',
    `${operators.size} operators are imported, checked and run in float32, in the form of opset 21 (older forms are`,
    'rewritten at import). Convolutions, products and reductions are summed in float64 and rounded once; 64-bit',
    'integers are exact up to 2^53.',
    '',
    '- **int8**: the operator has at least one form that runs on the device. The others must fold away at compile time',
    '  (shape arithmetic) or be rewritten (BatchNormalization into the Conv before it).',
    '- **output scale**: from calibration, that of the input, fixed by the meaning, one for each output, or none (not',
    '  quantised).',
    "- **ONNX cases**: passed of run, from the ONNX project's test data (libonnx-testdata 1.12) with its own",
    '  tolerances; a case counts for every operator in it. The cases that do not pass are listed with reasons in',
    '  `test/conformance/onnx-node.test.ts`.',
    '',
    ...markdownTable([['operator', 'int8', 'output scale', 'ONNX cases'], ...rows]),
    '',
  ].join('\n');
}

function scaleRule({ quant }: Operator): string {
  switch (quant.kind) {
    case 'computed':
      return 'calibrated';
    case 'same-as-input':
      return 'of the input';
    case 'fixed':
      return `1/${1 / quant.scale}, zero point ${quant.zeroPoint}`;
    case 'per-output':
      return 'one for each';
    case 'float':
      return 'none';
  }
}

function cases({ name }: Operator, counts: ReadonlyMap<string, CaseCount>): string {
  const count = counts.get(name);
  return count === undefined ? '' : `${count.pass} of ${count.run}`;
}
