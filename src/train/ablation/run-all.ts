/** All runs of an ablation. */
import { performAll, type RunsOptions } from '../../parallel/runs.ts';
import type { Row } from './rows.ts';
import { createAblationRunner, type Run, type RunSetup } from './run.ts';

/** The compiled entry of a thread. Node cannot start one from TypeScript: from its sources, tinyml does one run at a time. */
const WORKER = import.meta.url.endsWith('.js') ? new URL('./worker.js', import.meta.url) : null;

/** Does all runs. @throws TinymlError as `performAll` */
export function runAll(setup: RunSetup, runs: readonly Run[], options: RunsOptions<Row>): Promise<void> {
  const { settings } = setup;
  const withJobs = (jobs: number): RunSetup => ({
    ...setup,
    settings: { ...settings, trainer: { ...settings.trainer, jobs } },
  });
  return performAll(WORKER, createAblationRunner, withJobs, runs, options);
}
