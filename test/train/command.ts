/** Runs `tinyml train` in this process with a trainer of the tests. */

import { type Context, createContext } from '../../src/cli/context.ts';
import { createFileUses, declareFiles } from '../../src/cli/file-uses.ts';
import { createOrigins } from '../../src/cli/origins.ts';
import { createOutputFiles } from '../../src/cli/output-files.ts';
import { parseCall } from '../../src/cli/parse.ts';
import { resolveOptions } from '../../src/cli/settings.ts';
import { trainModel } from '../../src/cli/train.ts';
import { plain } from '../../src/diagnostics/color.ts';
import type { CreateTrainer } from '../../src/train/run/backend.ts';
import { createRegression } from './softmax-regression.ts';

export type TrainOutcome = {
  // biome-ignore lint/suspicious/noExplicitAny: a document as scripts see it
  readonly json: any;
  readonly text: string;
  readonly warnings: readonly string[];
};

/** @param abort its signal is that of Ctrl-C */
export async function trainCommand(
  args: readonly string[],
  more: { readonly createTrainer?: CreateTrainer; readonly abort?: AbortController } = {},
): Promise<TrainOutcome> {
  const { createTrainer = createRegression, abort = new AbortController() } = more;
  const call = parseCall(['train', ...args])!;
  const options = resolveOptions(call.command, call.flags, {}, '/');
  const outputs = createOutputFiles(options['dry-run'] === true);
  const uses = createFileUses();
  declareFiles(call.command, call.args, options, outputs, uses);
  const warnings: string[] = [];
  const context: Context = createContext({
    options,
    env: {},
    print: (line) => void process.stdout.write(line),
    writeError: (text) => warnings.push(text),
    progress: () => ({ update: () => {}, say: () => {}, finish: () => {}, fail: () => {} }),
    paintOut: plain,
    paintError: plain,
    outputs,
    reads: uses.reads,
    filesRead: uses.filesRead,
    origins: createOrigins([]),
    deferInterrupt: () => ({ signal: abort.signal, end: () => {} }),
  });
  try {
    const { json, text, failure } = await trainModel(async () => createTrainer, call.args, options, context);
    outputs.commit();
    if (failure) throw failure;
    return {
      json: JSON.parse(JSON.stringify(json)),
      text: typeof text === 'string' ? text : text(),
      warnings,
    };
  } finally {
    outputs.cleanUp();
  }
}
