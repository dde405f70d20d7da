/** Where a bundle is verified, as it is asked for: `host`, `qemu` (the boards that suit it), boards by name. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { type FirmwareVerification, shortageText, type VerifyOptions } from '../target.ts';
import { BOARDS, type BoardId } from './boards.ts';
import { type VerifyResult, verifyBundle } from './verify.ts';

export async function verifyPlaces(
  folder: string,
  { on, layers, jobs, results, maxLatencyMs, onStage }: VerifyOptions,
): Promise<FirmwareVerification> {
  if (results !== null || maxLatencyMs !== null) {
    throw new TinymlError('E_USAGE', 'firmware is run here: it has no results of a board', {
      at: results === null ? `--max-latency ${maxLatencyMs}` : `--results ${results}`,
      hint: 'leave it out; --max-instructions limits what one inference takes',
    });
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
  return { kind: 'firmware', ...result, missed: missedBoards(result, boards) };
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
