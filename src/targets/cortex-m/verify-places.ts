/** Where a bundle is verified, as it is asked for: `host`, `qemu` (the boards that suit it), boards by name. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import { type FirmwareVerification, shortageText, type TimeRange, type VerifyOptions } from '../target.ts';
import { BOARDS, type BoardId, boardFor } from './boards.ts';
import { deviceFit, fitError } from './device-fit.ts';
import { measuredCore } from './estimate/index.ts';
import { type Clocked, timeOf } from './estimate/time.ts';
import type { Manifest } from './manifest.ts';
import { readBundle } from './read-bundle.ts';
import { type VerifyResult, verifyBundle } from './verify.ts';

export async function verifyPlaces(
  folder: string,
  { on, layers, steps, learning, jobs, results, maxLatencyMs, onStage }: VerifyOptions,
): Promise<FirmwareVerification> {
  if (results !== null) {
    throw new TinymlError('E_USAGE', 'firmware is run here: it has no results of a board', {
      at: `--results ${results}`,
      hint: 'leave it out; --max-instructions limits what one inference takes',
    });
  }
  const { manifest } = readBundle(folder);
  if (steps !== null && manifest.training === null) {
    throw new TinymlError('E_USAGE', 'the bundle does not train, and so has no steps', {
      at: `--steps ${steps}`,
      hint: 'leave it out, or deploy with --training',
    });
  }
  if (learning !== null && manifest.training === null) {
    throw new TinymlError('E_USAGE', 'the bundle does not train, and so learns nothing', {
      at: '--learn',
      hint: 'leave it out, or deploy with --training',
    });
  }
  const clock = clockOf(manifest);
  if (clock.hz === null && maxLatencyMs !== null) {
    throw new TinymlError('E_USAGE', `the time on this target does not follow from counts: ${clock.why}`, {
      at: `--max-latency ${maxLatencyMs}`,
      hint: 'use --max-instructions, or hold "tinyml plan --target" against the limit',
    });
  }
  const boards = on.filter((place): place is BoardId => place !== 'host' && place !== 'qemu');
  const emulated = boards.length > 0 || on.includes('qemu');
  const counting = boardFor(manifest.core);
  if (maxLatencyMs !== null && boards.length > 0 && !on.includes('qemu') && !boards.includes(counting.id)) {
    throw new TinymlError(
      'E_USAGE',
      `the time of a ${manifest.core} follows from the instructions of the ${counting.core}`,
      {
        at: `--on ${on.join(',')}`,
        hint: `add ${counting.id}, or leave --max-latency out`,
      },
    );
  }
  const result = await verifyBundle(folder, {
    on: [...(on.includes('host') ? (['host'] as const) : []), ...(emulated ? (['qemu'] as const) : [])],
    ...(boards.length > 0 ? { cores: boards } : {}),
    layers,
    learning,
    ...(steps === null ? {} : { steps }),
    jobs,
    ...(onStage === undefined ? {} : { onStage }),
  });
  const fit = deviceFit(
    manifest,
    [...result.runs, ...(result.linked === null ? [] : [result.linked])],
    result.ownCore,
  );
  return {
    kind: 'firmware',
    ...result,
    fit,
    missed: fitError(result.profile, fit) ?? missedBoards(result, boards),
    ms: clock.hz === null ? null : timeOnTarget(result, { ...manifest, clockHz: clock.hz }),
  };
}

type Clock = { readonly hz: number } | { readonly hz: null; readonly why: string };

/** The clock by which counts of a bundle become time: none where the board counts other code than the device runs. */
function clockOf({ core, features, clockHz }: Manifest): Clock {
  if (clockHz === null)
    return { hz: null, why: 'the bundle is of an older version, and does not say its clock' };
  const board = boardFor(core).core;
  if (measuredCore({ core, features }).core !== board) {
    return { hz: null, why: `the code that this ${core} runs is not that of the ${board} that is emulated` };
  }
  return { hz: clockHz };
}

function timeOnTarget({ runs, boardCore, library }: VerifyResult, device: Clocked): TimeRange | null {
  const counted = runs.find(({ core, instructions }) => core === boardCore && instructions !== null);
  if (counted === undefined) return null;
  return timeOf(counted.instructions!, device, library as KernelLibrary);
}

/**
 * Whoever asks for emulated boards in general (`qemu`) gets those that can hold the bundle, and must get one. A board that
 * is asked for by name must run it.
 */
function missedBoards({ runs, unfit }: VerifyResult, named: readonly BoardId[]): TinymlError | null {
  const emulated = runs.some((run) => run.on === 'qemu');
  const missed = unfit.filter(({ core }) => !emulated || named.some((board) => BOARDS[board].core === core));
  if (missed.length === 0) return null;
  return new TinymlError(
    'E_MEMORY',
    `the bundle does not fit ${emulated ? 'every board that was asked for' : 'the emulated boards'}`,
    {
      at: missed.map((misfit) => `${misfit.machine} (${misfit.core}): ${shortageText(misfit)}`),
      hint: emulated
        ? `use --on with boards that hold it; ${runs.map((run) => run.core).join(', ')} ran it`
        : 'verify it on this machine alone with --on host',
    },
  );
}
