import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';

export type Content = string | Uint8Array;

/** What an existing folder holds that was not written here, as paths relative to it. */
export type ForeignIn = (folder: string) => readonly string[];

/**
 * Everything a command writes goes through here, so that a command that fails or is interrupted leaves none of its
 * outputs, and none half-written: files and folders are written beside their places, and renamed together at the end.
 * Modification times are always fresh, also where the bytes did not change, as make expects.
 */
export type OutputFiles = {
  /** Writes one file; its folder is made where needed. A device is written to at once. @throws TinymlError E_WRITE. */
  readonly file: (path: string, content: Content) => void;
  /**
   * Writes a folder of files (paths with `/`, relative to it) and swaps it in as a whole. An existing folder is
   * replaced only if nothing in it is foreign.
   * @throws TinymlError E_WRITE.
   */
  readonly folder: (path: string, files: ReadonlyMap<string, Content>, foreignIn: ForeignIn) => void;
  /** Says before minutes of work what `file` would say after them. @throws TinymlError E_WRITE. */
  readonly checkFile: (path: string) => void;
  /** The same for `folder`. @throws TinymlError E_WRITE. */
  readonly checkFolder: (path: string, foreignIn: ForeignIn) => void;
  /** Puts everything in its place. @throws TinymlError E_WRITE. */
  readonly commit: () => void;
  /** Paths written so far, in order; with a dry run, the paths that would have been. */
  readonly written: () => readonly string[];
  /** Removes what is not in its place yet; safe to call at any time. */
  readonly cleanUp: () => void;
};

/** From beside its place into its place. */
type Move = { readonly path: string; readonly beside: string; readonly move: () => void };

/** @param dryRun check and record, but write nothing. */
export function createOutputFiles(dryRun: boolean): OutputFiles {
  const unfinished = new Set<string>();
  const moves: Move[] = [];
  const written: string[] = [];

  const file = (path: string, content: Content): void =>
    guarded(path, () => {
      const { target, existing } = placeOfFile(path);
      written.push(path);
      if (dryRun) return;
      if (existing !== null && !existing.isFile()) {
        writeFileSync(target, content); // a device or a pipe cannot be renamed onto
        return;
      }
      makeFolder(dirname(target));
      const beside = temporaryName(target, 'new');
      unfinished.add(beside);
      writeFileSync(beside, content, { flag: 'wx', ...(existing === null ? {} : { mode: existing.mode }) });
      moves.push({ path, beside, move: () => renameSync(beside, target) });
    });

  const folder = (path: string, files: ReadonlyMap<string, Content>, foreignIn: ForeignIn): void =>
    guarded(path, () => {
      const { target, exists } = placeOfFolder(path, foreignIn);
      for (const name of files.keys()) written.push(join(path, name));
      if (dryRun) return;
      const beside = temporaryName(target, 'new');
      unfinished.add(beside);
      for (const [name, content] of files) {
        makeFolder(dirname(join(beside, name)));
        writeFileSync(join(beside, name), content, { flag: 'wx' });
      }
      moves.push({ path, beside, move: () => swapFolder(beside, target, exists) });
    });

  const commit = (): void => {
    for (const { path, beside, move } of moves.splice(0)) {
      guarded(path, move);
      unfinished.delete(beside);
    }
  };

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
    for (const path of unfinished) rmSync(path, { recursive: true, force: true });
    unfinished.clear();
    moves.length = 0;
  };

  return { file, folder, checkFile, checkFolder, commit, written: () => written, cleanUp };
}

/**
 * Text of a dependency file as `gcc -MD -MP` writes it: one rule for `target`, and an empty rule for each
 * prerequisite but the first, so that make does not stop when one is deleted.
 * @throws TinymlError E_WRITE for a path that make cannot name (a line break in it).
 */
export function dependencyRule(target: string, prerequisites: readonly string[]): string {
  const [first, ...rest] = [...new Set(prerequisites)].map(escapeForMake);
  const rule = [`${escapeForMake(target)}:`, ...(first === undefined ? [] : [first, ...rest])].join(
    ' \\\n  ',
  );
  return [`${rule}\n`, ...rest.map((path) => `${path}:\n`)].join('\n');
}

/** `\`, space, tab, `#`, `:` and `$` as GNU make reads them in a rule. */
function escapeForMake(path: string): string {
  if (/[\n\r]/.test(path)) {
    throw new TinymlError('E_WRITE', 'a dependency file cannot name a path with a line break', {
      at: JSON.stringify(path),
      hint: 'Rename the file.',
    });
  }
  return path
    .replace(/\\*[ \t]/g, (match) => `${'\\'.repeat(2 * match.length - 1)}${match.at(-1)}`)
    .replace(/[#:]/g, '\\$&')
    .replace(/\$/g, '$$$$');
}

/** Renames need the file behind a symbolic link, not the link. */
export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

/** A hidden name in the same folder, so that a rename never crosses file systems. */
function temporaryName(target: string, kind: 'new' | 'old'): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.${kind}`);
}

function placeOfFile(path: string): { readonly target: string; readonly existing: Stats | null } {
  const target = realPath(path);
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
  const target = realPath(path);
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
function makeFolder(path: string): void {
  if (!existsSync(path)) {
    makeFolder(dirname(path));
    try {
      mkdirSync(path);
    } catch (cause) {
      if (!existsSync(path)) throw cause; // else another process was first
    }
  }
  requireFolder(path);
}

function swapFolder(beside: string, target: string, exists: boolean): void {
  if (!exists) {
    renameSync(beside, target);
    return;
  }
  const old = temporaryName(target, 'old');
  renameSync(target, old);
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
  ENAMETOOLONG: ['the name is too long for the file system', 'Choose a shorter name.'],
};
