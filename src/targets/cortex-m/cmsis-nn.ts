/** Finds the sources of CMSIS-NN that the adapters may call, in a checkout of the user's. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CMSIS_NN_PATTERNS } from './build-flags.ts';

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
