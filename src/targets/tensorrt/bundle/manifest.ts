/**
 * The manifest of a bundle: what it was made from, for what, what it holds and what is expected of it. Plain JSON. Kept apart from its schema
 * so that zod is loaded only where a manifest is read.
 */
import { contractEntry, type InputContract } from '../../../input/contract.ts';
import { sha256Of } from '../../../numbers/sha256.ts';
import { MANIFEST_FILE } from '../../bundle-folder.ts';
import { type ManifestModel, manifestModel } from '../../target.ts';
import type { LayerPrecision } from '../release/model.ts';
import type { Precision } from '../release/platform.ts';
import { type Typing, typingOf } from '../release/typing.ts';
import { cachedRanges } from './calibration-cache.ts';
import type { BundleFile, BundleInput, BundlePort, ExpectedAccuracy } from './input.ts';
import { firstThreshold } from './pass/types.ts';
import * as paths from './paths.ts';

export const MANIFEST_SCHEMA = 2;

export type ManifestCase = {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tolerances: readonly number[];
};

export type Manifest = {
  readonly kind: 'tensorrt';
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly tool: { readonly name: 'tinyml'; readonly version: string };
  readonly name: string;
  readonly model: ManifestModel;
  readonly target: {
    readonly profile: string;
    readonly module: string;
    readonly moduleIds: readonly string[];
    readonly jetpack: string;
    readonly l4t: string;
    /** Releases of TensorRT that it is for: from, and below. */
    readonly tensorrt: { readonly from: string; readonly below: string };
    readonly cuda: string;
    readonly powerMode: string;
    readonly dlaCore: number | null;
    readonly workspaceBytes: number;
  };
  readonly precision: Precision;
  readonly typing: Typing;
  /** Where build.sh puts it. */
  readonly engine: string;
  readonly inputs: readonly BundlePort[];
  readonly outputs: readonly BundlePort[];
  /** What the model takes, and by what that is known again. */
  readonly input: InputContract & { readonly sha256: string };
  readonly accuracy: ExpectedAccuracy | null;
  readonly layers: readonly LayerPrecision[];
  /** Names of the tensors whose scales calibration.cache holds; null where there is none. */
  readonly calibrated: readonly string[] | null;
  readonly golden: readonly ManifestCase[];
  /** Of a gated model, whose networks lie in pass/; null for others. */
  readonly pass: {
    readonly networks: readonly string[];
    readonly patches: number;
    /** How many times its share of a whole frame a patch in a list costs. */
    readonly cost: number;
    /** Share of patches from which a whole frame is computed, until it is measured. */
    readonly threshold: number;
  } | null;
  /** Every file of the bundle but this one, sorted by path. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
};

/** @param files all others, sorted by path */
export function printManifest(input: BundleInput, files: readonly BundleFile[]): BundleFile {
  const { platform, model } = input;
  const { profile, software } = platform;
  const cached = [...cachedRanges(input).keys()];
  const manifest: Manifest = {
    kind: 'tensorrt',
    schema: MANIFEST_SCHEMA,
    tool: { name: 'tinyml', version: input.source.toolVersion },
    name: input.name,
    model: manifestModel(input.source),
    target: {
      profile: profile.id,
      module: profile.name,
      moduleIds: profile.moduleIds,
      jetpack: software.jetpack,
      l4t: software.l4t,
      tensorrt: releaseRange(software.tensorrt),
      cuda: software.cuda,
      powerMode: platform.powerMode.name,
      dlaCore: platform.dlaCore,
      workspaceBytes: platform.workspaceBytes,
    },
    precision: platform.precision,
    typing: typingOf(platform),
    engine: paths.enginePath(input.name),
    inputs: input.inputs,
    outputs: input.outputs,
    input: contractEntry(input),
    accuracy: input.accuracy,
    layers: model.layers,
    calibrated: cached.length === 0 ? null : cached,
    golden: input.golden.map(({ name, inputs, outputs, tolerances }) => ({
      name,
      inputs: inputs.map((_, i) => paths.goldenPath(name, 'input', i)),
      outputs: outputs.map((_, i) => paths.goldenPath(name, 'output', i)),
      tolerances,
    })),
    pass:
      input.pass === null
        ? null
        : {
            networks: input.pass.networks.map(({ name }) => name),
            patches: input.pass.patches,
            cost: input.pass.cost,
            threshold: firstThreshold(input.pass),
          },
    files: files.map(([path, contents]) => ({
      path,
      bytes: typeof contents === 'string' ? Buffer.byteLength(contents) : contents.length,
      sha256: sha256Of(contents),
    })),
  };
  return [MANIFEST_FILE, `${JSON.stringify(manifest, null, 1)}\n`];
}

function releaseRange(version: string): Manifest['target']['tensorrt'] {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return { from: `${major}.${minor}.0`, below: `${major}.${minor + 1}.0` };
}
