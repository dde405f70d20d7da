/** What the rest of the house knows of a target: everything that depends on where a model runs is behind this type. */
import type { IndexedDataset, Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import type { PredictAll } from '../execute/predict.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import type { InputContract } from '../input/contract.ts';
import type { BoundInputs } from '../passes/bound-inputs.ts';
import type { GivenInputs } from '../passes/given-inputs.ts';
import type { Form, FormBytes, InputForm, KernelLibrary, Optimise } from '../program/implementation.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import type { ProgramDType } from '../program/types.ts';
import type { WholeTensor } from '../program/whole-tensors.ts';
import type { QuantizeModel, QuantizeRequest } from '../quantize/quantize-model.ts';
import type { Scheme } from '../quantize/scheme.ts';
import type { TrainerOptions } from '../train/options.ts';

export type Target = {
  /** Id of its profile. */
  readonly id: string;
  /** In one line, what it is and how it is used. */
  readonly title: string;
  /** From a float graph to the file that it takes. */
  readonly quantize: QuantizeModel;
  /** The integers that it computes every layer in; null where it has rules of its own for which layers are, and how. */
  readonly scheme: Scheme | null;
  /** Whether single layers may be left in float32 (`QuantizeRequest.float`). */
  readonly floatLayers: boolean;
  /** Runs a file here as the target computes it. @param jobs threads */
  readonly predict: (subject: Subject, jobs: number) => PredictAll;
  /** In words, how near to the target that is. */
  readonly predicted: string;
  readonly support: (subject: Subject) => Support;
  /** Null where it takes the file of `quantize` itself. */
  readonly emit: Emitter | null;
  /** Rules that its builder has for files; null where it has none. */
  readonly lint: Linter | null;
  /** Reads what a profiler wrote there; null where there is none. */
  readonly times: ReadTimes | null;
};

/** How a target is to be used, as the command line says it: each target knows what of it is meant for it. */
export type TargetSettings = {
  /** JetPack on a Jetson, e.g. 6.2. */
  readonly jetpack?: string;
  /** What a model is computed in where nothing of it says otherwise. */
  readonly precision?: 'int8' | 'fp16' | 'fp32';
  /** Power mode by name, e.g. 15W. */
  readonly powerMode?: string;
  /** Core of the deep learning accelerator that is to run what it can. */
  readonly dla?: number;
  /** Bytes that a builder may use. */
  readonly workspace?: number;
};

/** As the command line calls them. */
const SETTING_OPTIONS: Readonly<Record<keyof TargetSettings, string>> = {
  jetpack: 'jetpack',
  precision: 'precision',
  powerMode: 'power-mode',
  dla: 'dla',
  workspace: 'workspace',
};

/** For targets that have none. @throws TinymlError E_USAGE naming all that were given */
export function requireNoSettings(id: string, settings: TargetSettings): void {
  const given = Object.keys(settings).map((name) => `--${SETTING_OPTIONS[name as keyof TargetSettings]}`);
  if (given.length === 0) return;
  throw new TinymlError('E_USAGE', `${id} has no such setting`, {
    at: given,
    hint: 'leave it out: it is for Jetson modules',
  });
}

/** A model to be judged. */
export type Subject = {
  readonly model: ImportedModel;
  /** `model`, prepared; in float or quantised. */
  readonly graph: Graph;
  /** Whether `graph` is in float: it is judged as if it were quantised. */
  readonly float: boolean;
  /** Sizes of symbolic dimensions. */
  readonly dims: Readonly<Record<string, number>>;
};

/** What of a model runs on a target, and how. */
export type Support = {
  /** Id of the target. */
  readonly target: string;
  readonly nodes: readonly NodeSupport[];
  /** How much is computed in integers; null where nothing else is possible. */
  readonly integer: { readonly nodes: Part; readonly macs: Part } | null;
  /** All that cannot run; null where everything can. */
  readonly failure: TinymlError | null;
};

export type NodeSupport = {
  readonly name: string;
  readonly op: string;
  /** Multiply-accumulates; null where `integer` of the Support is. */
  readonly macs: number | null;
  /** Why it cannot run, and what to do about this node; null where it can. */
  readonly refused: Refused | null;
  /** For people. */
  readonly text: string;
  /** The same for programs, `macs` included. */
  readonly facts: object;
};

type Refused = {
  readonly why: string;
  /** Null where nothing but another model helps. */
  readonly wayOut: string | null;
};

/** Some of something, e.g. nodes or multiply-accumulates. */
export type Part = { readonly integer: number; readonly total: number };

export type Emitter = {
  /**
   * Makes a model ready for the target: quantises, lowers, splits and plans as it needs.
   * @throws TinymlError E_OP, E_QUANT for what it cannot run
   */
  readonly prepare: (subject: Subject, options: EmitOptions) => Promise<Deployment>;
  /** What a model needs, a float one once it is quantised; null where the device plans memory itself. */
  readonly assess: Assess | null;
  /** What a folder holds that is no part of a bundle in it, as paths relative to it, sorted. */
  readonly foreignFiles: (folder: string) => readonly string[];
};

/** @throws TinymlError E_OP, E_QUANT for what it cannot run */
export type Assess = (
  subject: Pick<Subject, 'graph' | 'float'>,
  options: AssessOptions,
) => Assessment & {
  /** What it would take, optimised for something else. */
  readonly optimised: (optimise: Optimise) => Planned;
  /** What it would take in another form, whatever the limit of RAM; null where it has none. */
  readonly inForm: (form: Form) => Planned | null;
};

export type AssessOptions = {
  readonly library: KernelLibrary;
  /** Default: balanced. */
  readonly optimise?: Optimise | undefined;
  /** Bytes that the arena may have: a plan takes no more where it can; default: any. */
  readonly maxRam?: number | undefined;
  /** Whether the input lies in the arena, or comes in rows of the caller; default: resident. */
  readonly input?: InputForm | undefined;
  /** Of the search for a memory plan. */
  readonly seed: number;
  /** Random placements beside the greedy ones (program/plan.ts): fewer are faster, and may give a larger arena. */
  readonly restarts?: number;
};

/** What a model needs on a device, before anything is emitted. */
export type Assessment = {
  readonly planned: Planned;
  /** As that of a Deployment. */
  readonly misfit: (codeBytes: number) => TinymlError | null;
};

export type EmitOptions = AssessOptions & {
  /** Threads that compute. */
  readonly jobs: number;
  /** With what a float model is quantised first; null to take it as it is. */
  readonly calibration: Calibration | null;
  /** The float form of a quantised model, where it is at hand. */
  readonly float: Subject | null;
  /** How the device is to train the model; null where it only infers. */
  readonly training: TrainingRequest | null;
};

export type TrainingRequest = {
  /** Of steps of one sample. */
  readonly trainer: TrainerOptions;
  /** Of the self-test, and what the bundle advises. */
  readonly learningRate: number;
};

/** Real samples, and how a model is quantised with them. */
export type Calibration = {
  readonly samples: () => AsyncIterable<Sample>;
  readonly request: QuantizeRequest;
};

/** A model made ready for a target: what it takes there, and its files. */
export type Deployment = {
  /** Null where the device plans memory itself. */
  readonly planned: Planned | null;
  /** Why it does not fit, and what would help; null where it fits. @param codeBytes size of the code; 0 where it is not known */
  readonly misfit: (codeBytes: number) => TinymlError | null;
  readonly bundle: (input: BundleRequest) => Promise<Bundle>;
  /** What is told of a bundle of it. @param folder where it lies @param files how many they are */
  readonly describe: (name: string, folder: string, files: number) => Description;
};

/** A model whose memory is planned here. */
export type Planned = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  /** What is whole at the peak, and why it does not go by rows: found when it is asked for, since candidates are planned by thousands. */
  readonly whole: () => readonly WholeTensor[];
  /** The form of the fewest bytes, whatever the limit of RAM; null where there is but one. */
  readonly least: (() => FormBytes) | null;
  readonly library: KernelLibrary;
  readonly machine: Machine;
  /** Null where inputs are given as they are, and classes have no names. */
  readonly dataIn: DataIn | null;
  /** Whether it is known what is done to data: else nothing that makes inputs is counted. */
  readonly described: boolean;
  /** Bytes of RAM that are missing for the arena, and for samples that are held whole beside it; 0 where they fit. */
  readonly missingRamBytes: number;
  /** Null where it has a kernel of which nothing is known. */
  readonly estimate: Estimate | null;
  /** RAM and flash of the smallest firmware with the model; null where it cannot be built here. @param jobs compilers at once */
  readonly measure: (
    jobs: number,
  ) => Promise<{ readonly ramBytes: number; readonly flashBytes: number } | null>;
};

/** What firmware has beside the network for one inference: what makes its inputs of data of the device, and names of classes. */
export type DataIn = {
  /** What the first input is made of, e.g. `pcm16`; null where inputs are given as they are. */
  readonly from: string | null;
  /** Bytes of the arena that it works in before the network runs. */
  readonly scratchBytes: number;
  /** Constant tables in flash, names of classes included. */
  readonly tableBytes: number;
  /** Samples of sound that an application holds for it; 0 where it is given something else. Part of no total. */
  readonly sampleBytes: number;
  /** Whether they must lie in RAM all at once, because every frame depends on all of them: then a device needs room for them. */
  readonly wholeSamples: boolean;
};

/**
 * Lines that say what of the arena, the tables and the instructions is not the network's; none where nothing is.
 * @param instructions predicted; null where they are not known
 */
export function dataInFields(
  { from, scratchBytes, tableBytes, sampleBytes, wholeSamples }: DataIn,
  instructions: number | null,
): readonly (readonly [name: string, value: string])[] {
  const parts = [
    ...(scratchBytes === 0 ? [] : [`${formatCount(scratchBytes)} B of the arena, before the network runs`]),
    ...(tableBytes === 0 ? [] : [`${formatCount(tableBytes)} B of the tables`]),
    ...(instructions === null || instructions === 0
      ? []
      : [`${formatCount(instructions)} of the instructions`]),
    ...(sampleBytes === 0
      ? []
      : [
          `the ${formatCount(sampleBytes)} B of samples are the application's${wholeSamples ? ', and have to fit beside the arena' : ''}`,
        ]),
  ];
  return parts.length === 0 ? [] : [[from === 'pcm16' ? 'front end' : 'data in', parts.join(', ')]];
}

/** What an inference takes on a device, predicted before anything is built. */
export type Estimate = {
  /** All together. */
  readonly instructions: number;
  /** Of each step of the Program. */
  readonly steps: readonly number[];
  /** What makes an input of sound; 0 where it is made of something else. */
  readonly input: number;
  readonly clockHz: number;
  /** Milliseconds at that clock. */
  readonly ms: TimeRange;
};

/** How long something takes: at least, most likely, at most. */
export type TimeRange = { readonly low: number; readonly likely: number; readonly high: number };

/** For programs, and for people: names of values, and values. */
export type Description = {
  readonly json: object;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What is likely missed in it. */
  readonly warnings: readonly Warning[];
};

/** What a Deployment runs on. */
type Machine = {
  readonly id: string;
  readonly name: string;
  readonly core: string;
  /** Whether it computes float32 in hardware. */
  readonly fpu: boolean;
  /** The memory that takes the arena, and its size; the size of all flash. */
  readonly arena: string;
  readonly ramBytes: number;
  /** Whatever an application does, an inference has a stack of about this at least. */
  readonly leastStackBytes: number;
  readonly flashBytes: number;
};

/** What a bundle was made of, and by what. */
export type BundleSource = {
  /** Of the model file. */
  readonly sha256: string;
  /** Inputs of the model that are constants here. */
  readonly bound: BoundInputs;
  readonly toolVersion: string;
};

/** A source as manifests state it, beside the version of tinyml. */
export type ManifestModel = {
  readonly sha256: string;
  /** Elements of each input that was bound; absent where none was. */
  readonly bound?: Readonly<Record<string, readonly number[]>> | undefined;
};

export function manifestModel({ sha256, bound }: BundleSource): ManifestModel {
  return bound.size === 0 ? { sha256 } : { sha256, bound: Object.fromEntries(bound) };
}

export type BundleRequest = {
  /** Prefix of every symbol and file: a C identifier. */
  readonly name: string;
  readonly source: BundleSource;
  /** Real samples for the self-test, in ONNX order. */
  readonly samples: readonly Sample[];
  /** Length of the generated sequences, where the model has state. */
  readonly frames: number;
  /** What was done to data before the model saw it, and the names of its classes, as far as they are known. */
  readonly input: InputContract;
};

/** Frames of each generated sequence of a model with state, where no other number is asked for. */
export const GOLDEN_FRAMES = 8;

export type Bundle = {
  /** Paths relative to the folder of the bundle, with `/`. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** The file that stands for all of them. */
  readonly main: string;
};

/** @param folder a bundle @throws TinymlError E_FILE, E_BUNDLE, E_TOOLCHAIN, E_MISMATCH where a run does not come to its end */
export type Verify = (folder: string, options: VerifyOptions) => Promise<Verification>;

export type VerifyOptions = {
  /** Where to run: `host`, `qemu`, or emulated boards by name. */
  readonly on: readonly string[];
  /** Also compare the output of every layer. */
  readonly layers: boolean;
  /** Steps of training before parameters are saved, and as many behind; null for as many as the bundle says. */
  readonly steps: number | null;
  /** What firmware that trains is to learn beside that; null for nothing. */
  readonly learning: LearningRequest | null;
  /** Compilers at once. */
  readonly jobs: number;
  /** What the device wrote of its own run; null where the bundle is run here. */
  readonly results: string | null;
  /** Of one inference in `results`, the median; null for any. */
  readonly maxLatencyMs: number | null;
  /** Called with what is done next, in a few words. */
  readonly onStage?: (stage: string) => void;
};

/** Samples that firmware learns, one a step, from its first values on. */
export type LearningRequest = {
  /** @param input of the bundle @throws TinymlError E_DATA for data that do not fit it */
  readonly open: (input: LearningInput) => Promise<LearningData>;
  /** Passes over the samples. */
  readonly epochs: number;
  /** Steps between two measurements; null for a tenth of all. */
  readonly every: number | null;
  /** Null for that of the bundle. */
  readonly learningRate: number | null;
  /** Of the order of the samples. */
  readonly seed: number;
};

/** What data for a bundle have to be, and are made into. */
export type LearningInput = InputContract & {
  readonly name: string;
  /** In ONNX axis order. */
  readonly shape: readonly number[];
  /** Null where samples are their own targets. */
  readonly classes: number | null;
};

/** `tests` are measured and not learned; null for none. */
export type LearningData = { readonly samples: IndexedDataset; readonly tests: IndexedDataset | null };

/** What was learned on one machine. */
export type LearningCurve = {
  /** Before the first step, after every so many, and behind the last. */
  readonly points: readonly LearningPoint[];
  /** Executed by one step, the most of all; null where nothing counted them. */
  readonly instructions: number | null;
};

type LearningPoint = {
  /** Steps made. */
  readonly step: number;
  /** CRC-32 of the state, and of all results since the point before. */
  readonly state: number;
  readonly results: number;
  /** Of the samples since the point before, each before it was learned; null before the first. */
  readonly learned: LearningTally | null;
  /** Null without tests. */
  readonly tested: LearningTally | null;
  /** Steps since the point before that said that training diverges. */
  readonly diverging: number;
};

export type LearningTally = {
  readonly samples: number;
  /** Null where samples have no classes. */
  readonly correct: number | null;
  /** Steps that were refused (`<name>_training_status`). */
  readonly refused: number;
  /** Mean of those that were not refused: cross-entropy in nats, or the squared error of reconstructions; null where all were. */
  readonly loss: number | null;
  /**
   * Of tests that are reconstructed: the share of pairs, one of class 0 and one of another, whose other has the larger error, ties counted half (area under the
   * ROC curve). Null where there are no such pairs.
   */
  readonly auc: number | null;
};

/** What was seen of a bundle: of firmware that ran here, or of an engine that ran on its board. */
type Verification = FirmwareVerification | EngineVerification;

export type FirmwareVerification = {
  readonly kind: 'firmware';
  readonly name: string;
  readonly profile: string;
  readonly library: string;
  /** The core on which costs are held against limits. */
  readonly boardCore: string;
  /** The core whose code its device runs, and its firmware where that was linked and not run. */
  readonly ownCore: string;
  readonly linked: LinkedSizes | null;
  /** Names of the layers that compute in float32. */
  readonly floatLayers: readonly string[];
  /** Of all runs. */
  readonly bitExact: boolean;
  readonly runs: readonly VerifiedRun[];
  /** What it needs of the memories of the device that it was made for; null where the bundle does not say what that has. */
  readonly fit: DeviceFit | null;
  /** Machines that were to run it, whose memory does not hold it. */
  readonly unfit: readonly Unfit[];
  /** Set where it does not fit its device, or a machine that had to run it is among these. */
  readonly missed: TinymlError | null;
  /** Of one inference on the target, estimated from the instructions; null where its clock or its instructions are not known. */
  readonly ms: TimeRange | null;
};

export type LinkedSizes = {
  readonly core: string;
  readonly ramBytes: number;
  readonly flashBytes: number;
  readonly stackBytes: number | null;
};

/** Firmware beside the memories of its device. */
export type DeviceFit = {
  /** Whether firmware was linked: else flash is the tables alone, and RAM the arena. */
  readonly linked: boolean;
  readonly fits: boolean;
  /** RAM counts the stack of one inference. */
  readonly memories: readonly DeviceMemory[];
};

export type DeviceMemory = {
  readonly kind: 'flash' | 'RAM' | 'arena';
  /** In words. */
  readonly memory: string;
  readonly neededBytes: number;
  readonly limitBytes: number;
};

export type EngineVerification = {
  readonly kind: 'engine';
  readonly name: string;
  readonly profile: string;
  /** For programs. */
  readonly json: object;
  /** For people, by line. */
  readonly text: readonly string[];
};

/** Bytes of a tensor that differ: how many, and of the first its place, what it must be and what it is. */
export type ByteMismatch = {
  readonly differing: number;
  readonly byte: number;
  readonly expected: number;
  readonly got: number;
};

export type VerifiedRun = {
  readonly core: string;
  readonly machine: string | null;
  /** Of the machine: its own, or, where that does not hold the program, the external one; null on this machine. */
  readonly memory: 'own' | 'external' | null;
  readonly vectors: readonly {
    readonly name: string;
    readonly bitExact: boolean;
    readonly mismatch: ByteMismatch | null;
    /** The input that a conversion made of raw data; null where it is given as it is. */
    readonly conversion: {
      readonly kind: string;
      readonly bitExact: boolean;
      readonly mismatch: ByteMismatch | null;
      /** Executed; null where nothing counted them. */
      readonly instructions: number | null;
    } | null;
    readonly layer: { readonly index: number; readonly name: string } | null;
  }[];
  readonly bitExact: boolean;
  /** What its training came to; null where it has none. */
  readonly training: VerifiedTraining | null;
  /** What it learned; null where nothing was asked for. */
  readonly learning: LearningCurve | null;
  /** Of one inference, the most of all vectors, an input of sound made of samples included. */
  readonly instructions: number | null;
  /** Of these what makes such an input; null without one. */
  readonly inputInstructions: number | null;
  /** Of the network alone, of a model with state. */
  readonly sequences: readonly VerifiedSequence[];
  /** In their order, where layers were compared and counted. */
  readonly layers: readonly CountedLayers[];
  readonly stackBytes: number | null;
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
};

/** Steps of training, then parameters saved, reset, loaded in bad and good records, and as many steps more. */
export type VerifiedTraining = {
  /** All together. */
  readonly steps: number;
  /** Every byte of the state after every step, results and scores, and what became of each record. */
  readonly bitExact: boolean;
  /** The first step (from 1) that differs, in its state or else in what it gave; null where none does. */
  readonly mismatch: { readonly step: number; readonly what: 'state' | 'results' } | null;
  /** Records of parameters that were not judged as they should. */
  readonly records: readonly { readonly record: string; readonly expected: number; readonly got: number }[];
  /** Executed by one step, the most of all; null where nothing counted them. */
  readonly instructions: number | null;
};

/** Layers that were counted together: one, or those of a loop. */
export type CountedLayers = {
  /** Indices of the first and the last. */
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
  readonly kernels: readonly string[];
  /** Of all of them, for the target; null where it is not known. */
  readonly predicted: number | null;
  /** Executed, the most of all vectors. */
  readonly instructions: number;
};

/** Frames one after another from the first state on. */
export type VerifiedSequence = {
  /** Pattern of its inputs. */
  readonly name: string;
  readonly frames: number;
  /** Executed for the frames; null where nothing counted them. `mean` is rounded. */
  readonly instructions: {
    readonly mean: number;
    readonly most: number;
    readonly perFrame: readonly number[];
  } | null;
};

type Unfit = {
  readonly core: string;
  readonly machine: string;
  /** The memory that is short, the bytes of it that are needed, and those that are there. */
  readonly memory: 'flash' | 'RAM';
  readonly neededBytes: number;
  readonly availableBytes: number;
};

/** In words, what is short. */
export function shortageText({ memory, neededBytes, availableBytes }: Unfit): string {
  return `it needs ${formatCount(neededBytes)} bytes of ${memory}, the board has ${formatCount(availableBytes)}`;
}

/** Reads a model file, and says what of it goes against the rules. @throws TinymlError E_FILE, E_NOT_ONNX and the like */
export type Linter = {
  readonly lint: (path: string, options: LintOptions) => Promise<LintResult>;
  /** The same, with what can be repaired repaired. */
  readonly fix: (path: string, options: LintOptions) => Promise<LintFix>;
};

type LintOptions = {
  /** Sizes of symbolic dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  readonly given: GivenInputs;
  /** A file of scales that its builder is to take with the model; null for none. */
  readonly cache: string | null;
};

export type LintResult = {
  readonly findings: readonly LintFinding[];
  /** For people. @param all names every place */
  readonly text: (all: boolean) => string;
  /** The findings as a SARIF 2.1.0 log, for code hosts. */
  readonly sarif: () => object;
};

/** What of a file goes against a rule. */
export type LintFinding = {
  readonly rule: string;
  /** `error`: nothing is built of it; `warning`: it is slower or less exact than it need be; `note`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Names of the nodes, first the one to look at; of tensors, lines of a cache or the file where there are none. */
  readonly at: readonly string[];
  /** One sentence: what is wrong. */
  readonly message: string;
  /** Why that matters on the target. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
  /** Whether `fix` of the linter does it. */
  readonly fixable: boolean;
};

type LintFix = {
  readonly bytes: Uint8Array;
  /** What was changed, a sentence each. */
  readonly changes: readonly string[];
  /** Of the repaired file. */
  readonly after: LintResult;
};

/** @param model the graph that was run; null where it is not at hand @throws TinymlError E_FILE, E_DATA */
export type ReadTimes = (files: TimeFiles, model: Subject | null) => TimeReport;

type TimeFiles = {
  readonly profile: string;
  /** What the layers are; null where that is not known. */
  readonly layers: string | null;
  /** Times of whole inferences; null where they are not known. */
  readonly times: string | null;
};

/** Where the time of an inference goes on a device. */
export type TimeReport = {
  readonly target: string;
  /** Inferences that the times of layers are means of. */
  readonly runs: number;
  /** All layers together. */
  readonly totalMs: number;
  readonly inferences: Inferences | null;
  /** Longest first, as all that follow. */
  readonly kinds: readonly TimeShare[];
  /** Empty where precisions are not known. */
  readonly precisions: readonly TimeShare[];
  /** Layers that change layout or precision alone. */
  readonly reformat: TimeShare;
  /** Layers that compute in something else; null where no layer is in int8. */
  readonly outOfInt8: TimeShare | null;
  readonly layers: readonly TimedLayerReport[];
  readonly findings: readonly TimeFinding[];
};

/** Medians, in milliseconds. */
export type Inferences = {
  readonly count: number;
  readonly latencyMs: number;
  readonly p99Ms: number;
  readonly computeMs: number;
  readonly enqueueMs: number;
};

export type TimeShare = {
  readonly label: string;
  readonly layers: number;
  readonly ms: number;
  /** Of all layers, in [0, 1]. */
  readonly share: number;
};

export type TimedLayerReport = {
  readonly name: string;
  readonly kind: string;
  /** Null where it is not known. */
  readonly precision: string | null;
  readonly ms: number;
  readonly share: number;
  /** Of the model. */
  readonly nodes: readonly string[];
  readonly macs: number | null;
  /** What the device needs for it at least; null where its peak or the work is not known. */
  readonly leastMs: number | null;
};

export type TimeFinding = {
  readonly message: string;
  /** Layers. */
  readonly at: readonly string[];
  readonly remedy: string;
};

/** A tensor of the state; `offset` in the state, and so in a record of parameters behind its header. */
export type StateTensor = {
  readonly name: string;
  readonly dtype: ProgramDType;
  readonly offset: number;
  readonly bytes: number;
  /** Whether it is of the model; others, as the number of steps, are of the one device. */
  readonly shared: boolean;
};

/** Firmware of a bundle that learns in a fleet. */
export type FleetFirmware = {
  readonly name: string;
  /** What it takes, and how many classes it tells apart. */
  readonly input: LearningInput;
  readonly state: readonly StateTensor[];
  /**
   * Builds it for this machine, in a folder that is there until `body` has ended.
   * @throws TinymlError E_TOOLCHAIN
   */
  readonly emulate: <T>(body: (device: EmulatedDevice) => Promise<T>) => Promise<T>;
};

/** How a device is started that sees these samples, in this order, and tests with those: its standard input and output are its line. */
export type EmulatedDevice = (
  samples: SensorPart,
  tests: SensorPart,
) => { readonly program: string; readonly args: readonly string[] };

export type SensorPart = { readonly set: IndexedDataset | null; readonly indices: readonly number[] };
