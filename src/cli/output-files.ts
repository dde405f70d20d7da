import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { isTemporary, removeStale, restoreOld, temporaryName } from '../diagnostics/temporary-names.ts';
import type { Host } from './host.ts';
import { interrupted } from './interrupts.ts';
import { realPlace } from './real-place.ts';

type Content = string | Uint8Array;

/** What an existing folder holds that was not written here, as paths relative to it. */
type ForeignIn = (folder: string) => readonly string[];

/**
 * Everything a command writes goes through here, so that a command that fails or is interrupted leaves none of its
 * outputs, and none half-written: files and folders are written beside their places, and renamed together at the end.
 * Modification times are always fresh, also where the bytes did not change, as make expects.
 */
export type OutputFiles = {
  /** Writes one file; its folder is made where needed. A device is written to at once. @throws TinymlError E_WRITE. */
  readonly file: (path: string, content: Content) => void;
  /**
   * Writes a folder of files (paths with `/`, relative to it; those that end in .sh can be run) and swaps it in as a whole. An existing folder is
   * replaced only if nothing in it is foreign.
   * @throws TinymlError E_WRITE.
   */
  readonly folder: (path: string, files: ReadonlyMap<string, Content>, foreignIn: ForeignIn) => void;
  /** Says before minutes of work what `file` would say after them. @throws TinymlError E_WRITE. */
  readonly checkFile: (path: string) => void;
  /** The same for `folder`. @throws TinymlError E_WRITE. */
  readonly checkFolder: (path: string, foreignIn: ForeignIn) => void;
  /** Writes one file and puts it in its place at once, for what is kept while a command runs. @throws TinymlError E_WRITE. */
  readonly replace: (path: string, content: Content) => void;
  /** Puts everything in its place. @throws TinymlError E_WRITE, E_INTERRUPTED where a signal came before. */
  readonly commit: () => void;
  /** Paths written so far, in order; with a dry run, the paths that would have been. */
  readonly written: () => readonly string[];
  /** Removes what is not in its place yet; safe to call at any time. */
  readonly cleanUp: () => void;
};

/** From beside its place into its place. */
type Move = { readonly path: string; readonly beside: string; readonly move: () => void };

/** How a signal comes in between (see Host). */
type Stopping = Pick<Host, 'gate' | 'unfinished'>;

const NEVER: Stopping = { gate: { pass: () => true, stop: () => false }, unfinished: () => {} };

/** @param dryRun check and record, but write nothing. */
export function createOutputFiles(dryRun: boolean, { gate, unfinished }: Stopping = NEVER): OutputFiles {
  const temporary = new Set<string>();
  const made: string[] = [];
  const moves: Move[] = [];
  const written: string[] = [];
  const tidied = new Set<string>();

  /** A name beside a place, and the folder for it; what a killed run left there is taken away. */
  const beside = (target: string, kind: 'new' | 'old'): string => {
    const folder = dirname(target);
    makeFolder(folder, (path) => {
      made.push(path);
      unfinished(path);
    });
    if (!tidied.has(folder)) removeStale(folder);
    tidied.add(folder);
    const path = temporaryName(target, kind);
    temporary.add(path);
    unfinished(path);
    return path;
  };

  const writeBeside = (target: string, content: Content, existing: Stats | null): string => {
    const path = beside(target, 'new');
    writeFileSync(path, content, { flag: 'wx', ...(existing === null ? {} : { mode: existing.mode }) });
    return path;
  };

  const file = (path: string, content: Content): void =>
    guarded(path, () => {
      const { target, existing } = placeOfFile(path);
      written.push(path);
      if (dryRun) return;
      if (existing !== null && !existing.isFile()) {
        writeTo(target, content); // a device or a pipe cannot be renamed onto
        return;
      }
      const from = writeBeside(target, content, existing);
      moves.push({ path, beside: from, move: () => renameSync(from, target) });
    });

  const folder = (path: string, files: ReadonlyMap<string, Content>, foreignIn: ForeignIn): void =>
    guarded(path, () => {
      if (!dryRun) restoreOld(realPlace(path));
      const { target, exists } = placeOfFolder(path, foreignIn);
      for (const name of files.keys()) written.push(join(path, name));
      if (dryRun) return;
      const from = beside(target, 'new');
      mkdirSync(from);
      for (const [name, content] of files) {
        makeFolder(dirname(join(from, name)), () => {});
        writeFileSync(join(from, name), content, { flag: 'wx', mode: name.endsWith('.sh') ? 0o777 : 0o666 });
      }
      moves.push({ path, beside: from, move: () => swapFolder(from, target, exists) });
    });

  const commit = (): void => {
    if (moves.length > 0 && !gate.pass()) {
      cleanUp();
      throw interrupted();
    }
    for (const { path, beside: from, move } of moves.splice(0)) {
      guarded(path, move);
      temporary.delete(from);
    }
    made.length = 0;
  };

  const replace = (path: string, content: Content): void =>
    guarded(path, () => {
      const { target, existing } = placeOfFile(path);
      if (dryRun) return;
      if (existing !== null && !existing.isFile()) {
        writeTo(target, content);
        return;
      }
      const from = writeBeside(target, content, existing);
      renameSync(from, target);
      temporary.delete(from);
    });

  const checkFile = (path: string): void =>
    guarded(path, () => {
      const { target, existing } = placeOfFile(path);
      if (existing === null || existing.isFile()) checkWritable(dirname(target));
    });

  const checkFolder = (path: string, foreignIn: ForeignIn): void =>
    guarded(path, () => checkWritable(dirname(placeOfFolder(path, foreignIn).target)));

  const guarded = (path: string, write: () => void): void => {
    try {
      write();
    } catch (cause) {
      cleanUp();
      throw cause instanceof TinymlError ? cause : writeError(path, cause);
    }
  };

  const cleanUp = (): void => {
    removeUnfinished([...made, ...temporary]);
    temporary.clear();
    made.length = 0;
    moves.length = 0;
  };

  return { file, folder, replace, checkFile, checkFolder, commit, written: () => written, cleanUp };
}

/** Removes files and folders that are not in their place yet, then the folders made for them that are empty. */
export function removeUnfinished(paths: readonly string[]): void {
  for (const path of paths.toReversed()) {
    if (isTemporary(path)) rmSync(path, { recursive: true, force: true });
    else
      try {
        rmdirSync(path);
      } catch {
        // Something else is in it by now.
      }
  }
}

function placeOfFile(path: string): { readonly target: string; readonly existing: Stats | null } {
  const target = realPlace(path);
  const existing = existsSync(target) ? statSync(target) : null;
  if (!existing?.isDirectory()) return { target, existing };
  throw new TinymlError('E_WRITE', 'there is a folder where a file should be written', {
    at: path,
    hint: 'Give the path of a file.',
  });
}

function placeOfFolder(
  path: string,
  foreignIn: ForeignIn,
): { readonly target: string; readonly exists: boolean } {
  const target = realPlace(path);
  if (!existsSync(target)) return { target, exists: false };
  if (!statSync(target).isDirectory()) {
    throw new TinymlError('E_WRITE', 'there is a file where a folder should be written', {
      at: path,
      hint: 'Give the path of a folder: a new one, an empty one, or one to replace.',
    });
  }
  const foreign = foreignIn(target);
  if (foreign.length === 0) return { target, exists: true };
  throw new TinymlError('E_WRITE', 'the folder holds files that tinyml did not write', {
    at: [path, ...foreign.slice(0, MAX_FOREIGN).map((name) => join(path, name))],
    hint: 'Choose a new or an empty folder, or move these files away: the whole folder would be replaced.',
  });
}

/** Foreign files that an error names. */
const MAX_FOREIGN = 3;

/** Throws what the system says where nothing can be made in a folder, or in the nearest one above that exists. */
function checkWritable(folder: string): void {
  if (!existsSync(folder)) {
    checkWritable(dirname(folder));
    return;
  }
  requireFolder(folder);
  accessSync(folder, constants.W_OK | constants.X_OK);
}

/** Throws as the system does. */
function requireFolder(path: string): void {
  if (!statSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}

/**
 * Makes a folder and those above it. Not with Node's `recursive`, which never returns where the system says ENOENT
 * although the folder above exists, as below /proc.
 */
function makeFolder(path: string, onMade: (path: string) => void): void {
  if (!existsSync(path)) {
    makeFolder(dirname(path), onMade);
    try {
      mkdirSync(path);
      onMade(path);
    } catch (cause) {
      if (!existsSync(path)) throw cause; // else another process was first
    }
  }
  requireFolder(path);
}

/** To a device or a pipe. */
function writeTo(target: string, content: Content): void {
  requireReader(target);
  writeFileSync(target, content);
}

/** A pipe that nobody reads would be waited for without an end. */
function requireReader(target: string): void {
  closeSync(openSync(target, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0)));
}

/**
 * Opens a file that grows while a command runs, and stays if that fails. Its folder is made where needed.
 * @param append go on with what is there
 * @throws TinymlError E_WRITE
 */
export function openGrowing(path: string, append: boolean): number {
  try {
    const { target, existing } = placeOfFile(path);
    makeFolder(dirname(target), () => {});
    if (existing !== null && !existing.isFile()) requireReader(target);
    return openSync(target, append ? 'a' : 'w');
  } catch (cause) {
    throw cause instanceof TinymlError ? cause : writeError(path, cause);
  }
}

function swapFolder(beside: string, target: string, exists: boolean): void {
  if (!exists) {
    renameSync(beside, target);
    return;
  }
  const old = temporaryName(target, 'old');
  renameSync(target, old); // restoreOld finds it again if this process ends here
  try {
    renameSync(beside, target);
  } catch (cause) {
    renameSync(old, target);
    throw cause;
  }
  rmSync(old, { recursive: true, force: true });
}

/** What the system says about a path that cannot be written. */
export function writeError(path: string, cause: unknown): TinymlError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [message, hint] = WRITE_FAULTS[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    'Check the path and try again.',
  ];
  return new TinymlError('E_WRITE', message, { at: path, hint, cause });
}

const WRITE_FAULTS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  EACCES: [
    'there is no permission to write here',
    'Choose another place, or change the permissions of the folder.',
  ],
  EPERM: [
    'there is no permission to write here',
    'Choose another place, or change the permissions of the folder.',
  ],
  EROFS: ['the file system is read-only', 'Choose another place.'],
  ENOSPC: ['the disk is full', 'Free some space, or choose another place.'],
  EFBIG: [
    'the file is larger than this system allows',
    'Raise the limit (ulimit -f), or choose another place.',
  ],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose another place.'],
  ENOENT: ['no folder can be made here', 'Choose another place.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Choose another place.'],
  EEXIST: ['a part of the path is a file, not a folder', 'Choose another place.'],
  EISDIR: ['there is a folder where a file should be written', 'Choose another name.'],
  ELOOP: ['symbolic links lead in a circle', 'Choose another place.'],
  ENXIO: ['nobody reads the pipe', 'Start its reader first, or give the path of a file.'],
  EIO: ['the system reports a fault of the device', 'Choose another place.'],
  ENAMETOOLONG: ['the name is too long for the file system', 'Choose a shorter name.'],
};
