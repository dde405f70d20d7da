/**
 * Names of what is not to stay. They say whose they are, so that what a killed process left behind can be told from what
 * a living one is using:
 *
 *     .tinyml-<machine>-<process>-<time>-<place>.new    beside an output, until it takes its place
 *     .tinyml-<machine>-<process>-<time>-<place>.old    a folder that is being replaced
 *     tinyml-<purpose>-<machine>-<process>-<time>-...   in the folder of the system for temporary files
 *
 * `machine` and `place` are hashes of the host's name and of the name that the output will have.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

const BESIDE = /^\.tinyml-([0-9a-f]{8})-(\d+)-([0-9a-z]+)-([0-9a-f]{8})\.(new|old)$/;
const FOLDER = /^tinyml-[a-z]+-([0-9a-f]{8})-(\d+)-([0-9a-z]+)-\w{6}$/;

/** A hidden name in the same folder, so that a rename never crosses file systems. */
export function temporaryName(target: string, kind: 'new' | 'old'): string {
  return join(dirname(target), `.tinyml-${owner()}-${hashOf(basename(target))}.${kind}`);
}

export function isTemporary(path: string): boolean {
  return BESIDE.test(basename(path));
}

/** Makes an empty folder of this process in `parent`. @param purpose small letters */
export function makeTemporaryFolder(parent: string, purpose: string): string {
  return mkdtempSync(join(parent, `tinyml-${purpose}-${owner()}-`));
}

/** Removes what ended processes of this user on this machine left in a folder, as far as that can be done. */
export function removeStale(folder: string): void {
  for (const path of [...staleIn(folder, BESIDE), ...staleIn(folder, FOLDER)]) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It is in nobody's way.
    }
  }
}

/** Gives a folder back its name where a process ended between the two renames that would have replaced it. */
export function restoreOld(target: string): void {
  if (existsSync(target)) return;
  const end = `-${hashOf(basename(target))}.old`;
  const old = staleIn(dirname(target), BESIDE).find((path) => path.endsWith(end));
  if (old !== undefined) renameSync(old, target);
}

/** @param pattern its first three groups are machine, process and time */
function staleIn(folder: string, pattern: RegExp): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const [, machine, pid, start] = pattern.exec(name) ?? [];
    if (machine !== hashOf(hostname()) || isAlive(Number(pid), start!)) return [];
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const own = stats !== undefined && (process.getuid === undefined || stats.uid === process.getuid());
    return own ? [path] : [];
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

function owner(): string {
  return `${hashOf(hostname())}-${process.pid}-${START}`;
}

/** When this process began. */
const START = Date.now().toString(36);

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
