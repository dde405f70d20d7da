import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import type { Linter, LintResult } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { refuseDepfile, writeDepfile } from './depfile.ts';
import { givenInputs } from './given-inputs.ts';
import { dimensions, openModel } from './model.ts';
import { flagOption, type Options, requiredText, textOption } from './options.ts';
import { requiredTarget } from './target.ts';

/** `tinyml lint m.onnx --target P [--fix -o out.onnx]`: what its builder would refuse or make slow, with cause and fix. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const linter = await linterOf(options);
  const output = fixedOutput(options);
  if (output === null) refuseDepfile(options, 'give it with --fix');
  const lintOptions = {
    dims: dimensions(options),
    given: givenInputs(options),
    cache: textOption(options, 'cache') ?? null,
  };
  // What is repaired is imported: its external data is no place for outputs.
  if (output !== null) await openModel(path, options, context);
  const before = await linter.lint(path, lintOptions);
  const sarif = textOption(options, 'sarif');
  if (sarif !== undefined) context.outputs.file(sarif, `${JSON.stringify(before.sarif(), null, 2)}\n`);
  if (output === null) {
    return {
      json: { model: path, ...findingsJson(before) },
      text: () => before.text(context.verbose),
      failure: failureOf(before, flagOption(options, 'strict')),
    };
  }
  const { bytes, changes, after } = await linter.fix(path, lintOptions);
  context.outputs.file(output, bytes);
  writeDepfile(output, options, context);
  return {
    json: { model: path, ...findingsJson(before), output, changes, after: findingsJson(after) },
    text: () => fixText(before, changes, output, after, context.verbose),
    failure: failureOf(after, flagOption(options, 'strict')),
  };
}

/** @throws TinymlError E_PROFILE for a target that has no rules */
async function linterOf(options: Options): Promise<Linter> {
  const { id, lint } = await requiredTarget(options);
  if (lint !== null) return lint;
  throw new TinymlError('E_PROFILE', `there are no rules for files for ${id}`, {
    at: `--target ${requiredText(options, 'target')}`,
    hint: 'lint is for Jetson modules; "tinyml inspect --target" says what of a model runs here',
  });
}

/** Where the repaired model goes; null where nothing is repaired. @throws TinymlError E_USAGE */
function fixedOutput(options: Options): string | null {
  const output = textOption(options, 'output');
  const fix = flagOption(options, 'fix');
  if (fix !== (output !== undefined)) {
    throw new TinymlError('E_USAGE', fix ? '--output <file> is missing' : '--output needs --fix', {
      hint: 'for example --fix -o model.fixed.onnx',
    });
  }
  return output ?? null;
}

function findingsJson({ findings }: LintResult): object {
  const count = (severity: string): number => findings.filter((one) => one.severity === severity).length;
  const counts = { error: count('error'), warning: count('warning'), note: count('note') };
  return { counts, findings };
}

function fixText(
  before: LintResult,
  changes: readonly string[],
  output: string,
  after: LintResult,
  all: boolean,
): string {
  const changed =
    changes.length === 0 ? ['nothing was changed'] : changes.map((change) => `  - ${oneLine(change)}`);
  return [
    before.text(all),
    `\nwritten to ${oneLine(output)}, with these changes:`,
    ...changed,
    `\n${after.text(all)}`,
  ].join('\n');
}

function failureOf({ findings }: LintResult, strict: boolean): TinymlError | null {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = strict ? findings.filter(({ severity }) => severity === 'warning') : [];
  if (errors.length === 0 && warnings.length > 0) {
    return new TinymlError('E_WARNING', `${warnings.length} warning(s), and --strict allows none`, {
      at: `${warnings[0]!.rule}: ${warnings[0]!.message}`,
      hint: '--fix repairs what can be repaired; or leave out --strict',
    });
  }
  if (errors.length === 0) return null;
  const [first] = errors;
  return new TinymlError(
    'E_GATE',
    `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}: no engine is built of the model`,
    {
      at: `${first!.rule}: ${first!.message}`,
      hint: 'each finding says what to do; --fix repairs what can be repaired',
    },
  );
}
