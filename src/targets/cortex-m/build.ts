/** Builds the parts of a bundle in a copy of its folder: library objects, programs, the firmware whose size is measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  KERNEL_WARNINGS,
  OPTIMISATION,
  STRICT_FLAGS,
} from './build-flags.ts';
import type { BundleFile } from './bundle.ts';
import { cmsisNnSources } from './cmsis-nn.ts';
import { type Compiler, compileAll, link, type Unit } from './compile.ts';
import { allocatedSections } from './elf.ts';

/** What to build for: this machine, or a board. */
export type Target = {
  /** Names the folder of the objects. */
  readonly id: string;
  readonly compiler: Compiler;
  readonly flags: readonly string[];
  readonly linkFlags: readonly string[];
};

/** The C files of a bundle by their role. */
export type BundleSources = {
  readonly name: string;
  readonly library: readonly string[];
  readonly board: readonly string[];
  /** Folder of CMSIS-NN, for bundles that call it. */
  readonly cmsisNn: string | null;
};

export type FirmwareSizes = {
  /** Initialised and zeroed data: the arena and all, without the stack. */
  readonly ramBytes: number;
  /** Code, tables and initial data. */
  readonly flashBytes: number;
  /** Bytes by section. */
  readonly sections: Readonly<Record<string, number>>;
};

export function writeFiles(folder: string, files: Iterable<BundleFile>): void {
  for (const { path, contents } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

export function hostTarget(compiler: Compiler): Target {
  return { id: 'host', compiler, flags: [], linkFlags: [] };
}

/** @param flags compiler flags of the core; @param machine whose linker script in `mcu/` places the sections */
export function boardTarget(
  id: string,
  compiler: Compiler,
  name: string,
  flags: readonly string[],
  machine: string,
): Target {
  return {
    id,
    compiler,
    flags: [...flags, `-D${name.toUpperCase()}_SELFTEST_BOARD`],
    linkFlags: [...flags, ...BOARD_LINK_FLAGS, '-L', 'mcu', '-T', `mcu/${machine}.ld`],
  };
}

/** Compiles a file of the bundle: those of the model under the strict flags, kernels as C11. */
function bundleUnit(
  target: Target,
  sources: BundleSources,
  source: string,
  ...defines: readonly string[]
): Unit {
  const { cmsisNn } = sources;
  return {
    source,
    object: objectOf(target, source, ['bundle', ...defines].join('')),
    flags: [
      ...BUNDLE_FLAGS,
      OPTIMISATION,
      ...(source.includes('/') ? KERNEL_WARNINGS : STRICT_FLAGS),
      '-I.',
      ...(cmsisNn === null ? [] : ['-isystem', join(cmsisNn, 'Include')]),
      ...target.flags,
      ...defines,
    ],
  };
}

/** Everything that programs on a target share: the library but for the model's own file, CMSIS-NN, board support. */
function sharedUnits(target: Target, sources: BundleSources): readonly Unit[] {
  const { cmsisNn } = sources;
  const own = [...sources.library, ...(target.linkFlags.length > 0 ? sources.board : [])];
  const external = cmsisNn === null ? [] : cmsisNnSources(cmsisNn);
  return [
    ...own
      .filter((source) => source !== `${sources.name}.c`)
      .map((source) => bundleUnit(target, sources, source)),
    ...external.map((source) => ({
      source: join(cmsisNn!, 'Source', source),
      object: objectOf(target, source, 'cmsis-nn'),
      flags: [...BUNDLE_FLAGS, OPTIMISATION, '-w', '-I', join(cmsisNn!, 'Include'), ...target.flags],
    })),
  ];
}

/**
 * Links a program from files of the bundle and the shared units, compiling those that no program before it needed.
 * @returns its path
 */
export async function buildProgram(
  target: Target,
  sources: BundleSources,
  own: readonly string[],
  label: string,
  ...defines: readonly string[]
): Promise<string> {
  const { compiler, id, linkFlags } = target;
  const units = [
    ...own.map((source) => bundleUnit(target, sources, source, ...defines)),
    ...sharedUnits(target, sources),
  ];
  mkdirSync(join(compiler.cwd, id), { recursive: true });
  await compileAll(
    compiler,
    units.filter((unit) => !existsSync(join(compiler.cwd, unit.object))),
  );
  const output = join(id, label);
  const objects = units.map((unit) => unit.object);
  await link(compiler, objects, linkFlags, output);
  return join(compiler.cwd, output);
}

/** Builds the smallest firmware with the model and measures it. */
export async function buildFirmware(target: Target, sources: BundleSources): Promise<FirmwareSizes> {
  const { name } = sources;
  const program = await buildProgram(target, sources, [`${name}.c`, `${name}_firmware.c`], 'firmware.elf');
  const sections = allocatedSections(readFileSync(program));
  const sum = (of: typeof sections): number => of.reduce((bytes, section) => bytes + section.bytes, 0);
  return {
    ramBytes: sum(sections.filter((section) => section.writable)),
    flashBytes: sum(sections.filter((section) => section.stored)),
    sections: Object.fromEntries(sections.map(({ name, bytes }) => [name, bytes])),
  };
}

/** A flat name: all sources of a target differ in it, whatever their folders. */
function objectOf(target: Target, source: string, kind: string): string {
  return join(target.id, `${kind}-${source.replaceAll('/', '-')}.o`);
}
