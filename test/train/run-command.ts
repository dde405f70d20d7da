/** `tinyml train` with the trainer of the tests, as a process: prints the document, or the error as JSON. */

import { TinymlError } from '../../src/diagnostics/errors.ts';
import { errorJson } from '../../src/report/print.ts';
import { trainCommand } from './command.ts';

try {
  const { json } = await trainCommand(process.argv.slice(2));
  process.stdout.write(`${JSON.stringify(json)}\n`);
} catch (error) {
  if (!(error instanceof TinymlError)) throw error;
  process.stderr.write(errorJson(error, false));
  process.exitCode = error.exitStatus;
}
