/** Chooses the C files of the kernels that a Program uses, and gives them the prefix of its bundle. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import { signatureOf } from '../../program/kernels/index.ts';
import { includedFiles, type NativeSources, prefixed } from './native-sources.ts';

const FOLDERS: Readonly<Record<KernelLibrary, readonly string[]>> = {
  builtin: ['kernels/generic'],
  'cmsis-nn': ['kernels/cmsis-nn', 'kernels/generic'],
};

type KernelSources = {
  /** Bundle path and text of every file, headers included. */
  readonly files: readonly { readonly path: string; readonly contents: string }[];
  /** Bundle paths of the files to compile. */
  readonly sources: readonly string[];
};

/**
 * Files of the given kernels, of everything they include and what implements it, with `tinyml_` replaced by the name of the
 * bundle. A `.c` that another includes is called `.inc` there: development environments compile every `.c` of a folder.
 */
export function kernelSources(
  native: NativeSources,
  kernels: readonly string[],
  library: KernelLibrary,
  name: string,
): KernelSources {
  const called = kernels.flatMap((kernel) => signatureOf(kernel)?.calls ?? []);
  const entries = [...new Set([...kernels, ...called])].sort().map((kernel) => {
    const candidates = FOLDERS[library].map((folder) => `${folder}/${kernel}.c`);
    const entry = candidates.find((path) => native.has(path));
    if (entry === undefined) throw new TinymlError('E_INTERNAL', `kernel ${kernel} has no C source`);
    return entry;
  });
  const files = new Set<string>(['kernels/tinyml_kernels.h']);
  const compiled = new Set<string>();
  const included = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    if (path.endsWith('.c')) compiled.add(path);
    for (const inner of includedFiles(native, path, ['kernels', ...FOLDERS[library]])) {
      if (inner.endsWith('.c')) included.add(inner);
      visit(inner);
      const implementation = inner.replace(/\.h$/, '.c');
      if (native.has(implementation)) visit(implementation);
    }
  };
  entries.forEach(visit);
  const bundlePath = (path: string): string =>
    prefixed(included.has(path) ? path.replace(/\.c$/, '.inc') : path, name);
  return {
    files: [...files].sort().map((path) => ({
      path: bundlePath(path),
      contents: prefixed(native.get(path)!.replace(/^(#include "[^"]+)\.c"$/gm, '$1.inc"'), name),
    })),
    sources: [...compiled]
      .filter((path) => !included.has(path))
      .sort()
      .map(bundlePath),
  };
}
