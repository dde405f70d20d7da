/** One training run of a command: its checkpoint, log and progress, and Ctrl-C. */
import { existsSync } from 'node:fs';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { continueFrom, encodeCheckpoint, type Identity } from '../train/run/checkpoint.ts';
import type { EpochRow } from '../train/run/history.ts';
import type { RunOptions, Saved, StepRecord } from '../train/run/loop.ts';
import type { Context } from './context.ts';
import { flagOption, type Options, textOption } from './options.ts';
import { openStepLog } from './step-log.ts';

/** What is written of something that happened: a line of --log, and one for people. */
type Said = { readonly line: object; readonly text: string };

type TrainingRun<Result> = {
  /** What progress calls it. */
  readonly title: string;
  /** Steps of all epochs. */
  readonly steps: number;
  /** What a step takes, and how many of it. */
  readonly unit: string;
  readonly perStep: number;
  /** What a checkpoint must share with the run, and what may differ from one part of it to the next. */
  readonly identity: Identity;
  readonly changeable: Identity;
  readonly run: (
    hooks: Pick<RunOptions, 'resume' | 'save' | 'signal' | 'onStep' | 'onEpoch'>,
  ) => Promise<Result>;
  readonly step: (step: StepRecord) => Said;
  readonly epoch: (row: EpochRow) => Said;
};

/** @throws TinymlError E_USAGE for --resume alone, E_CHECKPOINT, E_WRITE, and as `runTraining` */
export async function runInContext<Result>(
  { title, steps, unit, perStep, identity, changeable, run, step, epoch }: TrainingRun<Result>,
  options: Options,
  context: Context,
): Promise<Result> {
  const checkpoint = textOption(options, 'checkpoint');
  checkResume(options);
  const resume = flagOption(options, 'resume') ? continueFrom(checkpoint!, identity, changeable) : null;
  for (const warning of resume?.warnings ?? []) context.warn('W_CHECKPOINT', warning);
  if (resume === null && checkpoint !== undefined && existsSync(checkpoint)) {
    context.warn(
      'W_CHECKPOINT',
      `${checkpoint} is of an earlier run, and is replaced; --resume would go on from it`,
    );
  }
  const log = openStepLog(textOption(options, 'log'), resume !== null, context);
  const start = resume?.saved.progress.step ?? 0;
  const task = context.progress(title, (steps - start) * perStep, unit);
  const interrupt = context.deferInterrupt();
  try {
    return await during(
      task,
      run({
        signal: interrupt.signal,
        ...(resume === null ? {} : { resume: resume.saved }),
        ...(checkpoint === undefined
          ? {}
          : { save: (saved) => saveCheckpoint(checkpoint, saved, identity, changeable, context) }),
        onStep: (done) => {
          const { line, text } = step(done);
          log.write({ kind: 'step', ...line });
          task.update((done.step + 1 - start) * perStep, text);
        },
        onEpoch: (row) => {
          const { line, text } = epoch(row);
          log.write({ kind: 'epoch', ...line });
          task.say(text);
        },
      }),
    );
  } finally {
    interrupt.end();
    log.close();
  }
}

/** Beside its place, then renamed: the earlier checkpoint stays until the new one is whole. */
function saveCheckpoint(
  path: string,
  saved: Saved,
  identity: Identity,
  settings: Identity,
  { outputs }: Context,
): void {
  outputs.replace(path, encodeCheckpoint({ ...saved, identity, settings }));
}

/** @throws TinymlError E_USAGE */
export function checkResume(options: Options): void {
  if (!flagOption(options, 'resume') || textOption(options, 'checkpoint') !== undefined) return;
  throw new TinymlError('E_USAGE', '--resume needs --checkpoint', {
    at: '--resume',
    hint: 'Give the file that --checkpoint of the earlier run named.',
  });
}
