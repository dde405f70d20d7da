/**
 * The manifest of a bundle: what it was made from, what it holds, what it needs. Plain JSON. Kept apart from its schema
 * so that zod is loaded only where a manifest is read.
 */
import type { Preprocess } from '../../data/preprocess.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import type { CoreFeatures, KernelLibrary } from '../../program/implementation.ts';
import type { ProgramDType } from '../../program/types.ts';
import type { ManifestModel, StateTensor } from '../target.ts';
import type { GoldenVector } from './golden.ts';
import type { RawKind } from './input/raw.ts';
import type { TrainingStep } from './training/trace.ts';

export const MANIFEST_SCHEMA = 1;

export type ManifestPort = {
  readonly name: string;
  readonly dtype: ProgramDType;
  readonly shape: readonly number[];
  readonly onnxShape: readonly number[];
  readonly layout: readonly number[];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
  readonly bytes: number;
  /** Of an input that comes in rows: how many there are, bytes of one, how many at a time at most, and how many are asked for; null where it lies in the arena. */
  readonly streamed: {
    readonly rows: number;
    readonly rowBytes: number;
    readonly mostRows: number;
    readonly rowsRead: number;
  } | null;
};

type ManifestStep = {
  readonly name: string;
  readonly kernel: string;
  readonly macs: number;
  /** Predicted for the profile, all blocks of a loop together; null where nothing was measured of a kernel, and in bundles of older versions. */
  readonly instructions: number | null;
  /** First step of the loop that it is part of; null outside of loops. */
  readonly loop: number | null;
};

export type ManifestVector = {
  readonly name: string;
  readonly pattern: GoldenVector['pattern'];
  /** False where the state of the vector before goes on. */
  readonly starts: boolean;
  /** What conversions make the inputs of; null where the inputs are given as they are. */
  readonly raw: ManifestRaw | null;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly layers: readonly (number | null)[];
};

/** Data as a device has them. `files` is null where the self-test makes them by itself, which is of noise; sizes are 0 without an image. */
type ManifestRaw = {
  readonly kind: RawKind;
  readonly width: number;
  readonly height: number;
  readonly files: readonly string[] | null;
};

/** What the model takes beside numbers, and the functions that make its input of data of a device. */
type ManifestInput = {
  readonly preprocess: Preprocess | null;
  readonly labels: readonly string[];
  /** Of the canonical JSON of both. */
  readonly sha256: string;
  readonly functions: readonly string[];
  /** Bytes of the arena that these work in before the model runs. */
  readonly scratchBytes: number;
  /** Of the tables in flash of the conversion that the smallest firmware calls, and of the names of classes. */
  readonly tableBytes: number;
};

/** Bytes of the memory that takes the arena, of all RAM and of all flash. */
type ManifestLimits = {
  readonly arenaIn: string;
  readonly arenaBytes: number;
  readonly ramBytes: number;
  readonly flashBytes: number;
};

/** Sums as in TrainingStep. */
export type ManifestTraining = {
  /** Null where samples are their own targets. */
  readonly classes: number | null;
  readonly learningRate: number;
  /** Multiply-accumulates of a step. */
  readonly macs: number;
  /** What is kept from step to step; empty in bundles of older versions. */
  readonly state: readonly StateTensor[];
  readonly first: number;
  readonly steps: readonly TrainingStep[];
};

type ManifestFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

export type Manifest = {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly tool: { readonly name: 'tinyml'; readonly version: string };
  readonly name: string;
  readonly model: ManifestModel;
  readonly profile: string;
  readonly core: CortexMCore;
  readonly features: CoreFeatures;
  /** Highest clock of the device, in Hz, as its profile says; null in bundles of older versions. */
  readonly clockHz: number | null;
  /** Of its flash at that clock; null where the profile does not say, and in bundles of older versions. */
  readonly waitStates: number | null;
  /** What the device has, as its profile says; null in bundles of older versions. */
  readonly limits: ManifestLimits | null;
  readonly library: KernelLibrary;
  readonly memory: {
    readonly arenaBytes: number;
    /** The first bytes of the arena, which survive from run to run. */
    readonly stateBytes: number;
    readonly tensorBytes: number;
    readonly scratchBytes: number;
    readonly livePeakBytes: number;
    readonly peakStep: number;
  };
  readonly flash: { readonly weightsBytes: number };
  /** Null in bundles of older versions. */
  readonly input: ManifestInput | null;
  readonly inputs: readonly ManifestPort[];
  readonly outputs: readonly ManifestPort[];
  readonly steps: readonly ManifestStep[];
  readonly vectors: readonly ManifestVector[];
  /** What training on the vectors in turn comes to; null where nothing is trained. */
  readonly training: ManifestTraining | null;
  /** C files that make up the library of the model, in the order the Makefile lists them. */
  readonly sources: readonly string[];
  /** Every file of the bundle but this one, sorted by path. */
  readonly files: readonly ManifestFile[];
};

/** Stored readable and in a fixed order: equal bundles have equal bytes. */
export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}
