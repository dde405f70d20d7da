import { statSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { readJsonFile } from '../diagnostics/json-file.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { oneLine } from '../diagnostics/printable.ts';
import { type Difference, differenceOf, otherSamples } from '../report/difference.ts';
import { differenceMarkdown, differenceText, failureMarkdown } from '../report/difference-text.ts';
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
  const markdown = flagOption(options, 'markdown');
  const difference = compared(before, after);
  if (difference instanceof TinymlError) {
    // What takes the Markdown shows it to people who do not see stderr: nothing at all would look like no change.
    if (!markdown) throw difference;
    return { json: { before, after }, text: failureMarkdown(before, after, difference), failure: difference };
  }
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
      markdown
        ? differenceMarkdown(
            difference,
            before,
            after,
            limitsMet(gates).map(({ text }) => text),
          )
        : differenceText(difference, verbose ? 'all' : 'most', paints),
    ...(markdown ? {} : { brief: () => differenceText(difference, 'none', paints) }),
    failure:
      gates.length > 0 ? (brokenError(difference) ?? gateFailure(gates, notMeasured(difference))) : null,
  };
}

function compared(before: string, after: string): Difference | TinymlError {
  const read = (path: string) => ({ path, document: readResult(path) });
  try {
    return differenceOf(read(before), read(after));
  } catch (error) {
    if (error instanceof TinymlError) return error;
    throw error;
  }
}

/** Where limits are held, no growth excuses what is not right any more. */
function brokenError({ broken }: Difference): TinymlError | null {
  if (broken.length === 0) return null;
  return new TinymlError('E_GATE', 'something does not hold that held before, or was not asked for', {
    at: broken,
  });
}

function notMeasured({ lost, found, subjects }: Difference): string | undefined {
  if (otherSamples(subjects))
    return 'The accuracies are of different numbers of samples: measure both on the same.';
  const [which, names] = lost.length > 0 ? ['second', lost] : ['first', found];
  if (names.length === 0) return undefined;
  return `The ${which} result does not state ${firstOf(names, 5)}: measure the same for both: with the same --eval and --target, on the same cores.`;
}

/** @throws TinymlError E_FILE, E_USAGE for what is no JSON */
function readResult(path: string): unknown {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    const manifest = join(path, 'manifest.json');
    const isBundle = statSync(manifest, { throwIfNoEntry: false })?.isFile() ?? false;
    throw new TinymlError('E_USAGE', 'a folder is no result', {
      at: path,
      hint: isBundle
        ? `give the manifest of the bundle, ${manifest}, or what ${MADE_BY}`
        : `give what ${MADE_BY}`,
    });
  }
  if (found?.isFile() && found.size === 0) {
    throw new TinymlError('E_USAGE', 'the file is empty: the command that should have written it failed', {
      at: path,
      hint: 'run that command again, and look at what it says',
    });
  }
  try {
    return readJsonFile(path, 'E_USAGE', MAX_BYTES);
  } catch (cause) {
    if (!(cause instanceof TinymlError) || cause.code !== 'E_USAGE') throw cause;
    const model = /\.onnx$/i.test(path);
    throw new TinymlError(
      'E_USAGE',
      model
        ? 'a model is no result: results are compared, not models'
        : `this is no result: ${cause.message}`,
      {
        at: model ? path : cause.at,
        hint: model
          ? `say of each what is to be compared: tinyml inspect ${oneLine(path)} --json > a.json, or evaluate, plan ...`
          : `give what ${MADE_BY}`,
        cause,
      },
    );
  }
}

const MADE_BY = 'a command printed with --json: tinyml plan ... --json > a.json';
