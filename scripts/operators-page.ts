/** Runs the ONNX test data and writes docs/operators.md: `node --import tsx scripts/operators-page.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.ts';
import { operatorsPage } from '../src/report/operators-page.ts';
import { CASES_FOLDER, countByOperator, listCases, runCase } from '../test/conformance/onnx-cases.ts';

const names = listCases();
if (names.length === 0) throw new Error(`${CASES_FOLDER} is not there; install Debian's libonnx-testdata`);
const page = operatorsPage(countByOperator(names.map(runCase)));
writeFileSync(join(packageRoot(), 'docs', 'operators.md'), page);
