/**
 * The lint of models for a Jetson, on files that others wrote: what it finds, what `--fix` leaves of it, and how long both take.
 * docs/commands/lint.md says what the numbers mean, and how the models were made.
 *
 *   npm run bench:jetson-lint -- [--target jetson-orin-nano] [--jetpack 6.2] [--json] model.onnx ...
 */
import { parseArgs } from 'node:util';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { exportModel } from '../src/onnx/export.ts';
import { type FileModel, readFileModel } from '../src/onnx/file-model.ts';
import { importModel } from '../src/onnx/import.ts';
import { loadFileModel } from '../src/onnx/load.ts';
import { resolveModel } from '../src/passes/resolve.ts';
import { loadProfile } from '../src/profiles/load.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { type Column, textTable } from '../src/report/table.ts';
import type { Finding } from '../src/targets/tensorrt/lint/finding.ts';
import { fixGraph } from '../src/targets/tensorrt/lint/fix/index.ts';
import { lintModel } from '../src/targets/tensorrt/lint/index.ts';
import { countFindings } from '../src/targets/tensorrt/lint/print.ts';
import { type Platform, resolvePlatform } from '../src/targets/tensorrt/release/platform.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', default: 'jetson-orin-nano' },
    jetpack: { type: 'string', default: '6.2' },
    json: { type: 'boolean', default: false },
  },
});

const profile = loadProfile(flags.target);
if (profile.kind !== 'jetson') throw new TinymlError('E_USAGE', `${flags.target} is no Jetson`);
const platform = resolvePlatform(profile, { jetpack: flags.jetpack });
const rows = paths.map((path) => measure(loadFileModel(path), platform));

if (flags.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else {
  const right = ['errors', 'warnings', 'notes', 'lint, ms', 'fix, ms'];
  const columns = [
    'model',
    'errors',
    'warnings',
    'notes',
    'by rule',
    'after --fix',
    'lint, ms',
    'fix, ms',
  ].map((title): Column => ({ title, align: right.includes(title) ? 'right' : 'left' }));
  const text = rows.map(({ model, counts, rules, left, lintMs, fixMs }) => [
    model,
    ...[counts.error, counts.warning, counts.note].map(String),
    ruleText(rules),
    `${left.error} errors, ${left.warning} warnings`,
    lintMs.toFixed(0),
    fixMs.toFixed(0),
  ]);
  process.stdout.write(`${textTable(columns, text)}\n`);
}

type Row = {
  readonly model: string;
  readonly counts: ReturnType<typeof countFindings>;
  readonly rules: Readonly<Record<string, number>>;
  readonly left: ReturnType<typeof countFindings>;
  readonly lintMs: number;
  readonly fixMs: number;
};

function measure(file: FileModel, on: Platform): Row {
  const [findings, lintMs] = timed(() => lintModel(file, on));
  const graph = resolveModel(importModel(file.bytes, file));
  const [fixed, fixMs] = timed(() => fixGraph(graph, on, findings));
  const after = lintModel(readFileModel(exportModel(fixed.graph), file), on);
  return {
    model: file.path,
    counts: countFindings(findings),
    rules: ruleCounts(findings),
    left: countFindings(after),
    lintMs,
    fixMs,
  };
}

function timed<T>(work: () => T): readonly [result: T, ms: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

/** Errors and warnings by rule. */
function ruleCounts(findings: readonly Finding[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { rule, severity } of findings) {
    if (severity !== 'note') counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function ruleText(rules: Row['rules']): string {
  return Object.entries(rules)
    .map(([rule, count]) => `${rule} ${count}`)
    .join(', ');
}
