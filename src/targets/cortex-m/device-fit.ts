/** Linked firmware, held against the memories of the device that its bundle was made for. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { formatCount } from '../../diagnostics/units.ts';
import type { DeviceFit, DeviceMemory, VerifiedRun } from '../target.ts';
import type { Manifest } from './manifest.ts';

type Run = Pick<VerifiedRun, 'core' | 'flashBytes' | 'ramBytes' | 'stackBytes'>;

/**
 * By firmware for the core of the device; where that was not linked, by the largest figure of what was.
 * @param ownCore for which firmware of the device is compiled
 * @returns null for bundles that do not say what their device has
 */
export function deviceFit(
  { limits, memory, flash }: Pick<Manifest, 'limits' | 'memory' | 'flash'>,
  runs: readonly Run[],
  ownCore: string,
): DeviceFit | null {
  if (limits === null) return null;
  const linked = runs.filter(({ flashBytes }) => flashBytes !== null);
  const own = linked.filter(({ core }) => core === ownCore);
  const judged = own.length > 0 ? own : linked;
  const most = (figure: (run: Run) => number, least: number): number =>
    judged.reduce((largest, run) => Math.max(largest, figure(run)), least);
  const memories: readonly DeviceMemory[] = [
    {
      ...{ kind: 'flash', memory: 'flash', limitBytes: limits.flashBytes },
      neededBytes: most((run) => run.flashBytes ?? 0, flash.weightsBytes),
    },
    {
      ...{ kind: 'RAM', memory: 'RAM', limitBytes: limits.ramBytes },
      neededBytes: most((run) => (run.ramBytes ?? 0) + (run.stackBytes ?? 0), memory.arenaBytes),
    },
    {
      ...{ kind: 'arena', memory: limits.arenaIn, limitBytes: limits.arenaBytes },
      neededBytes: memory.arenaBytes,
    },
  ];
  return { linked: judged.length > 0, fits: memories.every(isEnough), memories };
}

/** Null where it fits, as far as that is known. */
export function fitError(profile: string, fit: DeviceFit | null): TinymlError | null {
  if (fit === null || fit.fits) return null;
  const isShort = fit.memories.some((one) => one.kind === 'RAM' && !isEnough(one));
  const shared = isShort ? 'RAM is shared by the arena, what an application holds and the stack; ' : '';
  return new TinymlError('E_MEMORY', `the firmware does not fit ${profile}`, {
    at: fit.memories
      .filter((one) => !isEnough(one))
      .map(
        ({ kind, memory, neededBytes, limitBytes }) =>
          `${kind}: ${formatCount(neededBytes)} bytes, and ${profile} has ${formatCount(limitBytes)}${kind === 'arena' ? ` in ${memory}` : ''}`,
      ),
    hint: `${shared}"tinyml fit" says which parts hold the model, and what would make it smaller`,
  });
}

function isEnough({ neededBytes, limitBytes }: DeviceMemory): boolean {
  return neededBytes <= limitBytes;
}
