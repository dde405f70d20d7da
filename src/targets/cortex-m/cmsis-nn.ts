/** Finds CMSIS-NN and those of its sources that the adapters may call, in a checkout of the user's. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CMSIS_NN_PATTERNS } from './build-flags.ts';

/** Absolute path of CMSIS-NN; null where the folder, by default the variable CMSIS_NN_DIR, does not hold it. */
export function findCmsisNn(folder: string | undefined = process.env.CMSIS_NN_DIR): string | null {
  return folder !== undefined && cmsisNnSources(folder).length > 0 ? resolve(folder) : null;
}

/** Paths relative to `<folder>/Source`, sorted; none where the folder does not hold CMSIS-NN. */
export function cmsisNnSources(folder: string): readonly string[] {
  if (!existsSync(join(folder, 'Include', 'arm_nnfunctions.h'))) return [];
  const found = CMSIS_NN_PATTERNS.flatMap((pattern) => {
    const [family, file] = pattern.split('/') as [string, string];
    const wanted = new RegExp(`^${file.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return readdirSync(join(folder, 'Source', family))
      .filter((name) => wanted.test(name))
      .map((name) => `${family}/${name}`);
  });
  return [...new Set(found)].sort();
}
