/** Runs the ONNX test data and writes docs/operators.md: `node --import tsx scripts/operators-page.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.ts';
import { operatorsPage } from '../src/report/operators-page.ts';
import { CASES_FOLDER } from '../test/conformance/onnx-cases.ts';
import { countCases, surveyCases } from '../test/conformance/survey.ts';
import { trainedOperators } from '../test/train/operators.ts';

const results = await surveyCases();
if (results.length === 0) throw new Error(`${CASES_FOLDER} is not there; install Debian's libonnx-testdata`);
const counts = {
  meaning: countCases(results, 'meaning'),
  float: countCases(results, 'float'),
  int8: countCases(results, 'int8'),
};
const page = operatorsPage(counts, trainedOperators());
writeFileSync(join(packageRoot(), 'docs', 'operators.md'), page);
