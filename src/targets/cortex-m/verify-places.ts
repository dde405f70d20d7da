/** Where a bundle is verified, as it is asked for: `host`, `qemu` (the boards that suit it), boards by name. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { listCortexM } from '../../profiles/load.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import { type FirmwareVerification, shortageText, type TimeRange, type VerifyOptions } from '../target.ts';
import { BOARDS, type BoardId, boardFor } from './boards.ts';
import { deviceFit, fitError } from './device-fit.ts';
import { measuredCore } from './estimate/index.ts';
import { timeOf } from './estimate/time.ts';
import { readBundle } from './read-bundle.ts';
import { type VerifyResult, verifyBundle } from './verify.ts';

export async function verifyPlaces(
  folder: string,
  { on, layers, jobs, results, maxLatencyMs, onStage }: VerifyOptions,
): Promise<FirmwareVerification> {
  if (results !== null) {
    throw new TinymlError('E_USAGE', 'firmware is run here: it has no results of a board', {
      at: `--results ${results}`,
      hint: 'leave it out; --max-instructions limits what one inference takes',
    });
  }
  const profile = profileOf(folder);
  if (profile === null && maxLatencyMs !== null) {
    throw new TinymlError(
      'E_USAGE',
      'the time on this target does not follow from counts: its profile is none of the package, or its code another',
      {
        at: `--max-latency ${maxLatencyMs}`,
        hint: 'use --max-instructions, or hold "tinyml plan --target <profile>.json" against the limit',
      },
    );
  }
  const boards = on.filter((place): place is BoardId => place !== 'host' && place !== 'qemu');
  const emulated = boards.length > 0 || on.includes('qemu');
  const result = await verifyBundle(folder, {
    on: [...(on.includes('host') ? (['host'] as const) : []), ...(emulated ? (['qemu'] as const) : [])],
    ...(boards.length > 0 ? { cores: boards } : {}),
    layers,
    jobs,
    ...(onStage === undefined ? {} : { onStage }),
  });
  const fit = deviceFit(readBundle(folder).manifest, result.runs, result.boardCore);
  return {
    kind: 'firmware',
    ...result,
    fit,
    missed: fitError(result.profile, fit) ?? missedBoards(result, boards),
    ms: profile === null ? null : timeOnTarget(result, profile),
  };
}

/** The profile of a bundle whose time follows from counts; null for one of the user's own, and where the board counts other code. */
function profileOf(folder: string): CortexMProfile | null {
  const { profile: id, core } = readBundle(folder).manifest;
  const profile = listCortexM().find((one) => one.id === id && one.core === core);
  return profile !== undefined && measuredCore(profile).core === boardFor(core).core ? profile : null;
}

function timeOnTarget({ runs, boardCore, library }: VerifyResult, profile: CortexMProfile): TimeRange | null {
  const counted = runs.find(({ core, instructions }) => core === boardCore && instructions !== null);
  return counted === undefined ? null : timeOf(counted.instructions!, profile, library as KernelLibrary);
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
