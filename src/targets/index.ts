/** The table of targets: the only place that knows which there are. */
import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { readJsonFile } from '../diagnostics/json-file.ts';
import { listCortexM, loadProfile } from '../profiles/load.ts';
import type { Profile } from '../profiles/types.ts';
import type { KernelLibrary } from '../program/implementation.ts';
import { MANIFEST_FILE } from './bundle-folder.ts';
import { survey as surveyCortexM } from './cortex-m/assess.ts';
import { findCmsisNn } from './cortex-m/cmsis-nn.ts';
import { supportOf } from './cortex-m/support.ts';
import { cortexM } from './cortex-m/target.ts';
import { findTool } from './cortex-m/toolchain.ts';
import { verifyPlaces } from './cortex-m/verify-places.ts';
import { onnxRuntime } from './onnxruntime/target.ts';
import type {
  Assessment,
  AssessOptions,
  Emitter,
  Subject,
  Support,
  Target,
  TargetSettings,
  Verify,
} from './target.ts';
import { tensorRt } from './tensorrt/target.ts';
import { verifyEngine } from './tensorrt/verify.ts';

const TARGETS: {
  readonly [K in Profile['kind']]: (
    profile: Extract<Profile, { readonly kind: K }>,
    settings: TargetSettings,
  ) => Target;
} = {
  'cortex-m': cortexM,
  host: onnxRuntime,
  jetson: tensorRt,
};

/**
 * The target of a profile, by id or file.
 * @throws TinymlError E_PROFILE, E_FILE as `loadProfile`; E_USAGE for settings that it has not, E_PROFILE for such that it cannot have
 */
export function loadTarget(nameOrPath: string, settings: TargetSettings = {}): Target {
  return targetOf(loadProfile(nameOrPath), settings);
}

/**
 * What writes for a target.
 * @throws TinymlError as `loadTarget`; E_PROFILE for a target that takes the model file itself, too
 */
export function loadEmitter(nameOrPath: string, settings: TargetSettings = {}): Emitter {
  const profile = loadProfile(nameOrPath);
  const { emit } = targetOf(profile, settings);
  if (emit !== null) return emit;
  throw new TinymlError('E_PROFILE', `${profile.id} is no microcontroller: nothing is deployed to it`, {
    at: `--target ${nameOrPath}`,
    hint: `give the file of "tinyml quantize --target ${profile.id}" to ${profile.name} itself`,
  });
}

/** What a model needs on every microcontroller that there is a profile of, emulated boards aside. @throws as `Assess` */
export function survey(
  subject: Pick<Subject, 'graph' | 'float'>,
  options: AssessOptions,
): readonly Assessment[] {
  const parts = listCortexM().filter(({ qemu }) => qemu === undefined);
  return surveyCortexM(subject, parts, options);
}

/** What of a model the kernels for microcontrollers compute, whichever it is. */
export function surveySupport(subject: Subject): Support {
  return supportOf(subject, 'Cortex-M');
}

/** What is not at hand here for building firmware, by name; empty where it can be built. */
export function missingForFirmware(library: KernelLibrary): readonly string[] {
  return [
    ...(findTool('arm-none-eabi-gcc') === null ? ['arm-none-eabi-gcc'] : []),
    ...(library === 'cmsis-nn' && findCmsisNn() === null ? ['CMSIS-NN (CMSIS_NN_DIR)'] : []),
  ];
}

/** By the kind that a manifest states; firmware states none. */
const BUNDLES: Readonly<Record<string, Verify>> = { firmware: verifyPlaces, tensorrt: verifyEngine };

/** Runs a bundle here and compares what it computes, or judges what its device says of it, as the kind of bundle allows. */
export const verifyBundle: Verify = (folder, options) => {
  const kind = kindOf(folder) ?? (options.results === null ? 'firmware' : 'tensorrt');
  const verify = Object.hasOwn(BUNDLES, kind) ? BUNDLES[kind]! : verifyPlaces;
  return verify(folder, options);
};

/** Null where the manifest cannot be read: what is wrong with it, those say who are meant. */
function kindOf(folder: string): string | null {
  try {
    const manifest = readJsonFile(join(folder, MANIFEST_FILE), 'E_BUNDLE') as { readonly kind?: unknown };
    return typeof manifest.kind === 'string' ? manifest.kind : 'firmware';
  } catch {
    return null;
  }
}

function targetOf(profile: Profile, settings: TargetSettings): Target {
  // The table pairs each kind with its own profile, so the cast is sound.
  const make = TARGETS[profile.kind] as (profile: Profile, settings: TargetSettings) => Target;
  return make(profile, settings);
}
