/**
 * Names of what is not in its place yet. They say whose they are, so that what a killed process left behind can be told
 * from what a living one is writing:
 *
 *     .tinyml-<machine>-<process>-<time>-<place>.new
 *
 * `machine` and `place` are hashes of the host's name and of the name that the file will have; `.old` is a folder that is
 * being replaced.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

const PATTERN = /^\.tinyml-([0-9a-f]{8})-(\d+)-([0-9a-z]+)-([0-9a-f]{8})\.(new|old)$/;

/** A hidden name in the same folder, so that a rename never crosses file systems. */
export function temporaryName(target: string, kind: 'new' | 'old'): string {
  const names = [hashOf(hostname()), process.pid, START, hashOf(basename(target))];
  return join(dirname(target), `.tinyml-${names.join('-')}.${kind}`);
}

export function isTemporary(path: string): boolean {
  return PATTERN.test(basename(path));
}

/** Removes what ended processes of this user on this machine left in a folder. */
export function removeStale(folder: string): void {
  for (const { path } of staleIn(folder)) rmSync(path, { recursive: true, force: true });
}

/** Gives a folder back its name where a process ended between the two renames that would have replaced it. */
export function restoreOld(target: string): void {
  if (existsSync(target)) return;
  const place = hashOf(basename(target));
  const old = staleIn(dirname(target)).find((stale) => stale.kind === 'old' && stale.place === place);
  if (old !== undefined) renameSync(old.path, target);
}

type Stale = { readonly path: string; readonly place: string; readonly kind: string };

function staleIn(folder: string): readonly Stale[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const [, machine, pid, start, place, kind] = PATTERN.exec(name) ?? [];
    if (machine !== hashOf(hostname()) || isAlive(Number(pid), start!)) return [];
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const own = stats !== undefined && (process.getuid === undefined || stats.uid === process.getuid());
    return own ? [{ path, place: place!, kind: kind! }] : [];
  });
}

/** In doubt, yes. A number may be this process's own and yet be that of an earlier one, as in containers. */
function isAlive(pid: number, start: string): boolean {
  if (pid === process.pid) return start === START;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** When this process began. */
const START = Date.now().toString(36);

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
