/** The table of targets: the only place that knows which there are. Each is loaded when it is asked for. */
import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { readJsonFile } from '../diagnostics/json-file.ts';
import { listCortexM, loadProfile } from '../profiles/load.ts';
import type { CortexMProfile, Profile } from '../profiles/types.ts';
import type { KernelLibrary } from '../program/implementation.ts';
import type { DeviceStep } from '../train/compile/device.ts';
import { MANIFEST_FILE, MAX_MANIFEST_BYTES } from './bundle-folder.ts';
import { findCmsisNn } from './cortex-m/cmsis-nn.ts';
import { findTool } from './cortex-m/toolchain.ts';
import type {
  Assessment,
  AssessOptions,
  BundleSource,
  Emitter,
  FleetFirmware,
  Subject,
  Support,
  Target,
  TargetSettings,
  Verify,
} from './target.ts';

type Make<P extends Profile> = (profile: P, settings: TargetSettings) => Target;

const TARGETS: {
  readonly [K in Profile['kind']]: () => Promise<Make<Extract<Profile, { readonly kind: K }>>>;
} = {
  'cortex-m': async () => (await import('./cortex-m/target.ts')).cortexM,
  host: async () => (await import('./onnxruntime/target.ts')).onnxRuntime,
  jetson: async () => (await import('./tensorrt/target.ts')).tensorRt,
};

/**
 * The target of a profile, by id or file.
 * @throws TinymlError E_PROFILE, E_FILE as `loadProfile`; E_USAGE for settings that it has not, E_PROFILE for such that it cannot have
 */
export async function loadTarget(nameOrPath: string, settings: TargetSettings = {}): Promise<Target> {
  return targetOf(loadProfile(nameOrPath), settings);
}

/**
 * What writes for a target.
 * @throws TinymlError as `loadTarget`; E_PROFILE for a target that takes the model file itself, too
 */
export async function loadEmitter(nameOrPath: string, settings: TargetSettings = {}): Promise<Emitter> {
  const profile = loadProfile(nameOrPath);
  const { emit } = await targetOf(profile, settings);
  if (emit !== null) return emit;
  throw new TinymlError('E_PROFILE', `${profile.id} is no microcontroller: nothing is deployed to it`, {
    at: `--target ${nameOrPath}`,
    hint: `give the file of "tinyml quantize --target ${profile.id}" to ${profile.name} itself`,
  });
}

/** What a model needs on every microcontroller that there is a profile of, emulated boards aside. @throws as `Assess` */
export async function survey(
  subject: Pick<Subject, 'graph' | 'float'>,
  options: AssessOptions,
): Promise<readonly Assessment[]> {
  const assess = await import('./cortex-m/assess.ts');
  const parts = listCortexM().filter(({ qemu }) => qemu === undefined);
  return assess.survey(subject, parts, options);
}

/** What of a model the kernels for microcontrollers compute, whichever it is. */
export async function surveySupport(subject: Subject): Promise<Support> {
  return (await import('./cortex-m/support.ts')).supportOf(subject, null);
}

/**
 * What puts the frozen prefix of a training step in the form that firmware for a microcontroller has it in; null: for a core without any of the
 * instructions that kernels have scratch for.
 */
export async function stepPacker(
  profile: CortexMProfile | null,
  seed: number,
): Promise<(step: DeviceStep) => DeviceStep> {
  return (await import('./cortex-m/training/prefix.ts')).stepPacker(profile, seed);
}

/** What is not at hand here for building firmware, by name; empty where it can be built. */
export function missingForFirmware(library: KernelLibrary): readonly string[] {
  return [
    ...(findTool('arm-none-eabi-gcc') === null ? ['arm-none-eabi-gcc'] : []),
    ...(library === 'cmsis-nn' && findCmsisNn() === null ? ['CMSIS-NN (CMSIS_NN_DIR)'] : []),
  ];
}

/** By the kind that a manifest states; firmware states none. */
const BUNDLES: ReadonlyMap<string, () => Promise<Verify>> = new Map([
  ['firmware', firmware],
  ['tensorrt', async () => (await import('./tensorrt/verify.ts')).verifyEngine],
]);

async function firmware(): Promise<Verify> {
  return (await import('./cortex-m/verify-places.ts')).verifyPlaces;
}

/** Runs a bundle here and compares what it computes, or judges what its device says of it, as the kind of bundle allows. */
export const verifyBundle: Verify = async (folder, options) => {
  const kind = kindOf(folder) ?? (options.results === null ? 'firmware' : 'tensorrt');
  const verify = await (BUNDLES.get(kind) ?? firmware)();
  return verify(folder, options);
};

/** What a bundle was made of, and by which version. @param folder one that was verified: its manifest is as it should be */
export function bundleSource(folder: string): Pick<BundleSource, 'sha256' | 'toolVersion'> {
  const { model, tool } = readManifest(folder) as {
    readonly model: { readonly sha256: string };
    readonly tool: { readonly version: string };
  };
  return { sha256: model.sha256, toolVersion: tool.version };
}

/** Null where the manifest cannot be read: what is wrong with it, those say who are meant. */
function kindOf(folder: string): string | null {
  try {
    const { kind } = readManifest(folder) as { readonly kind?: unknown };
    return typeof kind === 'string' ? kind : 'firmware';
  } catch {
    return null;
  }
}

/** Unchecked. */
function readManifest(folder: string): unknown {
  return readJsonFile(join(folder, MANIFEST_FILE), 'E_BUNDLE', MAX_MANIFEST_BYTES);
}

async function targetOf(profile: Profile, settings: TargetSettings): Promise<Target> {
  // The table pairs each kind with its own profile, so the cast is sound.
  const make = (await TARGETS[profile.kind]()) as Make<Profile>;
  return make(profile, settings);
}

/** Firmware of a bundle as devices of a fleet. @throws TinymlError E_FILE, E_BUNDLE */
export async function loadFleetFirmware(folder: string): Promise<FleetFirmware> {
  const { fleetFirmware } = await import('./cortex-m/training/fleet-firmware.ts');
  return fleetFirmware(folder);
}
