/** What the rest of the house knows of a target: everything that depends on where a model runs is behind this type. */
import type { Sample } from '../data/types.ts';
import type { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import type { KernelLibrary } from '../program/implementation.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import type { Scheme } from '../quantize/scheme.ts';

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

export type Target = {
  /** Id of its profile. */
  readonly id: string;
  /** How it wants its integers. */
  readonly scheme: Scheme;
  /**
   * A quantised graph with the operators and codes that it computes with. Law: the Program of the result computes the same
   * integers.
   */
  readonly forms: (graph: Graph) => Graph;
  readonly support: (subject: Subject) => Support;
  /** Null where it takes the file of `quantize` itself. */
  readonly emit: Emitter | null;
  /** Runs a bundle that it made, here. Null where that cannot be. */
  readonly verify: Verify | null;
};

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
  /** For people. */
  readonly text: string;
  /** The same for programs, `macs` included. */
  readonly facts: object;
};

/** Some of something, e.g. nodes or multiply-accumulates. */
export type Part = { readonly integer: number; readonly total: number };

export type Emitter = {
  /**
   * Makes a quantised graph ready for the target: lowers, splits and plans as it needs.
   * @throws TinymlError E_OP, E_QUANT for what it cannot run
   */
  readonly prepare: (graph: Graph, options: EmitOptions) => Deployment;
  /** What a folder holds that is no part of a bundle in it, as paths relative to it, sorted. */
  readonly foreignFiles: (folder: string) => readonly string[];
};

export type EmitOptions = {
  readonly library: KernelLibrary;
  /** Of the search for a memory plan. */
  readonly seed: number;
};

/** A model made ready for a target: what it takes there, and its files. */
export type Deployment = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly library: KernelLibrary;
  readonly machine: Machine;
  /** Why it does not fit, and what would help; null where it fits. @param codeBytes size of the code; 0 where it is not known */
  readonly misfit: (codeBytes: number) => TinymlError | null;
  /** RAM and flash of the smallest firmware with the model; null where it cannot be built here. @param jobs compilers at once */
  readonly measure: (
    jobs: number,
  ) => Promise<{ readonly ramBytes: number; readonly flashBytes: number } | null>;
  readonly bundle: (input: BundleRequest) => Bundle;
};

/** What a Deployment runs on. */
export type Machine = {
  readonly id: string;
  readonly name: string;
  readonly core: string;
  /** The memory that takes the arena, and its size; the size of all flash. */
  readonly arena: string;
  readonly ramBytes: number;
  readonly flashBytes: number;
};

export type BundleRequest = {
  /** Prefix of every symbol and file: a C identifier. */
  readonly name: string;
  /** SHA-256 of the model file, and the version of tinyml. */
  readonly source: { readonly sha256: string; readonly toolVersion: string };
  /** Real samples for the self-test, in ONNX order. */
  readonly samples: readonly Sample[];
  /** Length of the generated sequences, where the model has state. */
  readonly frames: number;
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
  /** Compilers at once. */
  readonly jobs: number;
};

export type Verification = {
  readonly name: string;
  readonly profile: string;
  readonly library: string;
  /** The core on which costs are held against limits. */
  readonly boardCore: string;
  /** Of all runs. */
  readonly bitExact: boolean;
  readonly runs: readonly VerifiedRun[];
  /** Machines that were to run it, whose memory does not hold it. */
  readonly unfit: readonly Unfit[];
  /** Set where a machine that had to run it is among them. */
  readonly missed: TinymlError | null;
};

export type VerifiedRun = {
  readonly core: string;
  readonly machine: string | null;
  readonly vectors: readonly {
    readonly name: string;
    readonly bitExact: boolean;
    readonly mismatch: object | null;
    readonly layer: { readonly index: number; readonly name: string } | null;
  }[];
  readonly bitExact: boolean;
  /** Of one inference, the most of all vectors. */
  readonly instructions: number | null;
  /** Of a model with state. */
  readonly sequences: readonly VerifiedSequence[];
  readonly stackBytes: number | null;
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
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
