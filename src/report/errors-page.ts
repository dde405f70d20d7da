import { ERROR_CODES, EXIT } from '../diagnostics/errors.ts';
import { WARNING_CODES } from '../diagnostics/warnings.ts';
import { markdownTable } from './markdown-table.ts';

/** The page docs/errors.md: every error code, its meaning and the exit status it ends a command with. */
export function errorsPage(): string {
  const meanings: Readonly<Record<keyof typeof EXIT, string>> = {
    ok: 'Done.',
    check:
      'A check said no: a limit was not met, a model does not fit, two executors disagree, or a warning with `--strict`.',
    input: "The user's input: the command line, a file, a model, or a missing tool.",
    internal: 'A fault of tinyml itself; please report it.',
    interrupted: 'Stopped by a signal: Ctrl-C, SIGTERM or SIGHUP.',
  };
  return [
    '# Errors and exit statuses',
    '',
    '<!-- Made by scripts/generate.ts from src/diagnostics/errors.ts. -->',
    '',
    'A command that fails prints exactly one error on stderr and leaves nothing half-written:',
    '',
    '```text',
    'error[E_PROFILE]: there is no device profile called "stm32h74"',
    '  hint: Did you mean stm32h743, stm32h7a3? A path to a .json file is taken too.',
    '```',
    '',
    'With `--json` it is one line of JSON on stderr:',
    '`{"schema":1,"error":{"code":...,"message":...,"at":[...],"hint":...}}`. Codes are stable; messages are not.',
    'A stack trace is shown only with `--verbose`.',
    '',
    '## Exit statuses',
    '',
    ...markdownTable([
      ['status', 'meaning'],
      ...(Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [String(EXIT[name]), meanings[name]]),
    ]),
    '',
    '## Codes',
    '',
    ...markdownTable([
      ['code', 'status', 'meaning'],
      ...Object.entries(ERROR_CODES).map(([code, [status, text]]) => [`\`${code}\``, String(status), text]),
    ]),
    '',
    '## Warnings',
    '',
    'A command that warns does its work and ends with 0; with `--strict` it ends with 1 (`E_WARNING`), after its result. Warnings',
    'go to stderr in the form of errors, and with `--json` into the document, too:',
    '`"warnings":[{"code":...,"message":...,"at":[...],"hint":...}]`.',
    '',
    ...markdownTable([
      ['code', 'meaning'],
      ...Object.entries(WARNING_CODES).map(([code, text]) => [`\`${code}\``, text]),
    ]),
    '',
  ].join('\n');
}
