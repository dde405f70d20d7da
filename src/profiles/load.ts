import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../diagnostics/json-file.ts';
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
 * path separator or ends in `.json`.
 * @throws TinymlError E_PROFILE (unknown, or against the schema), E_FILE.
 */
export function loadProfile(nameOrPath: string): Profile {
  if (/[/\\]|\.json$/.test(nameOrPath)) return readProfile(nameOrPath);
  const ids = profileIds();
  const id = nameOrPath.toLowerCase();
  if (!ids.includes(id)) {
    const meant = nearest(id, ids);
    throw new TinymlError('E_PROFILE', `there is no device profile called "${nameOrPath}"`, {
      hint:
        meant.length > 0
          ? `Did you mean ${meant.join(', ')}? A path to a .json file is taken too.`
          : '"tinyml profiles" lists them; a path to a .json file is taken too.',
    });
  }
  return readProfile(join(profilesFolder(), `${id}.json`));
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
  return checkJson(profileSchema, readJsonFile(path, 'E_PROFILE'), shownPath, 'E_PROFILE');
}

function profilesFolder(): string {
  return join(packageRoot(), 'profiles');
}
