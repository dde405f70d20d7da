/**
 * Runs the ONNX test data in every way in which a model runs: `npm run conformance`, with `-- --json` for scripts. Status 1 where
 * emitted C computes other bytes than the reference.
 */
import { CASES_FOLDER } from '../test/conformance/onnx-cases.ts';
import { countCases, emitAll, passes, surveyCases } from '../test/conformance/survey.ts';

const results = await surveyCases();
if (results.length === 0) throw new Error(`${CASES_FOLDER} is not there; install Debian's libonnx-testdata`);
const total = (way: 'meaning' | 'float') => {
  const ran = results.filter(({ [way]: { kind } }) => kind !== 'unsupported' && kind !== 'irrelevant');
  return { passed: ran.filter(({ [way]: { kind } }) => kind === 'pass').length, relevant: ran.length };
};
const emitted = await emitAll(results);
const counts = {
  float: total('meaning'),
  native: total('float'),
  emittedC: emitted ? passes(results, 'float') : { operators: 0, passed: 0 },
  int8: passes(results, 'int8'),
};
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(counts)}\n`);
} else {
  for (const { name, meaning, float, int8 } of results) {
    const line = [meaning, float, int8].map(({ kind }) => kind.padEnd(12)).join('');
    process.stdout.write(`${line}${name}\n`);
  }
  const operators = countCases(results, 'meaning').size;
  process.stdout.write(
    [
      `float meaning    ${counts.float.passed} of ${counts.float.relevant} cases, ${operators} operators`,
      `float32 kernels  ${counts.native.passed} of ${counts.native.relevant} cases`,
      `emitted C        ${counts.emittedC.passed} cases, ${counts.emittedC.operators} operators`,
      `int8             ${counts.int8.passed} cases, ${counts.int8.operators} operators`,
      '',
    ].join('\n'),
  );
}
if (!emitted) {
  process.stderr.write('emitted C computes other bytes than the reference\n');
  process.exitCode = 1;
}
