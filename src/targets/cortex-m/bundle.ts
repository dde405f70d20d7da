/** Program and plan to a bundle: every file of it, as values. */

import { TinymlError } from '../../diagnostics/errors.ts';
import { contractSha256, type InputContract } from '../../input/contract.ts';
import { sha256Of } from '../../numbers/sha256.ts';
import {
  arenaRegion,
  compilerFlags,
  coreFeatures,
  flashBytes,
  ramBytes,
  waitStates,
} from '../../profiles/cortex-m.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { askedRowsOf, type StreamedInput } from '../../program/caller-rows.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import { loopOf, macsOfSteps } from '../../program/loops.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { rowLayersOf } from '../../program/row-layers.ts';
import { verifyProgram } from '../../program/verify.ts';
import { isReplayName } from '../../train/compile/replay.ts';
import { isSumName } from '../../train/compile/updates.ts';
import { listingFile, MANIFEST_FILE } from '../bundle-folder.ts';
import { checkBundleName } from '../bundle-name.ts';
import { type BundleSource, manifestModel } from '../target.ts';
import { boardFor } from './boards.ts';
import type { BuildInput } from './build-input.ts';
import { estimateOf } from './estimate/index.ts';
import { type GoldenVector, goldenPath } from './golden.ts';
import { dataInOf } from './input/data-in.ts';
import { deviceInputOf } from './input/device-input.ts';
import { inputFiles } from './input/input-files.ts';
import { type DeviceInput, inputFunctions, inputScratchBytes } from './input/print-input.ts';
import { kernelSources } from './kernel-sources.ts';
import { createLayout, type Layout, type Port } from './layout.ts';
import {
  MANIFEST_SCHEMA,
  type Manifest,
  type ManifestPort,
  type ManifestTraining,
  type ManifestVector,
  printManifest,
} from './manifest.ts';
import { type NativeSources, prefixed } from './native-sources.ts';
import { printCmake } from './print-cmake.ts';
import { withFacts } from './print-facts.ts';
import { printFirmware } from './print-firmware.ts';
import { printHeader } from './print-header.ts';
import { printMakefile } from './print-makefile.ts';
import { printModel } from './print-model.ts';
import { printReadme } from './print-readme.ts';
import { printSelftest } from './print-selftest.ts';
import { printWeights, printWeightsHeader, printZeroWeights } from './print-weights.ts';
import { printLearn } from './training/print-learn.ts';
import { printSerial, printSerialHeader } from './training/print-serial.ts';
import { printTraining } from './training/print-training.ts';
import { printTrainingHeader } from './training/print-training-header.ts';
import type { TrainingGolden } from './training/print-training-selftest.ts';
import { sharingTables, type Training } from './training/training.ts';

export type BundleFile = { readonly path: string; readonly contents: string | Uint8Array };

/** What the model's own C files are printed from. */
export type ModelInput = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  /** Prefix of every C symbol and file; see checkBundleName. */
  readonly name: string;
  readonly library: KernelLibrary;
  readonly profile: CortexMProfile;
  readonly native: NativeSources;
  /** What the model takes beside numbers. */
  readonly contract: InputContract;
  /** What trains it; null where nothing does. */
  readonly training: Training | null;
};

export type BundleInput = ModelInput & {
  readonly source: BundleSource;
  readonly golden: readonly GoldenVector[];
  /** What its training must come to; null where there is none. */
  readonly trained: TrainingGolden | null;
};

/**
 * The C files of a model, of what makes its inputs and of the boards it can be measured on, and what its build files are printed from.
 * @param contents of the constant tables of the model: zeros are enough to measure a build
 * @throws TinymlError E_PROGRAM for a malformed Program, E_INTERNAL for a plan without memory for the conversions
 */
export function emitModel(
  input: ModelInput,
  contents: 'weights' | 'zeros' = 'weights',
): {
  readonly files: readonly BundleFile[];
  readonly build: BuildInput;
  readonly layout: Layout;
  readonly device: DeviceInput;
} {
  const { program, plan, library, profile, native, contract, training } = input;
  const programs = sharingTables(program, training);
  programs.forEach(verifyProgram);
  const name = checkBundleName(input.name);
  const layout = createLayout(program, plan, name, programs);
  const steps = programs.flatMap((one) => one.steps.filter((step) => askedRowsOf(one, step) === null));
  const used = steps.map((step) => step.kernel);
  const kernels = kernelSources(withFacts(native, steps), used, library, name);
  const board = boardFiles(native, name);
  const device = deviceInputOf(layout.ports, contract);
  const conversions = inputFiles(device, native, name, scratchOffset(plan, device));
  const build: BuildInput = {
    name,
    library,
    core: profile.core,
    coreFlags: compilerFlags(profile),
    board: boardFor(profile.core),
    sources: [
      `${name}.c`,
      `${name}_weights.c`,
      ...(training === null ? [] : [`${name}_training.c`]),
      ...kernels.sources,
      ...conversions.map(({ path }) => path).filter((path) => path.endsWith('.c')),
    ],
    boardSources: board.map((file) => file.path).filter((path) => path.endsWith('.c')),
    macs: Math.max(...programs.map((one) => macsOfSteps(one).reduce((sum, macs) => sum + macs, 0))),
  };
  const printTables = contents === 'weights' ? printWeights : printZeroWeights;
  const files: readonly BundleFile[] = [
    { path: `${name}.h`, contents: printHeader(program, plan, name, layout) },
    { path: `${name}.c`, contents: printModel(program, plan, name, layout, training !== null) },
    { path: `${name}_weights.h`, contents: printWeightsHeader(name, layout, library) },
    { path: `${name}_weights.c`, contents: printTables(name, layout, library) },
    { path: `${name}_firmware.c`, contents: printFirmware(name, device, training?.programs.loss ?? null) },
    ...(training === null ? [] : trainingFiles(training, { plan, layout }, name)),
    ...kernels.files,
    ...conversions,
    ...board,
  ];
  return { files, build, layout, device };
}

function trainingFiles(
  training: Training,
  inference: { readonly plan: MemoryPlan; readonly layout: Layout },
  name: string,
): readonly BundleFile[] {
  const { tensors, inputs } = training.programs.inference;
  const { dtype } = tensors[inputs[0]!.tensor]!;
  return [
    { path: `${name}_training.h`, contents: printTrainingHeader(training, inference, name) },
    { path: `${name}_training.c`, contents: printTraining(training, name) },
    { path: `${name}_learn.c`, contents: printLearn(name, dtype, training.programs.loss) },
    { path: `${name}_serial.h`, contents: printSerialHeader(name, dtype) },
    { path: `${name}_serial.c`, contents: printSerial(name, dtype, training.programs.loss) },
  ];
}

/** Where in the arena conversions may work before the model runs. */
function scratchOffset({ scratch }: MemoryPlan, device: DeviceInput): number {
  const { offset, bytes } = scratch.find(({ step }) => step === -1) ?? { offset: 0, bytes: 0 };
  if (bytes >= inputScratchBytes(device)) return offset;
  throw new TinymlError('E_INTERNAL', 'the plan has no memory for what makes the inputs', {
    at: `${bytes} of ${inputScratchBytes(device)} bytes`,
  });
}

/**
 * The files of a bundle, sorted by path; equal inputs give equal bytes.
 * @throws TinymlError E_USAGE where the name is no usable C identifier
 */
export function emitBundle(input: BundleInput): readonly BundleFile[] {
  const { program, plan, name, library, profile, golden, contract, training, trained } = input;
  const { files: modelFiles, build, layout, device } = emitModel(input);
  const dataIn = dataInOf(device);
  const listed: readonly BundleFile[] = [
    ...modelFiles,
    {
      path: `${name}_selftest.c`,
      contents: printSelftest(golden, name, layout, rowLayersOf(program).size > 0, trained),
    },
    { path: 'Makefile', contents: printMakefile(build) },
    { path: 'CMakeLists.txt', contents: printCmake(build) },
    {
      path: 'README.md',
      contents: printReadme(build, plan, layout, device, dataIn?.tableBytes ?? 0, training),
    },
    ...goldenFiles(golden),
  ];
  const files = [...listed, listingFile(listed.map(({ path }) => path))];
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const estimate = estimateOf(program, profile, library);
  const macs = macsOfSteps(program);
  const manifest: Manifest = {
    schema: MANIFEST_SCHEMA,
    tool: { name: 'tinyml', version: input.source.toolVersion },
    name,
    model: manifestModel(input.source),
    profile: profile.id,
    core: profile.core,
    features: coreFeatures(profile),
    clockHz: profile.clockHz,
    waitStates: waitStates(profile),
    limits: {
      arenaIn: profile.arena,
      arenaBytes: arenaRegion(profile).bytes,
      ramBytes: ramBytes(profile),
      flashBytes: flashBytes(profile),
    },
    library,
    memory: {
      arenaBytes: plan.arenaBytes,
      stateBytes: plan.stateBytes,
      tensorBytes: plan.tensorBytes,
      scratchBytes: plan.scratchBytes,
      livePeakBytes: plan.livePeakBytes,
      peakStep: plan.peakStep,
    },
    flash: { weightsBytes: layout.tableBytes },
    input: {
      ...contract,
      sha256: contractSha256(contract),
      functions: inputFunctions(device, name),
      scratchBytes: dataIn?.scratchBytes ?? 0,
      tableBytes: dataIn?.tableBytes ?? 0,
    },
    inputs: layout.ports.filter((port) => port.direction === 'input').map(manifestPort),
    outputs: layout.ports.filter((port) => port.direction === 'output').map(manifestPort),
    steps: program.steps.map((step, index) => ({
      name: step.name,
      kernel: step.kernel,
      macs: macs[index]!,
      instructions: estimate?.steps[index] ?? null,
      loop: loopOf(program, index)?.first ?? null,
    })),
    vectors: golden.map((vector) => ({
      name: vector.name,
      pattern: vector.pattern,
      starts: vector.starts,
      raw: manifestRaw(vector),
      inputs: vector.inputs.map((_, index) => goldenPath(vector.name, 'input', index)),
      outputs: vector.outputs.map((_, index) => goldenPath(vector.name, 'output', index)),
      layers: vector.layers,
    })),
    training: training === null || trained === null ? null : manifestTraining(training, trained),
    sources: build.sources,
    files: sorted.map(({ path, contents }) => ({
      path,
      bytes: typeof contents === 'string' ? Buffer.byteLength(contents) : contents.length,
      sha256: sha256Of(contents),
    })),
  };
  return [...sorted, { path: MANIFEST_FILE, contents: printManifest(manifest) }];
}

function manifestTraining(
  { programs, learningRate, plan }: Training,
  { trace }: TrainingGolden,
): ManifestTraining {
  const macs = macsOfSteps(programs.step).reduce((sum, one) => sum + one, 0);
  const state = programs.step.tensors.flatMap(({ name, dtype, storage }, id) => {
    if (storage.kind !== 'state') return [];
    const { offset, bytes } = plan.placements.find(({ tensor }) => tensor === id)!;
    const shared =
      id !== programs.counter && id !== programs.meanLoss && !isSumName(name) && !isReplayName(name);
    return [{ name, dtype, offset, bytes, shared }];
  });
  const { loss } = programs;
  const classes = loss.kind === 'cross-entropy' ? loss.classes : null;
  return { classes, learningRate, macs, state, ...trace };
}

function manifestPort({ name, details, onnxShape, layout, bytes, streamed }: Port): ManifestPort {
  return {
    name,
    dtype: details.dtype,
    shape: details.shape,
    onnxShape,
    layout,
    scale: details.quant?.scale ?? null,
    zeroPoint: details.quant?.zeroPoint ?? null,
    bytes,
    streamed: streamed === null ? null : manifestRows(streamed),
  };
}

function manifestRows({ rows, rowElements, mostRows, rowsRead }: StreamedInput): ManifestPort['streamed'] {
  return { rows, rowBytes: rowElements, mostRows, rowsRead };
}

/** Start-up code, linker scripts and measuring code of the emulated boards. */
function boardFiles(native: NativeSources, name: string): readonly { path: string; contents: string }[] {
  return [...native]
    .filter(([path]) => path.startsWith('mcu/'))
    .map(([path, text]) => ({
      path: prefixed(path, name),
      contents: prefixed(path.endsWith('.c') ? onBoardsOnly(text) : text, name),
    }));
}

/** A C file that is nothing elsewhere: projects have start-up code of their own, and may compile every file of a folder. */
function onBoardsOnly(text: string): string {
  return `#include <stdint.h>\n\n#ifdef TINYML_SELFTEST_BOARD\n${text}#endif\n`;
}

function manifestRaw({ name, pattern, raw }: GoldenVector): ManifestVector['raw'] {
  if (raw === null) return null;
  const { kind, width, height, data } = raw;
  const files = pattern === 'recorded' ? data.map((_, index) => goldenPath(name, 'raw', index)) : null;
  return { kind, width, height, files };
}

function goldenFiles(golden: readonly GoldenVector[]): readonly BundleFile[] {
  return golden.flatMap(({ name, pattern, raw, inputs, outputs }) => [
    ...(pattern === 'recorded' && raw !== null
      ? raw.data.map((contents, index) => ({ path: goldenPath(name, 'raw', index), contents }))
      : []),
    ...inputs.map((contents, index) => ({ path: goldenPath(name, 'input', index), contents })),
    ...outputs.map((contents, index) => ({ path: goldenPath(name, 'output', index), contents })),
  ]);
}
