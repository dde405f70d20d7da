import assert from 'node:assert/strict';
import { loadProfile } from '../src/profiles/load.ts';
import type { CortexMProfile } from '../src/profiles/types.ts';

/** The profile of a microcontroller. */
export function loadCortexM(id: string): CortexMProfile {
  const profile = loadProfile(id);
  assert.ok(profile.kind === 'cortex-m', `${id} is no microcontroller`);
  return profile;
}
