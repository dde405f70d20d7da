/** Runs a command in this process, with everything that it says: many small runs of commands are quick so. */

import { parseCall } from '../../src/cli/parse.ts';
import { perform } from '../../src/cli/perform.ts';
import { plain } from '../../src/diagnostics/color.ts';

export type Said = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** @param argv as after `tinyml`; paths are those of this process */
export async function inProcess(argv: readonly string[]): Promise<Said> {
  let [stdout, stderr] = ['', ''];
  const print = (text: string): void => {
    stdout += text;
  };
  const status = await perform(parseCall(argv, print)!, {
    style: { json: false, verbose: false, color: 'never' },
    styled: () => {},
    paintFor: () => plain,
    print,
    say: (text) => {
      stderr += text;
    },
    progress: () => ({ update: () => {}, say: () => {}, finish: () => {}, fail: () => {} }),
    deferInterrupt: () => ({ signal: new AbortController().signal, end: () => {} }),
    gate: { pass: () => true, stop: () => false },
    unfinished: () => {},
  });
  return { status, stdout, stderr };
}
