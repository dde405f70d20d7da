import type { Paint } from './color.ts';
import { oneLine } from './printable.ts';
import { formatSeconds } from './units.ts';

/** One task under way. */
export type Task = {
  /** Tells how many units are done so far, and a word on the state. Cheap: call it as often as you like. */
  readonly update: (done: number, state?: string) => void;
  /** Says a line that stays, in tasks of more than two seconds. */
  readonly say: (line: string) => void;
  /**
   * Ends the task, `done` units having been done (left out: as many as the last update told). A task of more than two
   * seconds leaves one line that says how long it took.
   */
  readonly finish: (done?: number) => void;
  /** Ends the task without a word: it failed or was stopped, and that is said elsewhere. */
  readonly fail: () => void;
};

/** Starts a task of `total` things (null: unknown), called `unit` in the plural. */
export type Progress = (label: string, total: number | null, unit: string) => Task;

type ProgressOptions = {
  readonly stream: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly write: (text: string) => unknown;
  };
  readonly env: NodeJS.ProcessEnv;
  readonly quiet: boolean;
  /** Also says how long short tasks took. */
  readonly verbose: boolean;
  readonly paint: Paint;
  /** Milliseconds from any origin. */
  readonly now?: () => number;
};

/** Nothing is said about tasks shorter than this. */
const PATIENCE_MS = 2000;
const PLAIN_INTERVAL_MS = 10_000;
const SPINNER_INTERVAL_MS = 80;

type Spinner = {
  text: string;
  readonly render: () => unknown;
  readonly clear: () => unknown;
  readonly stop: () => unknown;
};

/**
 * Progress for people, on stderr only. On a terminal an animated line; elsewhere (a file, a pipe, CI) plain lines
 * without time stamps, one after two seconds and then one every ten, whether or not anything is updated meanwhile.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, env, quiet, verbose, paint, now = () => performance.now() } = options;
  if (quiet) return noProgress;
  const inCi = !['', '0', 'false'].includes(env.CI ?? '');
  // A terminal without a size (0 columns, as some containers have) would make ora count lines for ever.
  const animated = stream.isTTY === true && (stream.columns ?? 0) > 0 && !inCi && env.TERM !== 'dumb';

  return (label, total, unit) => {
    const start = now();
    let spinner: Spinner | null = null;
    let finished = false;
    let next = start + (animated ? SPINNER_INTERVAL_MS : PATIENCE_MS);
    if (animated) {
      // Loaded only here: it costs as much as the whole start-up of the program.
      void import('ora').then(({ default: ora }) => {
        if (!finished) spinner = ora({ text: label, stream: process.stderr, discardStdin: false }).start();
      });
    }
    let last = 0;
    let state: string | undefined;
    const tell = (): void => {
      const time = now();
      if (time < next) return;
      const text = oneLine(stateText(progressText(label, last, total, unit, (time - start) / 1000), state));
      if (spinner !== null) {
        spinner.text = text;
        spinner.render();
      } else if (!animated) {
        stream.write(`${text}\n`);
      }
      next = time + (animated ? SPINNER_INTERVAL_MS : PLAIN_INTERVAL_MS);
    };
    const timer = setInterval(tell, PATIENCE_MS).unref();
    const end = (): void => {
      finished = true;
      clearInterval(timer);
      spinner?.stop();
    };
    return {
      update: (done, now) => {
        last = done;
        state = now;
        tell();
      },
      say: (line) => {
        if (now() - start < PATIENCE_MS) return;
        spinner?.clear();
        stream.write(`${oneLine(line)}\n`);
        spinner?.render();
      },
      finish: (done = last) => {
        end();
        const elapsed = now() - start;
        if (elapsed < PATIENCE_MS && !verbose) return;
        const rate = done > 0 ? ` (${formatRate((done * 1000) / elapsed, unit)})` : '';
        stream.write(
          `${paint('green', 'done')} ${oneLine(label)}: ${formatSeconds(elapsed / 1000)}${rate}\n`,
        );
      },
      fail: end,
    };
  };
}

/** For --quiet. */
export const noProgress: Progress = () => ({
  update: () => {},
  say: () => {},
  finish: () => {},
  fail: () => {},
});

/** Ends a task with the work that it is about: with a line where that is done, without a word where it fails. */
export async function during<T>(task: Pick<Task, 'finish' | 'fail'>, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    task.finish();
    return result;
  } catch (error) {
    task.fail();
    throw error;
  }
}

function stateText(progress: string, state: string | undefined): string {
  if (state === undefined) return progress;
  return progress.includes(':') ? `${progress}; ${state}` : `${progress}: ${state}`;
}

/** `calibrate: 120/512 (23 %), 60 samples/s, 6 s left`; rate and time left once two seconds have passed; nothing of no units. */
export function progressText(
  label: string,
  done: number,
  total: number | null,
  unit: string,
  seconds: number,
): string {
  if (done === 0 && total === null) return label;
  const share =
    total === null || total === 0 ? `${done}` : `${done}/${total} (${Math.floor((done / total) * 100)} %)`;
  if (seconds < PATIENCE_MS / 1000 || done === 0) return `${label}: ${share}`;
  const rate = done / seconds;
  const left = total === null || done >= total ? '' : `, ${formatSeconds((total - done) / rate)} left`;
  return `${label}: ${share}, ${formatRate(rate, unit)}${left}`;
}

function formatRate(perSecond: number, unit: string): string {
  return `${perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2))} ${unit}/s`;
}
