/** Releases from old to new. */
import type { ReleaseId } from './release.ts';

export const RELEASE_IDS = [
  '8.2',
  '8.5',
  '8.6',
  '10.3',
  '10.13',
  '10.16',
  '11.4',
] as const satisfies readonly ReleaseId[];

/** Whether the release lacks what came with `since` (null: what never came). */
export function isBefore(release: ReleaseId, since: ReleaseId | null): boolean {
  return since === null || RELEASE_IDS.indexOf(release) < RELEASE_IDS.indexOf(since);
}
