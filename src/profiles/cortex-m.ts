import { unreachable } from '../diagnostics/errors.ts';
import type { CoreFeatures } from '../program/implementation.ts';
import type { CortexMCore, CortexMProfile, MemoryRegion } from './types.ts';

/**
 * Flags that make GCC emit code for the core and its units. A Cortex-M85 is built as a Cortex-M55: the same
 * Armv8.1-M instructions, and known to every GCC since 10 (`cortex-m85` needs 13).
 */
export function compilerFlags({
  core,
  features,
}: Pick<CortexMProfile, 'core' | 'features'>): readonly string[] {
  const abi = features.fpu === 'none' ? '-mfloat-abi=soft' : '-mfloat-abi=hard';
  switch (core) {
    case 'cortex-m0plus':
    case 'cortex-m3':
    case 'cortex-m23':
      return [`-mcpu=${core}`, abi];
    case 'cortex-m4':
      return features.fpu === 'none' ? [`-mcpu=${core}`, abi] : [`-mcpu=${core}`, '-mfpu=fpv4-sp-d16', abi];
    case 'cortex-m7':
    case 'cortex-m33': {
      const cpu = features.dsp ? `-mcpu=${core}` : `-mcpu=${core}+nodsp`;
      if (features.fpu === 'none') return [cpu, abi];
      return [cpu, `-mfpu=fpv5-${features.fpu === 'double' ? '' : 'sp-'}d16`, abi];
    }
    case 'cortex-m55':
    case 'cortex-m85': {
      const mve = { none: '+nomve', integer: '+nomve.fp', float: '' }[features.mve];
      return [`-mcpu=cortex-m55${mve}${features.fpu === 'none' ? '+nofp' : ''}`, abi];
    }
    default:
      return unreachable(core);
  }
}

/** What kernels ask of a core. */
export function coreFeatures({ features }: Pick<CortexMProfile, 'features'>): CoreFeatures {
  return { dsp: features.dsp, mve: features.mve !== 'none' };
}

/** The RAM region that holds the tensor arena. */
export function arenaRegion(profile: CortexMProfile): MemoryRegion {
  return profile.ram.find((region) => region.name === profile.arena)!;
}

/**
 * Bytes of RAM that are missing for an arena, and for what an application holds in one piece beside it: behind the arena, or in
 * another region. 0 where both fit.
 */
export function missingRam(profile: CortexMProfile, arenaBytes: number, heldBytes: number): number {
  const region = arenaRegion(profile);
  const arenaMisses = Math.max(0, arenaBytes - region.bytes);
  const places = profile.ram.map((other) =>
    other === region
      ? Math.max(0, arenaBytes + heldBytes - region.bytes)
      : arenaMisses + Math.max(0, heldBytes - other.bytes),
  );
  return Math.min(...places);
}

/** Bytes of the largest arena that has room, with what is held in one piece beside it. */
export function mostArenaBytes(profile: CortexMProfile, heldBytes: number): number {
  const region = arenaRegion(profile);
  const isBeside = profile.ram.some((other) => other !== region && other.bytes >= heldBytes);
  return isBeside ? region.bytes : Math.max(0, region.bytes - heldBytes);
}

/** Sum of all RAM regions, in bytes. */
export function ramBytes(profile: CortexMProfile): number {
  return profile.ram.reduce((sum, region) => sum + region.bytes, 0);
}

/** Of reads of the flash that holds the code, at the highest clock; null where no document was found. */
export function waitStates({ flash }: Pick<CortexMProfile, 'flash'>): number | null {
  return flash[0]?.waitStates?.count ?? null;
}

/** Sum of all flash regions, in bytes. */
export function flashBytes(profile: CortexMProfile): number {
  return profile.flash.reduce((sum, region) => sum + region.bytes, 0);
}

/**
 * Id of the emulated board whose core executes code built for `core`. QEMU has no Cortex-M0+, M23 or M85 board:
 * Armv6-M code runs on an M3, Armv8-M Baseline code on an M33, and a Cortex-M85 is built as a Cortex-M55.
 */
export function emulatorFor(core: CortexMCore): string {
  switch (core) {
    case 'cortex-m0plus':
    case 'cortex-m3':
      return 'qemu-mps2-an385';
    case 'cortex-m4':
      return 'qemu-mps2-an386';
    case 'cortex-m7':
      return 'qemu-mps2-an500';
    case 'cortex-m23':
    case 'cortex-m33':
      return 'qemu-mps2-an505';
    case 'cortex-m55':
    case 'cortex-m85':
      return 'qemu-mps3-an547';
    default:
      return unreachable(core);
  }
}
