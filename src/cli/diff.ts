import { readJsonFile } from '../diagnostics/json-file.ts';
import { differenceOf } from '../report/difference.ts';
import { differenceMarkdown, differenceText } from '../report/difference-text.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure, limitsMet } from './gates.ts';
import { flagOption, type Options } from './options.ts';

/** Results of large models list thousands of layers, and counts for all pairs of classes. */
const MAX_BYTES = 64 * 2 ** 20;

/** `tinyml diff a.json b.json`: what changed between two results, for people, for pull requests and for builds. */
export async function run(
  args: readonly string[],
  options: Options,
  { paint, verbose }: Context,
): Promise<CommandResult> {
  const [before, after] = args as readonly [string, string];
  const read = (path: string) => ({ path, document: readJsonFile(path, 'E_USAGE', MAX_BYTES) });
  const difference = differenceOf(read(before), read(after));
  const { drop, growth } = difference;
  const gates = evaluateGates(options, {
    ...(drop === null ? {} : { 'max-drop': drop }),
    ...(growth === null ? {} : { 'max-growth': growth }),
  });
  const paints = {
    good: (text: string) => paint('green', text),
    bad: (text: string) => paint('red', text),
  };
  const { kind, ...rest } = difference;
  return {
    json: { before, after, of: kind, ...rest, gates },
    text: () =>
      flagOption(options, 'markdown')
        ? differenceMarkdown(difference, before, after, failedLimits(gates))
        : differenceText(difference, verbose ? 'all' : 'most', paints),
    ...(flagOption(options, 'markdown') ? {} : { brief: () => differenceText(difference, 'none', paints) }),
    failure: gateFailure(gates),
  };
}

function failedLimits(gates: ReturnType<typeof evaluateGates>): readonly string[] {
  return limitsMet(gates).flatMap(({ text, passed }) => (passed ? [] : [text]));
}
