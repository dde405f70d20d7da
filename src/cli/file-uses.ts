/**
 * Everything a command reads, held against everything it writes: no output may take the place of an input, nor of
 * another output. Files are told apart by where they really are and by what they are (device and inode), so links,
 * hard links and other spellings of a path are seen through.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { dirname, normalize, sep } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { type CommandSpec, GLOBAL_OPTIONS, pathIn } from './commands.ts';
import type { Options } from './options.ts';
import { type OutputFiles, writeError } from './output-files.ts';
import { realPlace } from './real-place.ts';

export type FileUses = {
  /**
   * Files or folders that are read, as soon as they are known, and before anything is written.
   * @param by who reads them: `the model`, `--data`
   * @throws TinymlError E_USAGE where an output would take the place of one
   */
  readonly reads: (by: string, paths: Iterable<string>) => void;
  /**
   * The files that are read, each once, by the first of its paths; what is in folders as it was told of. Behind them the folders that
   * were looked into for files: their times change when a file comes or goes.
   */
  readonly filesRead: () => readonly string[];
  /**
   * A file that is written, or a folder that is replaced as a whole.
   * @param by the option that names it: `--output`
   * @throws TinymlError E_USAGE where it would take the place of an input or of another output
   */
  readonly writes: (by: string, path: string, kind: 'file' | 'folder') => void;
};

type Place = {
  readonly by: string;
  readonly path: string;
  /** Device and inode; null where there is nothing yet. */
  readonly id: string | null;
  readonly isFolder: boolean;
  /** The real path, found out where it matters: data sets have thousands of files. */
  readonly real: () => string;
};

export function createFileUses(): FileUses {
  const inputs: Place[] = [];
  const outputs: Place[] = [];
  return {
    reads: (by, paths) => {
      for (const path of paths) {
        const stats = statsOf(path);
        if (stats === null) continue; // whoever reads it says so
        const input = placeOf(by, path, stats, stats.isDirectory());
        for (const output of outputs) checkInput(output, input);
        inputs.push(input);
      }
    },
    filesRead: () => {
      const files = new Map<string, string>();
      for (const { path, id, isFolder } of inputs) {
        if (!isFolder && id !== null && !files.has(id)) files.set(id, path);
      }
      const paths = [...files.values()];
      const given = inputs.filter(({ isFolder }) => isFolder).map(({ path }) => path);
      return [...paths, ...given.flatMap((folder) => foldersWith(paths, folder))];
    },
    writes: (by, path, kind) => {
      const stats = statsOf(path);
      if (stats !== null && !stats.isFile() && !stats.isDirectory()) return; // anything may go to /dev/null
      const output = placeOf(by, path, stats, kind === 'folder');
      for (const input of inputs) checkInput(output, input);
      for (const other of outputs) checkOutput(output, other);
      outputs.push(output);
    },
  };
}

/**
 * Tells of all files and folders that arguments and options name, by the table of commands, and says before minutes of
 * work what could not be written after them.
 * @throws TinymlError E_USAGE, E_WRITE
 */
export function declareFiles(
  command: CommandSpec,
  args: readonly string[],
  options: Options,
  outputs: OutputFiles,
  uses: FileUses,
): void {
  command.arguments.forEach((spec, i) => {
    const path = pathIn(spec, args[i]);
    if (path !== null && spec.opens === 'read') uses.reads(`the ${spec.name}`, [path]);
  });
  const specs = [...GLOBAL_OPTIONS, ...command.options];
  for (const spec of specs) {
    const path = pathIn(spec, options[spec.name]);
    if (path !== null && spec.opens === 'read') uses.reads(`--${spec.name}`, [path]);
  }
  for (const spec of specs) {
    const path = pathIn(spec, options[spec.name]);
    if (path === null) continue;
    if (spec.opens === 'write') {
      outputs.checkFile(path);
      uses.writes(`--${spec.name}`, path, 'file');
    }
    if (spec.opens === 'replace') uses.writes(`--${spec.name}`, path, 'folder');
  }
}

/** A folder, and all folders in it that hold some of the files. */
function foldersWith(files: readonly string[], folder: string): readonly string[] {
  const top = normalize(`${folder}${sep}`);
  const found = new Set<string>();
  for (const file of files) {
    if (!normalize(file).startsWith(top)) continue;
    for (let at = dirname(file); normalize(at).startsWith(top); at = dirname(at)) found.add(at);
  }
  return [folder, ...found];
}

function checkInput(output: Place, input: Place): void {
  if (output.id !== null && output.id === input.id) {
    const what = input.isFolder ? 'folder' : 'file';
    throw clash(`${output.by} and ${input.by} are the same ${what}`, output, input, OWN_PLACE);
  }
  if (input.isFolder && isIn(output, input)) {
    const hint = 'Choose a place outside of what is read.';
    throw clash(`${output.by} would be written into ${input.by}`, output, input, hint);
  }
  if (output.isFolder && isIn(input, output)) {
    const hint = 'Choose a new folder.';
    throw clash(`${output.by} is replaced as a whole, and ${input.by} is in it`, output, input, hint);
  }
}

function checkOutput(output: Place, other: Place): void {
  if ((output.id !== null && output.id === other.id) || output.real() === other.real()) {
    throw clash(`${output.by} and ${other.by} are the same file`, output, other, OWN_PLACE);
  }
  const [inner, outer] = isIn(output, other) ? [output, other] : [other, output];
  if (!isIn(inner, outer)) return;
  const what = outer.isFolder ? 'is replaced as a whole' : 'is a file';
  throw clash(`${inner.by} is in ${outer.by}, which ${what}`, inner, outer, 'Put it beside that one.');
}

const OWN_PLACE = 'Give each output a place of its own.';

function clash(message: string, one: Place, other: Place, hint: string): TinymlError {
  const at = one.path === other.path ? one.path : [one.path, other.path];
  return new TinymlError('E_USAGE', message, { at, hint });
}

function isIn(inner: Place, outer: Place): boolean {
  const [real, folder] = [inner.real(), outer.real()];
  return real.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function placeOf(by: string, path: string, stats: BigIntStats | null, isFolder: boolean): Place {
  let real: string | null = null;
  return {
    by,
    path,
    id: stats === null ? null : `${stats.dev}:${stats.ino}`,
    isFolder,
    real: () => {
      try {
        real ??= folded(realPlace(path));
      } catch (cause) {
        throw writeError(path, cause);
      }
      return real;
    },
  };
}

/** Null for what is not there or cannot be reached. */
function statsOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}

/** Where the file system takes `A` and `a` as one name, which matters for outputs that are not there yet. */
function folded(path: string): string {
  return process.platform === 'darwin' || process.platform === 'win32'
    ? path.normalize('NFC').toLowerCase()
    : path;
}
