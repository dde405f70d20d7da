import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';

/** A file that is the same in all bundles, from native/jetson. */
export function nativeFile(path: string): string {
  return readFileSync(join(packageRoot(), 'native', 'jetson', ...path.split('/')), 'utf8');
}
