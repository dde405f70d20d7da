import { lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * The absolute path without symbolic links of a file, also of one that is not there yet: a link to nowhere is followed,
 * as the system does when it makes a file. Throws what the system says, ELOOP for links in a circle.
 */
export function realPlace(path: string): string {
  return follow(resolve(path), MAX_LINKS);
}

function follow(path: string, links: number): string {
  const stats = linkStats(path);
  if (stats === null) {
    const folder = dirname(path);
    return folder === path ? path : join(follow(folder, links), basename(path));
  }
  if (!stats.isSymbolicLink()) return realpathSync(path);
  if (links === 0) throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
  return follow(resolve(realpathSync(dirname(path)), readlinkSync(path)), links - 1);
}

/** Null where there is nothing, a file in the place of a folder included. */
function linkStats(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw cause;
  }
}
