/** All probes, and what their log holds. */
import { performAll, type RunsOptions } from '../../parallel/runs.ts';
import type { RunIdentity, RunLog } from '../run/run-log.ts';
import { createProbe, type Probe, type ProbeSetup } from './probe.ts';
import type { ProbeRow } from './probes.ts';
import { choiceKey } from './schemes.ts';

/** The compiled entry of a thread; null from TypeScript, where Node cannot start one. */
const WORKER = import.meta.url.endsWith('.js') ? new URL('./worker.js', import.meta.url) : null;

/** Does all probes. @throws TinymlError as `performAll` */
export function probeAll(
  setup: ProbeSetup,
  probes: readonly Probe[],
  options: RunsOptions<ProbeRow>,
): Promise<void> {
  const { settings } = setup;
  const withJobs = (jobs: number): ProbeSetup => ({
    ...setup,
    settings: { ...settings, trainer: { ...settings.trainer, jobs } },
  });
  return performAll(WORKER, createProbe, withJobs, probes, options);
}

/** The log of the probes of a model. */
export function probeLog(identity: RunIdentity): RunLog<ProbeRow> {
  return { kind: 'sparsity', identity, isRow };
}

function isRow(line: unknown): line is ProbeRow {
  const { choice, seed } = line as Partial<ProbeRow>;
  return typeof choice === 'string' && Number.isInteger(seed);
}

/** Probes that have no row yet. */
export function missingProbes(probes: readonly Probe[], rows: readonly ProbeRow[]): readonly Probe[] {
  const keyOf = (choice: string, seed: number): string => `${choice} seed=${seed}`;
  const done = new Set(rows.map(({ choice, seed }) => keyOf(choice, seed)));
  return probes.filter(({ choice, seed }) => !done.has(keyOf(choiceKey(choice), seed)));
}
