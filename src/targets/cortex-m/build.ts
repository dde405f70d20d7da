/** Builds the parts of a bundle in a copy of its folder: library objects, programs, the firmware whose size is measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  KERNEL_WARNINGS,
  OPTIMISATION,
  programDefines,
  STRICT_FLAGS,
} from './build-flags.ts';
import type { BundleFile } from './bundle.ts';
import { cmsisNnSources } from './cmsis-nn.ts';
import { type Compiler, compileAll, link, type Unit } from './compile.ts';
import { allocatedSections } from './elf.ts';

/** Not part of the firmware: it is written for the emulated boards, and a Cortex-M0+ lacks its instructions. */
const MEASURING = 'mcu/measure.c';

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

/** @param flags compiler flags of the core; @param script the linker script in `mcu/` that places the sections */
export function boardTarget(
  id: string,
  compiler: Compiler,
  name: string,
  flags: readonly string[],
  script: string,
): Target {
  return {
    id,
    compiler,
    flags: [...flags, `-D${name.toUpperCase()}_SELFTEST_BOARD`],
    linkFlags: [...flags, ...BOARD_LINK_FLAGS, '-L', 'mcu', '-T', `mcu/${script}`],
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
      ...programDefines(sources.name),
      ...defines,
    ],
  };
}

/** The sources of CMSIS-NN; the linker takes what is called. */
function cmsisNnUnits(target: Target, cmsisNn: string): readonly Unit[] {
  return cmsisNnSources(cmsisNn).map((source) => ({
    source: join(cmsisNn, 'Source', source),
    object: objectOf(target, source, 'cmsis-nn'),
    flags: [...BUNDLE_FLAGS, OPTIMISATION, '-w', '-I', join(cmsisNn, 'Include'), ...target.flags],
  }));
}

export type ProgramParts = {
  /** File name of the program in the target's folder. */
  readonly label: string;
  /** The file with main(). */
  readonly main: string;
  /** Board support. */
  readonly support: readonly string[];
  /** Flags for the model's own file and the one with main(). */
  readonly defines?: readonly string[];
};

/**
 * Links a program with the library of a bundle, compiling what no program before it needed.
 * @returns its path
 */
export async function buildProgram(
  target: Target,
  sources: BundleSources,
  parts: ProgramParts,
): Promise<string> {
  return linkProgram(target, await compileProgram(target, sources, parts), parts.label);
}

/** Compiles what no program before it needed. Gives the objects of the program, paths relative to the folder. */
async function compileProgram(
  target: Target,
  sources: BundleSources,
  parts: ProgramParts,
): Promise<readonly string[]> {
  const { compiler, id } = target;
  const { name, library, cmsisNn } = sources;
  const model = `${name}.c`;
  const shared = [...library.filter((source) => source !== model), ...parts.support];
  const units = [
    ...[model, parts.main].map((source) => bundleUnit(target, sources, source, ...(parts.defines ?? []))),
    ...shared.map((source) => bundleUnit(target, sources, source)),
    ...(cmsisNn === null ? [] : cmsisNnUnits(target, cmsisNn)),
  ];
  mkdirSync(join(compiler.cwd, id), { recursive: true });
  await compileAll(
    compiler,
    units.filter((unit) => !existsSync(join(compiler.cwd, unit.object))),
  );
  return units.map((unit) => unit.object);
}

async function linkProgram(
  { compiler, id, linkFlags }: Target,
  objects: readonly string[],
  label: string,
): Promise<string> {
  const output = join(id, label);
  await link(compiler, objects, linkFlags, output);
  return join(compiler.cwd, output);
}

/** A program for a board, or what it needs where the board has less. */
export type BoardBuild =
  | { readonly fits: true; readonly program: string }
  | { readonly fits: false; readonly sizes: FirmwareSizes };

/**
 * As buildProgram, for a board: the linker decides whether the memories of the board hold the program.
 * @throws TinymlError E_TOOLCHAIN for every failure that larger memories would not mend
 */
export async function buildForBoard(
  target: Target,
  sources: BundleSources,
  parts: ProgramParts,
): Promise<BoardBuild> {
  const objects = await compileProgram(target, sources, parts);
  try {
    return { fits: true, program: await linkProgram(target, objects, parts.label) };
  } catch (failure) {
    const unlimited = withoutLimits(target);
    const program = await linkProgram(unlimited, objects, `unlimited-${parts.label}`).catch(() => {
      throw failure;
    });
    return { fits: false, sizes: sizesOf(program) };
  }
}

/** The same target with more flash and RAM than any part has: what is linked for it can always be measured. */
export function withoutLimits(target: Target): Target {
  writeFileSync(join(target.compiler.cwd, UNLIMITED), UNLIMITED_SCRIPT);
  const script = target.linkFlags.indexOf('-T') + 1;
  return { ...target, linkFlags: target.linkFlags.with(script, UNLIMITED) };
}

const UNLIMITED = 'unlimited.ld';

const UNLIMITED_SCRIPT = `MEMORY {
  VECTORS (rx) : ORIGIN = 0x00000000, LENGTH = 1K
  FLASH (rx)   : ORIGIN = 0x00000400, LENGTH = 0x7ffffc00
  RAM (rwx)    : ORIGIN = 0x80000000, LENGTH = 0x7ffffff0
}
INCLUDE sections.ld
`;

/** Builds the smallest firmware with the model and measures it. */
export async function buildFirmware(target: Target, sources: BundleSources): Promise<FirmwareSizes> {
  const program = await buildProgram(target, sources, {
    label: 'firmware.elf',
    main: `${sources.name}_firmware.c`,
    support: sources.board.filter((path) => path !== MEASURING),
  });
  return sizesOf(program);
}

function sizesOf(program: string): FirmwareSizes {
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
