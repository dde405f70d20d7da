import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../diagnostics/json-file.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { packageRoot } from '../package-root.ts';
import { profileSchema } from './schema.ts';
import type { CortexMProfile, Profile } from './types.ts';

/** Ids of the profiles that come with the package, sorted. */
export function profileIds(): readonly string[] {
  return readdirSync(profilesFolder())
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/**
 * A profile by id (`stm32h743`, in any letter case), or from a JSON file of the user: anything that holds a
 * path separator or ends in `.json`; the file holds a profile, or what `tinyml profiles show` printed of one.
 * @throws TinymlError E_PROFILE (unknown, or against the schema), E_FILE.
 */
export function loadProfile(nameOrPath: string): Profile {
  if (/[/\\]|\.json$/.test(nameOrPath)) return readProfile(nameOrPath);
  const ids = profileIds();
  const id = nameOrPath.toLowerCase();
  if (!ids.includes(id)) {
    throw coreIsNoPart(nameOrPath) ?? unknownProfile(nameOrPath, ids);
  }
  return readProfile(join(profilesFolder(), `${id}.json`));
}

function unknownProfile(name: string, ids: readonly string[]): TinymlError {
  const family = ids.filter((id) => name.length >= 3 && id.startsWith(name.toLowerCase()));
  const meant = family.length > 0 ? family : nearest(name, ids);
  return new TinymlError('E_PROFILE', `there is no device profile called "${name}"`, {
    hint:
      meant.length > 0
        ? `Did you mean ${firstOf(meant, MAX_MEANT)}? A path to a .json file is taken too.`
        : '"tinyml profiles" lists them; a path to a .json file is taken too.',
  });
}

/** Ids that an error proposes. */
const MAX_MEANT = 6;

/** Says of the name of a core (`cortex-m4`, `M4F`, `m0+`) which parts have it; null for anything else. */
function coreIsNoPart(name: string): TinymlError | null {
  const [, digits, plus] = /^(?:arm[-_ ]?)?(?:cortex[-_ ]?)?m(\d+)(p|plus|\+)?f?$/i.exec(name) ?? [];
  // An M0 runs what is built for an M0+.
  const core = digits === '0' || plus !== undefined ? `cortex-m${digits}plus` : `cortex-m${digits}`;
  const parts = listCortexM().filter((one) => digits !== undefined && one.core === core);
  if (parts.length === 0) return null;
  const [boards, devices] = [true, false].map((emulated) =>
    parts.filter(({ qemu }) => (qemu !== undefined) === emulated).map(({ id }) => id),
  ) as [string[], string[]];
  const found = [
    ...(devices.length === 0 ? [] : [`Parts with it: ${devices.join(', ')}.`]),
    ...(boards.length === 0 ? [] : [`Emulated: ${boards.join(', ')}.`]),
  ];
  return new TinymlError('E_PROFILE', `"${name}" is a core, and a target is a part with its memories`, {
    hint: `${found.join(' ')} A path to a .json file of your own part is taken too.`,
  });
}

/** All profiles that come with the package, sorted by id. */
export function listProfiles(): readonly Profile[] {
  return profileIds().map(loadProfile);
}

/** Those of microcontrollers. */
export function listCortexM(): readonly CortexMProfile[] {
  return listProfiles().filter((profile) => profile.kind === 'cortex-m');
}

function readProfile(path: string): Profile {
  const shownPath = path.startsWith(profilesFolder()) ? `profiles/${basename(path)}` : path;
  return checkJson(profileSchema, withoutResult(readJsonFile(path, 'E_PROFILE')), shownPath, 'E_PROFILE');
}

/** Of what `tinyml profiles show NAME --json` printed the profile: it is how one begins one's own. */
function withoutResult(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  const { command, profile } = document as Readonly<Record<string, unknown>>;
  return command === 'profiles' && profile !== undefined ? profile : document;
}

function profilesFolder(): string {
  return join(packageRoot(), 'profiles');
}
