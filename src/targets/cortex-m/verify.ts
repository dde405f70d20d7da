/**
 * Verifies a bundle: nothing in it was changed, it compiles without a warning, and on this machine and on emulated
 * Cortex-M boards it computes every byte that the TypeScript reference computed. Reports what it costs there.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import { BOARDS, type Board, type BoardId, boardFor } from './boards.ts';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  KERNEL_WARNINGS,
  OPTIMISATION,
  QEMU_FLAGS,
  STRICT_FLAGS,
} from './build-flags.ts';
import { cmsisNnSources } from './cmsis-nn.ts';
import { type Compiler, compileAll, link, type Unit } from './compile.ts';
import { allocatedSections } from './elf.ts';
import { runProcess } from './process.ts';
import { type Bundle, readBundle } from './read-bundle.ts';
import {
  firstLayerMismatch,
  readSelftest,
  type SelftestResult,
  type VectorResult,
} from './selftest-output.ts';
import { requireTool } from './toolchain.ts';

export type VerifyOptions = {
  readonly on: readonly ('host' | 'qemu')[];
  /** Emulated boards; default: the one that comes closest to the core of the bundle's profile. */
  readonly cores?: readonly BoardId[];
  /** Also compare the output of every layer. */
  readonly layers?: boolean;
  /** Folder of CMSIS-NN, for bundles that call it; default: the variable CMSIS_NN_DIR. */
  readonly cmsisNnDir?: string;
  /** Limit for each compiler or emulator run; default two minutes. */
  readonly timeoutMs?: number;
};

export type VerifyRun = {
  readonly on: 'host' | 'qemu';
  /** `host`, or the core that was emulated. */
  readonly core: 'host' | CortexMCore;
  /** Machine of qemu-system-arm. */
  readonly machine: string | null;
  readonly vectors: readonly VectorResult[];
  /** Every output byte of every vector, and every layer where they were compared. */
  readonly bitExact: boolean;
  /** Instructions of one inference, the largest of all vectors. */
  readonly instructions: number | null;
  /** High-water mark of the stack during inference. */
  readonly stackBytes: number | null;
  /** Initialised and zeroed data of the smallest firmware with the model: arena and all, without the stack. */
  readonly ramBytes: number | null;
  /** Code, tables and initial data of the same firmware. */
  readonly flashBytes: number | null;
  /** Bytes by section of the same firmware. */
  readonly sections: Readonly<Record<string, number>>;
};

export type VerifyResult = {
  readonly name: string;
  readonly profile: string;
  readonly library: string;
  readonly bitExact: boolean;
  readonly runs: readonly VerifyRun[];
};

type Context = {
  readonly bundle: Bundle;
  /** A copy of the bundle; objects go to subfolders of it. */
  readonly folder: string;
  readonly options: VerifyOptions;
  readonly timeoutMs: number;
  /** Folder of CMSIS-NN, for bundles that call it. */
  readonly cmsisNn: string | null;
};

type Target = {
  readonly id: string;
  readonly board: Board | null;
  readonly compiler: Compiler;
  readonly flags: readonly string[];
};

/**
 * @param folder a bundle as written by `tinyml deploy`
 * @throws TinymlError E_FILE, E_BUNDLE, E_TOOLCHAIN, or E_MISMATCH where the self-test does not come to its end
 */
export async function verifyBundle(folder: string, options: VerifyOptions): Promise<VerifyResult> {
  const bundle = readBundle(folder);
  const { manifest } = bundle;
  const boards = options.on.includes('qemu')
    ? (options.cores?.map((id) => BOARDS[id]) ?? [boardFor(manifest.core as CortexMCore)])
    : [];
  const cmsisNn = manifest.library === 'cmsis-nn' ? requireCmsisNn(options) : null;
  const work = mkdtempSync(join(tmpdir(), 'tinyml-verify-'));
  try {
    for (const [path, contents] of bundle.files) writeInto(work, path, contents);
    const timeoutMs = options.timeoutMs ?? 120_000;
    const context: Context = { bundle, folder: work, options, timeoutMs, cmsisNn };
    const targets = [
      ...(options.on.includes('host') ? [hostTarget(context)] : []),
      ...boards.map((board) => boardTarget(context, board)),
    ];
    const runs: VerifyRun[] = [];
    for (const target of targets) runs.push(await verifyOn(context, target));
    const { name, profile, library } = manifest;
    return { name, profile, library, bitExact: runs.every((run) => run.bitExact), runs };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function hostTarget({ folder, timeoutMs }: Context): Target {
  const compiler = { path: requireTool('cc'), cwd: folder, timeoutMs };
  return { id: 'host', board: null, compiler, flags: [] };
}

function boardTarget({ bundle, folder, timeoutMs }: Context, board: Board): Target {
  requireTool('qemu-system-arm');
  const compiler = { path: requireTool('arm-none-eabi-gcc'), cwd: folder, timeoutMs };
  const define = `-D${bundle.manifest.name.toUpperCase()}_SELFTEST_BOARD`;
  return { id: board.id, board, compiler, flags: [...board.flags, define] };
}

async function verifyOn(context: Context, target: Target): Promise<VerifyRun> {
  const { bundle, folder, options, cmsisNn } = context;
  const { manifest } = bundle;
  const { name } = manifest;
  const { board, compiler } = target;
  mkdirSync(join(folder, target.id));

  const model = `${name}.c`;
  const selftest = `${name}_selftest.c`;
  const firmware = `${name}_firmware.c`;
  const startup = board === null ? [] : boardSources(bundle);
  const library = manifest.sources.filter((source) => source !== model);
  const unit = (source: string, ...flags: readonly string[]): Unit => ({
    source,
    object: objectOf(target, source, flags.length > 0 ? 'hooked' : 'plain'),
    flags: [
      ...BUNDLE_FLAGS,
      OPTIMISATION,
      ...(source.includes('/') ? KERNEL_WARNINGS : STRICT_FLAGS),
      '-I.',
      ...(cmsisNn === null ? [] : ['-isystem', join(cmsisNn, 'Include')]),
      ...target.flags,
      ...flags,
    ],
  });
  const shared = [...library, ...startup].map((source) => unit(source));
  const external = cmsisNn === null ? [] : externalUnits(cmsisNn, target);
  const plain = [unit(model), unit(selftest)];
  const hook = `-D${name.toUpperCase()}_LAYER_HOOK`;
  const hooked = options.layers ? [unit(model, hook), unit(selftest, hook)] : [];
  const sizing = board === null ? [] : [unit(firmware)];
  await compileAll(compiler, [...shared, ...external, ...plain, ...hooked, ...sizing]);

  const linkFlags =
    board === null ? [] : [...board.flags, ...BOARD_LINK_FLAGS, '-L', 'mcu', '-T', `mcu/${board.machine}.ld`];
  const program = async (own: readonly Unit[], label: string): Promise<string> => {
    const output = join(target.id, label);
    await link(
      compiler,
      [...own, ...shared, ...external].map((one) => one.object),
      linkFlags,
      output,
    );
    return join(folder, output);
  };

  const result = await runSelftest(context, target, await program(plain, 'selftest'));
  const layers = options.layers ? await printedBy(context, target, await program(hooked, 'layers')) : null;
  const vectors = result.vectors.map((vector, index) => {
    const layer = layers === null ? null : firstLayerMismatch(manifest, manifest.vectors[index]!, layers);
    return { ...vector, layer, bitExact: vector.bitExact && layer === null };
  });
  const counts = vectors.flatMap((vector) => vector.instructions ?? []);
  return {
    on: board === null ? 'host' : 'qemu',
    core: board?.core ?? 'host',
    machine: board?.machine ?? null,
    vectors,
    bitExact: vectors.every((vector) => vector.bitExact),
    instructions: counts.length === 0 ? null : Math.max(...counts),
    stackBytes: result.stackBytes,
    ...(board === null ? NO_SIZES : sizesOf(readFileSync(await program([plain[0]!, ...sizing], 'firmware')))),
  };
}

const NO_SIZES = { ramBytes: null, flashBytes: null, sections: {} } as const;

function sizesOf(image: Uint8Array): Pick<VerifyRun, 'ramBytes' | 'flashBytes' | 'sections'> {
  const sections = allocatedSections(image);
  const sum = (of: typeof sections): number => of.reduce((bytes, section) => bytes + section.bytes, 0);
  return {
    ramBytes: sum(sections.filter((section) => section.writable)),
    flashBytes: sum(sections.filter((section) => section.stored)),
    sections: Object.fromEntries(sections.map(({ name, bytes }) => [name, bytes])),
  };
}

async function runSelftest(context: Context, target: Target, program: string): Promise<SelftestResult> {
  const printed = await printedBy(context, target, program);
  const result = readSelftest(context.bundle, printed);
  if (result !== null) return result;
  throw new TinymlError('E_MISMATCH', 'the self-test did not print what was expected', {
    at: target.id,
    hint: `it printed: ${printed.slice(0, 1000)}`,
  });
}

/** Everything a self-test prints; it must come to its end. */
async function printedBy({ folder, timeoutMs }: Context, target: Target, program: string): Promise<string> {
  const { board } = target;
  const { status, timedOut, stdout, stderr, failure } = await (board === null
    ? runProcess(program, [], { cwd: folder, timeoutMs })
    : runProcess(requireTool('qemu-system-arm'), ['-M', board.machine, ...QEMU_FLAGS, '-kernel', program], {
        cwd: folder,
        timeoutMs,
      }));
  const printed = `${stdout}${stderr}`;
  if (status === 0 || status === 1) return printed;
  const reason =
    failure ?? (timedOut ? `it did not end within ${timeoutMs / 1000} s` : `exit status ${status}`);
  throw new TinymlError('E_MISMATCH', `the self-test broke off: ${reason}`, {
    at: target.id,
    hint: printed === '' ? 'it printed nothing' : `it printed: ${printed.slice(-1000)}`,
  });
}

function boardSources(bundle: Bundle): readonly string[] {
  return [...bundle.files.keys()].filter((path) => path.startsWith('mcu/') && path.endsWith('.c'));
}

function externalUnits(cmsisNn: string, target: Target): readonly Unit[] {
  return cmsisNnSources(cmsisNn).map((source) => ({
    source: join(cmsisNn, 'Source', source),
    object: objectOf(target, source, 'cmsis-nn'),
    flags: [...BUNDLE_FLAGS, OPTIMISATION, '-w', '-I', join(cmsisNn, 'Include'), ...target.flags],
  }));
}

/** A flat name: sources of one target differ in it, whatever their folders. */
function objectOf(target: Target, source: string, kind: string): string {
  return join(target.id, `${kind}-${source.replaceAll('/', '-')}.o`);
}

function writeInto(folder: string, path: string, contents: Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

function requireCmsisNn({ cmsisNnDir }: VerifyOptions): string {
  const folder = cmsisNnDir ?? process.env.CMSIS_NN_DIR;
  if (folder !== undefined && cmsisNnSources(folder).length > 0) return folder;
  throw new TinymlError('E_TOOLCHAIN', 'the bundle calls CMSIS-NN, which was not found', {
    at: `CMSIS_NN_DIR=${folder ?? ''}`,
    hint: 'set CMSIS_NN_DIR to a checkout of CMSIS-NN, the folder that holds Include/arm_nnfunctions.h',
  });
}
