/**
 * Verifies a bundle: nothing in it was changed, it compiles without a warning, and on this machine and on emulated
 * Cortex-M boards it computes every byte that the TypeScript reference computed. Reports what it costs there.
 */
import { availableParallelism } from 'node:os';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import { type Board, type BoardId, boardFor, boardsToVerify } from './boards.ts';
import {
  type BundleSources,
  boardTarget,
  buildFirmware,
  buildProgram,
  hostTarget,
  type Target,
  writeFiles,
} from './build.ts';
import { emulatorFlags } from './build-flags.ts';
import { findCmsisNn } from './cmsis-nn.ts';
import { runProcess } from './process.ts';
import { type Bundle, readBundle } from './read-bundle.ts';
import {
  firstLayerMismatch,
  readSelftest,
  type SelftestResult,
  type VectorResult,
} from './selftest-output.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { requireTool } from './toolchain.ts';

export type VerifyOptions = {
  readonly on: readonly ('host' | 'qemu')[];
  /** Emulated boards; default: see boardsToVerify. */
  readonly cores?: readonly BoardId[];
  /** Also compare the output of every layer. */
  readonly layers?: boolean;
  /** Folder of CMSIS-NN, for bundles that call it; default: the variable CMSIS_NN_DIR. */
  readonly cmsisNnDir?: string;
  /** Limit for each compiler or emulator run; default ten minutes. */
  readonly timeoutMs?: number;
  /** Compilers at once; default: one per core. */
  readonly jobs?: number;
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
  /** Sizes of the smallest firmware with the model (FirmwareSizes). */
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
  readonly sections: Readonly<Record<string, number>>;
};

export type VerifyResult = {
  readonly name: string;
  readonly profile: string;
  readonly library: string;
  /** Core of the emulated board that stands for the profile's. */
  readonly boardCore: CortexMCore;
  readonly bitExact: boolean;
  readonly runs: readonly VerifyRun[];
};

/** A slow machine under load must not fail a build that works. */
const DEFAULT_TIMEOUT_MS = 600_000;

type Context = {
  readonly bundle: Bundle;
  readonly sources: BundleSources;
  /** A copy of the bundle; objects go to subfolders of it. */
  readonly folder: string;
  readonly layers: boolean;
  readonly timeoutMs: number;
  readonly jobs: number;
};

/**
 * @param folder a bundle as written by `tinyml deploy`
 * @throws TinymlError E_FILE, E_BUNDLE, E_TOOLCHAIN, or E_MISMATCH where the self-test does not come to its end
 */
export async function verifyBundle(folder: string, options: VerifyOptions): Promise<VerifyResult> {
  const bundle = readBundle(folder);
  const { name, profile, library, core, features } = bundle.manifest;
  const boards = options.on.includes('qemu') ? boardsToVerify(core, features, library, options.cores) : [];
  const sources: BundleSources = {
    name,
    library: bundle.manifest.sources,
    board: [...bundle.files.keys()].filter((path) => /^mcu\/.*\.c$/.test(path)),
    cmsisNn: library === 'cmsis-nn' ? requireCmsisNn(options) : null,
  };
  return withTemporaryFolder('tinyml-verify-', async (work) => {
    writeFiles(
      work,
      Array.from(bundle.files, ([path, contents]) => ({ path, contents })),
    );
    const { layers = false, timeoutMs = DEFAULT_TIMEOUT_MS, jobs = availableParallelism() } = options;
    const context: Context = { bundle, sources, folder: work, layers, timeoutMs, jobs };
    const runs: VerifyRun[] = [];
    if (options.on.includes('host')) runs.push(await verifyOnHost(context));
    for (const board of boards) runs.push(await verifyOnBoard(context, board));
    const bitExact = runs.every((run) => run.bitExact);
    return { name, profile, library, boardCore: boardFor(core).core, bitExact, runs };
  });
}

async function verifyOnHost(context: Context): Promise<VerifyRun> {
  const { folder, timeoutMs, jobs } = context;
  const target = hostTarget({ path: requireTool('cc'), cwd: folder, timeoutMs, jobs });
  const result = await buildAndRun(context, target, [], (program) => ({ command: program, args: [] }));
  return {
    on: 'host',
    core: 'host',
    machine: null,
    ...result,
    instructions: null,
    ramBytes: null,
    flashBytes: null,
    sections: {},
  };
}

async function verifyOnBoard(context: Context, board: Board): Promise<VerifyRun> {
  const { bundle, folder, timeoutMs, jobs, sources } = context;
  const macs = bundle.manifest.steps.reduce((sum, step) => sum + step.macs, 0);
  const { core, machine, flags, id } = board;
  const emulator = requireTool('qemu-system-arm');
  const compiler = { path: requireTool('arm-none-eabi-gcc'), cwd: folder, timeoutMs, jobs };
  const target = boardTarget(id, compiler, sources.name, flags, machine);
  const result = await buildAndRun(context, target, sources.board, (program) => ({
    command: emulator,
    args: [...emulatorFlags(machine, macs), '-kernel', program],
  }));
  const counts = result.vectors.flatMap((vector) => vector.instructions ?? []);
  const instructions = counts.length === 0 ? null : Math.max(...counts);
  return { on: 'qemu', core, machine, ...result, instructions, ...(await buildFirmware(target, sources)) };
}

type Command = { readonly command: string; readonly args: readonly string[] };

/** Builds and runs the self-test, and once more with the layer hook where layers are compared. */
async function buildAndRun(
  context: Context,
  target: Target,
  support: readonly string[],
  commandFor: (program: string) => Command,
): Promise<Pick<VerifyRun, 'vectors' | 'bitExact' | 'stackBytes'>> {
  const { bundle, sources, layers } = context;
  const { manifest } = bundle;
  const { name } = sources;
  const parts = { main: `${name}_selftest.c`, support };
  const program = await buildProgram(target, sources, { ...parts, label: 'selftest.elf' });
  const { vectors, stackBytes } = await runSelftest(context, target, commandFor(program));
  if (!layers) return { vectors, stackBytes, bitExact: vectors.every((vector) => vector.bitExact) };

  const defines = [`-D${name.toUpperCase()}_LAYER_HOOK`];
  const hooked = await buildProgram(target, sources, { ...parts, label: 'layers.elf', defines });
  const printed = await printedBy(context, target, commandFor(hooked));
  const compared = vectors.map((vector, index) => {
    const layer = firstLayerMismatch(manifest, manifest.vectors[index]!, printed);
    return { ...vector, layer, bitExact: vector.bitExact && layer === null };
  });
  return { vectors: compared, stackBytes, bitExact: compared.every((vector) => vector.bitExact) };
}

async function runSelftest(context: Context, target: Target, command: Command): Promise<SelftestResult> {
  const printed = await printedBy(context, target, command);
  const result = readSelftest(context.bundle, printed);
  if (result !== null) return result;
  throw new TinymlError('E_MISMATCH', 'the self-test did not print what was expected', {
    at: target.id,
    hint: `it printed: ${printed.slice(0, 1000)}`,
  });
}

/** Everything a self-test prints; it must come to its end. */
async function printedBy(context: Context, target: Target, { command, args }: Command): Promise<string> {
  const { folder, timeoutMs } = context;
  const result = await runProcess(command, args, { cwd: folder, timeoutMs });
  const { status, timedOut, failure } = result;
  const printed = `${result.stdout}${result.stderr}`;
  if (status === 0 || status === 1) return printed;
  const reason =
    failure ?? (timedOut ? `it did not end within ${timeoutMs / 1000} s` : `exit status ${status}`);
  throw new TinymlError('E_MISMATCH', `the self-test broke off: ${reason}`, {
    at: target.id,
    hint: printed === '' ? 'it printed nothing' : `it printed: ${printed.slice(-1000)}`,
  });
}

function requireCmsisNn({ cmsisNnDir }: VerifyOptions): string {
  const folder = findCmsisNn(cmsisNnDir);
  if (folder !== null) return folder;
  throw new TinymlError('E_TOOLCHAIN', 'the bundle calls CMSIS-NN, which was not found', {
    at: `CMSIS_NN_DIR=${cmsisNnDir ?? process.env.CMSIS_NN_DIR ?? ''}`,
    hint: 'set CMSIS_NN_DIR to a checkout of CMSIS-NN, the folder that holds Include/arm_nnfunctions.h',
  });
}
