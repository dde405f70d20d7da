/** Many runs of a command: their log, so that a stopped command goes on where it was, their progress, and Ctrl-C. */
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import type { RunsOptions } from '../parallel/runs.ts';
import { firstLine, logText, type RunLog, readLog, readRows, rowLine } from '../train/run/run-log.ts';
import type { Context } from './context.ts';
import { flagOption, type Options, textOption } from './options.ts';
import { openStepLog } from './step-log.ts';

type LoggedRuns<Run, Row> = {
  /** What progress calls them. */
  readonly title: string;
  readonly log: RunLog<Row>;
  /** Runs that have no row yet. */
  readonly missing: (rows: readonly Row[]) => readonly Run[];
  readonly stepsPerRun: number;
  readonly performAll: (runs: readonly Run[], options: RunsOptions<Row>) => Promise<void>;
  readonly rowText: (row: Row) => string;
};

/** @throws TinymlError E_USAGE for --resume without a file to go on from */
export function checkLog(options: Options): void {
  const log = textOption(options, 'log');
  if (!flagOption(options, 'resume') || (log !== undefined && log !== '-')) return;
  throw new TinymlError('E_USAGE', '--resume needs a file of runs', {
    at: '--resume',
    hint: 'Give --log <file>.',
  });
}

/**
 * Does the runs that are not in the log yet.
 * @returns the rows of the log, and of these runs as they ended
 * @throws TinymlError E_CHECKPOINT, E_WRITE, and as `performAll`
 */
export async function loggedRuns<Run, Row extends object>(
  { title, log, missing: missingRuns, stepsPerRun, performAll, rowText }: LoggedRuns<Run, Row>,
  options: Options,
  context: Context,
): Promise<readonly Row[]> {
  const lines = openRunLog(log, options, context);
  const rows = [...lines.earlier];
  const missing = missingRuns(rows);

  const task = context.progress(title, missing.length * stepsPerRun, 'steps');
  const interrupt = context.deferInterrupt();
  let [steps, ended] = [0, 0];
  try {
    await during(
      task,
      performAll(missing, {
        jobs: context.jobs,
        signal: interrupt.signal,
        onSteps: (more) => {
          steps += more;
          task.update(steps, `${ended} of ${missing.length} runs`);
        },
        onRow: (row) => {
          rows.push(row);
          lines.add(row);
          ended++;
          task.say(rowText(row));
        },
      }),
    );
  } finally {
    interrupt.end();
    lines.close();
  }
  return rows;
}

/** A log with the rows of an earlier part of the same runs, to which others are added. */
type OpenRunLog<Row> = {
  readonly earlier: readonly Row[];
  readonly add: (row: Row) => void;
  readonly close: () => void;
};

/** Opens --log, with --resume to go on with it. @throws TinymlError E_CHECKPOINT, E_FILE, E_WRITE */
export function openRunLog<Row extends object>(
  log: RunLog<Row>,
  options: Options,
  context: Context,
): OpenRunLog<Row> {
  const path = textOption(options, 'log');
  const earlier = flagOption(options, 'resume') ? readRows(path!, log) : null;
  if (earlier !== null) mendLog(path!, log, earlier, context);
  const { write, close } = openStepLog(path, earlier !== null, context);
  if (earlier === null) write(firstLine(log));
  return { earlier: earlier ?? [], add: (row) => write(rowLine(row)), close };
}

/** A line that was cut off would run into the next one. */
function mendLog<Row extends object>(
  path: string,
  log: RunLog<Row>,
  rows: readonly Row[],
  { outputs }: Context,
): void {
  if (readLog(path, log)?.endsWith('\n') ?? true) return;
  outputs.replace(path, logText(log, rows));
}
