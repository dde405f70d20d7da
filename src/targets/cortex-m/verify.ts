/**
 * Verifies a bundle: nothing in it was changed, it compiles without a warning, and on this machine and on emulated
 * Cortex-M boards it computes every byte that the TypeScript reference computed. Reports what it costs there.
 */
import { availableParallelism } from 'node:os';
import { TinymlError } from '../../diagnostics/errors.ts';
import { compilerFlags } from '../../profiles/cortex-m.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import { floatLayers } from '../../program/float-steps.ts';
import type { CoreFeatures } from '../../program/implementation.ts';
import type {
  CountedLayers,
  LearningCurve,
  LearningRequest,
  VerifiedSequence,
  VerifiedTraining,
} from '../target.ts';
import { type Board, type BoardId, type BoardMemory, boardFor, boardsToVerify } from './boards.ts';
import {
  type BoardBuild,
  type BundleSources,
  boardTarget,
  buildFirmware,
  buildForBoard,
  buildProgram,
  type FirmwareSizes,
  hostTarget,
  type ProgramParts,
  type Target,
  withoutLimits,
  writeFiles,
} from './build.ts';
import { emulatorFlags } from './build-flags.ts';
import { findCmsisNn } from './cmsis-nn.ts';
import { countedLayers } from './layer-counts.ts';
import type { Manifest } from './manifest.ts';
import { runProcess } from './process.ts';
import { type Bundle, readBundle } from './read-bundle.ts';
import {
  firstLayerMismatch,
  readSelftest,
  type SelftestResult,
  type VectorResult,
} from './selftest-output.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { requireTool, requireTools } from './toolchain.ts';
import { type LearnStream, learnStream } from './training/learn-stream.ts';
import { STREAM_FILE } from './training/print-learn.ts';
import { learnedAlike, readLearn } from './training/read-learn.ts';

type VerifyOptions = {
  readonly on: readonly ('host' | 'qemu')[];
  /** Emulated boards; default: see boardsToVerify. */
  readonly cores?: readonly BoardId[];
  /** Also compare the output of every layer. */
  readonly layers?: boolean;
  /** Steps of training before parameters are saved, and as many behind; default: as many as the bundle says. */
  readonly steps?: number;
  /** What firmware that trains is to learn; default: nothing. */
  readonly learning?: LearningRequest | null;
  /** Folder of CMSIS-NN, for bundles that call it; default: the variable CMSIS_NN_DIR. */
  readonly cmsisNnDir?: string;
  /** Limit for each compiler run, and for the start of an emulated one, which has a second more for each million multiply-accumulates; default ten minutes. */
  readonly timeoutMs?: number;
  /** Compilers at once; default: one per core. */
  readonly jobs?: number;
  /** Called with what is done next, in a few words. */
  readonly onStage?: (stage: string) => void;
};

type VerifyRun = {
  readonly on: 'host' | 'qemu';
  /** `host`, or the core that was emulated. */
  readonly core: 'host' | CortexMCore;
  /** Machine of qemu-system-arm. */
  readonly machine: string | null;
  /** Of the board: its own, or where that does not hold the self-test, the external one; null on this machine. */
  readonly memory: Memory | null;
  readonly vectors: readonly VectorResult[];
  /** What its training came to; null where it has none. */
  readonly training: VerifiedTraining | null;
  /** What it learned of data; null where nothing was asked for. */
  readonly learning: LearningCurve | null;
  /** Every output byte of every vector, every layer where they were compared, all of the training, and what the first of all runs learned. */
  readonly bitExact: boolean;
  /** Instructions of one inference, the largest of all vectors; what makes an input of samples of sound is part of it. */
  readonly instructions: number | null;
  /** Of these what makes such an input, the largest of all vectors; null without one. */
  readonly inputInstructions: number | null;
  /** Of the network alone, of a model with state. */
  readonly sequences: readonly VerifiedSequence[];
  /** What each layer took, where layers were compared and something counted. */
  readonly layers: readonly CountedLayers[];
  /** High-water mark of the stack during inference. */
  readonly stackBytes: number | null;
  /** Sizes of the smallest firmware with the model (FirmwareSizes). */
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
  readonly sections: Readonly<Record<string, number>>;
};

/** Firmware that was linked and not run. Its stack is the largest of those that ran. */
type LinkedFirmware = FirmwareSizes & { readonly core: string; readonly stackBytes: number | null };

/** A board whose memories do not hold the self-test of the bundle, so that it did not run there: the larger of them is told of. */
type Misfit = {
  readonly core: CortexMCore;
  readonly machine: string;
  /** The memory that is short; flash where both are. */
  readonly memory: 'flash' | 'RAM';
  /**
   * Bytes of it: what the self-test needs (in RAM its least stack, too; where tables or arena alone are too large, what they
   * need, and nothing is compiled), and what the board has.
   */
  readonly neededBytes: number;
  readonly availableBytes: number;
};

export type VerifyResult = {
  readonly name: string;
  readonly profile: string;
  readonly library: string;
  /** Core of the emulated board that stands for the profile's. */
  readonly boardCore: CortexMCore;
  /** Core for which firmware of the profile is compiled: of no run where no board has it. */
  readonly ownCore: string;
  /** The smallest firmware for `ownCore`, where no run is of it; null where one is, and without the compiler of boards. */
  readonly linked: LinkedFirmware | null;
  /** Names of the layers that compute in float32. */
  readonly floatLayers: readonly string[];
  /** Of all runs. */
  readonly bitExact: boolean;
  readonly runs: readonly VerifyRun[];
  /** Boards that were to run it and cannot. */
  readonly unfit: readonly Misfit[];
};

/** A slow machine under load must not fail a build that works. */
const DEFAULT_TIMEOUT_MS = 600_000;

/** Of an emulated core on such a machine. Runs of large models may take so much longer than builds. */
const MACS_PER_SECOND = 1e6;

/** What `native/mcu/sections.ld` asks for. */
const LEAST_STACK_BYTES = 2048;

type Context = {
  readonly bundle: Bundle;
  readonly sources: BundleSources;
  /** A copy of the bundle; objects go to subfolders of it. */
  readonly folder: string;
  readonly layers: boolean;
  readonly steps: number | null;
  /** What is learned; the file of it lies in the folder. */
  readonly stream: LearnStream | null;
  readonly timeoutMs: number;
  readonly jobs: number;
  readonly onStage: (stage: string) => void;
};

/**
 * @param folder a bundle as written by `tinyml deploy`
 * @throws TinymlError E_FILE, E_BUNDLE, E_TOOLCHAIN, or E_MISMATCH where the self-test does not come to its end
 */
export async function verifyBundle(folder: string, options: VerifyOptions): Promise<VerifyResult> {
  const bundle = readBundle(folder);
  const { name, profile, library, core, features, steps } = bundle.manifest;
  const boards = options.on.includes('qemu') ? boardsToVerify(core, features, library, options.cores) : [];
  const sources: BundleSources = {
    name,
    library: bundle.manifest.sources,
    board: [...bundle.files.keys()].filter((path) => /^mcu\/.*\.c$/.test(path)),
    cmsisNn: library === 'cmsis-nn' ? requireCmsisNn(options) : null,
  };
  requireTools([
    ...(options.on.includes('host') ? (['cc'] as const) : []),
    ...(boards.length > 0 ? (['qemu-system-arm', 'arm-none-eabi-gcc'] as const) : []),
  ]); // before anything runs whose result would be lost
  return withTemporaryFolder('verify', async (work) => {
    writeFiles(
      work,
      Array.from(bundle.files, ([path, contents]) => ({ path, contents })),
    );
    const { layers = false, timeoutMs = DEFAULT_TIMEOUT_MS, jobs = availableParallelism() } = options;
    const { onStage = () => {}, learning = null } = options;
    const stream = learning === null ? null : await streamOf(bundle, learning);
    if (stream !== null) writeFiles(work, [{ path: STREAM_FILE, contents: stream.bytes }]);
    const context: Context = {
      ...{ bundle, sources, folder: work, layers, timeoutMs, jobs, onStage, stream },
      steps: options.steps ?? null,
    };
    const runs: VerifyRun[] = [];
    const unfit: Misfit[] = [];
    if (options.on.includes('host')) runs.push(await verifyOnHost(context));
    for (const board of boards) {
      const outcome = await verifyOnBoard(context, board);
      if ('vectors' in outcome) runs.push(outcome);
      else unfit.push(outcome);
    }
    const alike = judgedByFirst(runs);
    const bitExact = alike.every((run) => run.bitExact);
    const boardCore = boardFor(core).core;
    const own = deviceBuild(core, features);
    const isRun = runs.some((run) => run.core === own.core);
    const linked = boards.length === 0 || isRun ? null : await linkForDevice(context, own, runs);
    const cores = { boardCore, ownCore: own.core, linked };
    return {
      name,
      profile,
      library,
      ...cores,
      floatLayers: floatLayers(steps),
      bitExact,
      runs: alike,
      unfit,
    };
  });
}

/** @throws TinymlError E_BUNDLE for firmware that does not learn, E_DATA for data that do not fit it */
async function streamOf({ manifest, files }: Bundle, request: LearningRequest): Promise<LearnStream> {
  const { name, training, inputs, input } = manifest;
  const [port] = inputs;
  if (training === null || !files.has(learnSource(name))) {
    throw new TinymlError('E_BUNDLE', 'the bundle does not learn', {
      at: name,
      hint: 'deploy it with --training, by this version',
    });
  }
  const contract = { preprocess: input?.preprocess ?? null, labels: input?.labels ?? [] };
  const { name: inputName, onnxShape: shape } = port!;
  const data = await request.open({ ...contract, name: inputName, shape, classes: training.classes });
  return learnStream(data, request, port!, training);
}

function learnSource(name: string): string {
  return `${name}_learn.c`;
}

/** What one machine learned all others must learn, too. */
function judgedByFirst(runs: readonly VerifyRun[]): readonly VerifyRun[] {
  const [first] = runs.flatMap(({ learning }) => (learning === null ? [] : [learning]));
  if (first === undefined) return runs;
  return runs.map((run) => ({
    ...run,
    bitExact: run.bitExact && run.learning !== null && learnedAlike(first, run.learning),
  }));
}

async function verifyOnHost(context: Context): Promise<VerifyRun> {
  const { folder, timeoutMs, jobs, onStage } = context;
  onStage('compile for this machine');
  const target = hostTarget({ path: requireTool('cc'), cwd: folder, timeoutMs, jobs });
  const programs = await buildSelftests(context, [], async (parts) => {
    return { fits: true, program: await buildProgram(target, context.sources, parts) };
  });
  if (!programs.fits) throw new TinymlError('E_INTERNAL', 'this machine was taken for a board');
  onStage('run on this machine');
  return {
    on: 'host',
    core: 'host',
    machine: null,
    memory: null,
    ...(await runAndCompare(context, target, programs, (program) => ({ command: program, args: [] }))),
    learning: await learnOn(context, target, [], (program) => ({ command: program, args: [] })),
    instructions: null,
    inputInstructions: null,
    sequences: [],
    ramBytes: null,
    flashBytes: null,
    sections: {},
  };
}

async function verifyOnBoard(context: Context, board: Board): Promise<VerifyRun | Misfit> {
  const { bundle, sources, onStage } = context;
  const { core, machine, memories } = board;
  const { training } = bundle.manifest;
  const inference = bundle.manifest.steps.reduce((sum, step) => sum + step.macs, 0);
  const macs = Math.max(inference, training?.macs ?? 0);
  const emulator = requireTool('qemu-system-arm');
  onStage(`compile for ${core}`);
  const own = await buildInMemory(context, board, 'own');
  const hasExternal = bundle.files.has(`mcu/${memories.external.script}`); // bundles of older versions do not
  const built = own.fits || !hasExternal ? own : await buildInMemory(context, board, 'external');
  if (!built.fits) return built.misfit;
  const { target, programs, memory } = built;
  onStage(`run on ${core}, as ${machine} of QEMU`);
  const work =
    inference * bundle.manifest.vectors.length +
    workOfTraining(training, inference) +
    workOfLearning(context.stream, training, inference);
  const patient = { ...context, timeoutMs: context.timeoutMs + (1000 * work) / MACS_PER_SECOND };
  const emulated = (program: string): Command => ({
    command: emulator,
    args: [...emulatorFlags(machine, macs), '-kernel', program],
  });
  const result = await runAndCompare(patient, target, programs, emulated);
  if (context.stream !== null) onStage(`learn on ${core}, as ${machine} of QEMU`);
  const learning = await learnOn(patient, target, sources.board, emulated);
  const network = largest(result.vectors.map((vector) => vector.instructions));
  const inputInstructions = largest(result.vectors.map(({ conversion }) => conversion?.instructions ?? null));
  const instructions = network === null ? null : network + (inputInstructions ?? 0);
  const sequences = sequencesOf(bundle.manifest, result.vectors);
  onStage(`link the smallest firmware for ${core}`);
  const sizes = await buildFirmware(target, sources);
  const counts = { instructions, inputInstructions, sequences };
  return { on: 'qemu', core, machine, memory, ...result, learning, ...counts, ...sizes };
}

/** Multiply-accumulates of all its steps, each with an evaluation and an inference. */
function workOfTraining(training: Manifest['training'], inference: number): number {
  return training === null ? 0 : training.steps.length * (training.macs + 2 * inference);
}

/** Of all steps, and of all tests at each measurement. */
function workOfLearning(
  stream: LearnStream | null,
  training: Manifest['training'],
  inference: number,
): number {
  if (stream === null || training === null) return 0;
  const { steps, every, tests } = stream;
  return steps * training.macs + (2 + steps / every) * tests * inference;
}

/** @throws TinymlError E_MISMATCH where it does not come to its end */
async function learnOn(
  context: Context,
  target: Target,
  support: readonly string[],
  commandFor: (program: string) => Command,
): Promise<LearningCurve | null> {
  const { sources, stream } = context;
  if (stream === null) return null;
  const { name } = sources;
  const defines = [`-D${name.toUpperCase()}_LEARN`];
  const program = await buildProgram(target, sources, {
    ...{ label: 'learn.elf', main: learnSource(name), support, defines },
  });
  const printed = await printedBy(context, target, commandFor(program));
  const curve = readLearn(printed, stream);
  if (curve !== null) return curve;
  throw new TinymlError('E_MISMATCH', 'the firmware did not learn to the end', {
    at: target.id,
    hint: `it printed: ${printed.slice(-1000)}`,
  });
}

type Memory = keyof Board['memories'];

type BoardSelftests =
  | {
      readonly fits: true;
      readonly memory: Memory;
      readonly target: Target;
      readonly programs: FittingSelftests;
    }
  | { readonly fits: false; readonly misfit: Misfit };

async function buildInMemory(context: Context, board: Board, memory: Memory): Promise<BoardSelftests> {
  const { bundle, folder, timeoutMs, jobs, sources } = context;
  const { flash, memory: planned } = bundle.manifest;
  const limits = board.memories[memory];
  const least = { flashBytes: flash.weightsBytes, ramBytes: planned.arenaBytes };
  if (least.flashBytes > limits.flashBytes || least.ramBytes > limits.ramBytes) {
    return { fits: false, misfit: misfitOn(board, limits, least) };
  }
  const compiler = { path: requireTool('arm-none-eabi-gcc'), cwd: folder, timeoutMs, jobs };
  const target = boardTarget(board.id, compiler, sources.name, board.flags, limits.script);
  const programs = await buildSelftests(context, sources.board, (parts) =>
    buildForBoard(target, sources, parts),
  );
  return programs.fits
    ? { fits: true, memory, target, programs }
    : { fits: false, misfit: misfitOn(board, limits, programs.sizes) };
}

/** How firmware for a device is compiled; as for the board that stands for it, where that has its core. */
type DeviceBuild = { readonly core: string; readonly flags: readonly string[]; readonly script: string };

function deviceBuild(core: CortexMCore, { dsp, mve }: CoreFeatures): DeviceBuild {
  const { features, ...board } = boardFor(core);
  const { script } = board.memories.own;
  // GCC builds a Cortex-M85 as a Cortex-M55 (compilerFlags).
  const isBoards = board.core === (core === 'cortex-m85' ? 'cortex-m55' : core);
  if (isBoards && features.dsp === dsp && features.mve === mve)
    return { core: board.core, flags: board.flags, script };
  // Which FPU makes no difference worth telling: kernels of integers have no float in them.
  const fpu = core === 'cortex-m0plus' || core === 'cortex-m23' || core === 'cortex-m3' ? 'none' : 'single';
  const flags = compilerFlags({ core, features: { dsp, mve: mve ? 'integer' : 'none', fpu } });
  const lacking = features.mve && !mve ? ' without MVE' : features.dsp && !dsp ? ' without DSP' : '';
  return { core: isBoards ? `${core}${lacking}` : core, flags, script };
}

async function linkForDevice(
  { folder, timeoutMs, jobs, sources, onStage }: Context,
  { core, flags, script }: DeviceBuild,
  runs: readonly VerifyRun[],
): Promise<LinkedFirmware> {
  onStage(`link the smallest firmware for ${core}`);
  const compiler = { path: requireTool('arm-none-eabi-gcc'), cwd: folder, timeoutMs, jobs };
  const target = withoutLimits(boardTarget('device', compiler, sources.name, flags, script));
  const stackBytes = largest(runs.map((run) => run.stackBytes));
  return { core, stackBytes, ...(await buildFirmware(target, sources)) };
}

function largest(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The vectors of a model with state that inference changes, frames of one sequence together; not those that try conversions, a frame each. */
function sequencesOf(manifest: Manifest, vectors: readonly VectorResult[]): readonly VerifiedSequence[] {
  if (manifest.memory.stateBytes === 0 || manifest.training !== null) return [];
  const starts = manifest.vectors.flatMap(({ starts }, index) => (starts ? [index] : []));
  return starts.flatMap((start, n) => {
    const { pattern, raw } = manifest.vectors[start]!;
    if (raw !== null && raw.files === null) return [];
    const frames = vectors.slice(start, starts[n + 1]);
    const perFrame = frames.map(({ instructions }) => instructions).filter((count) => count !== null);
    const sum = perFrame.reduce((total, count) => total + count, 0);
    const counted = perFrame.length === frames.length;
    const cost = { mean: Math.round(sum / frames.length), most: Math.max(...perFrame), perFrame };
    return {
      name: pattern,
      frames: frames.length,
      instructions: counted ? cost : null,
    };
  });
}

function misfitOn(
  { core, machine }: Board,
  { flashBytes, ramBytes }: BoardMemory,
  needed: Pick<FirmwareSizes, 'flashBytes' | 'ramBytes'>,
): Misfit {
  return needed.flashBytes > flashBytes
    ? { core, machine, memory: 'flash', neededBytes: needed.flashBytes, availableBytes: flashBytes }
    : {
        core,
        machine,
        memory: 'RAM',
        neededBytes: needed.ramBytes + LEAST_STACK_BYTES,
        availableBytes: ramBytes,
      };
}

/** The self-test, and the one with the layer hook where layers are compared. */
type Selftests =
  | { readonly fits: true; readonly plain: string; readonly hooked: string | null }
  | { readonly fits: false; readonly sizes: FirmwareSizes };

type FittingSelftests = Extract<Selftests, { fits: true }>;

async function buildSelftests(
  { sources, layers, steps }: Context,
  support: readonly string[],
  build: (parts: ProgramParts) => Promise<BoardBuild>,
): Promise<Selftests> {
  const { name } = sources;
  const parts = { main: `${name}_selftest.c`, support };
  const counted = steps === null ? [] : [`-D${name.toUpperCase()}_SELFTEST_STEPS=${steps}`];
  const plain = await build({ ...parts, label: 'selftest.elf', defines: counted });
  if (!plain.fits) return plain;
  if (!layers) return { fits: true, plain: plain.program, hooked: null };
  const defines = [...counted, `-D${name.toUpperCase()}_LAYER_HOOK`];
  const hooked = await build({ ...parts, label: 'layers.elf', defines });
  return hooked.fits ? { fits: true, plain: plain.program, hooked: hooked.program } : hooked;
}

type Command = { readonly command: string; readonly args: readonly string[] };

/** Runs the self-test, and once more with the layer hook where layers are compared. */
async function runAndCompare(
  context: Context,
  target: Target,
  { plain, hooked }: FittingSelftests,
  commandFor: (program: string) => Command,
): Promise<Pick<VerifyRun, 'vectors' | 'training' | 'bitExact' | 'layers' | 'stackBytes'>> {
  const { manifest } = context.bundle;
  const { vectors, training, stackBytes } = await runSelftest(context, target, commandFor(plain));
  const isRight = (all: readonly VectorResult[]): boolean =>
    all.every((vector) => vector.bitExact) && training?.bitExact !== false;
  if (hooked === null) return { vectors, training, stackBytes, layers: [], bitExact: isRight(vectors) };

  const printed = await printedBy(context, target, commandFor(hooked));
  const compared = vectors.map((vector, index) => {
    const layer = firstLayerMismatch(manifest, manifest.vectors[index]!, printed);
    return { ...vector, layer, bitExact: vector.bitExact && layer === null };
  });
  const layers = countedLayers(manifest, printed);
  return { vectors: compared, training, stackBytes, layers, bitExact: isRight(compared) };
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
