/** A module with a JetPack on it, and how it is to be used: what everything for a Jetson is made for. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { formatBytes } from '../../../diagnostics/units.ts';
import { compareVersions, powerModesOf } from '../../../profiles/jetson.ts';
import type { JetsonProfile, JetsonSoftware, PowerMode } from '../../../profiles/types.ts';
import type { TargetSettings } from '../../target.ts';
import type { Release } from './release.ts';
import { RELEASES, releaseOf } from './release-table.ts';

/** What a model is computed in where nothing of it says otherwise. */
export type Precision = 'int8' | 'fp16' | 'fp32';

export type Platform = {
  readonly profile: JetsonProfile;
  readonly software: JetsonSoftware;
  readonly release: Release;
  readonly powerMode: PowerMode;
  readonly precision: Precision;
  /** Core of the DLA that is to run what it can; null for the GPU alone. */
  readonly dlaCore: number | null;
  /** Bytes that the builder may use for tactics. */
  readonly workspaceBytes: number;
};

/**
 * The platform that settings ask for. Unless told otherwise: the newest JetPack of the module, its first power mode, INT8 where it has it
 * and else FP16, no DLA, the workspace of its profile.
 * @throws TinymlError E_PROFILE for what the module or its JetPack has not, with what it has
 */
export function resolvePlatform(profile: JetsonProfile, settings: TargetSettings): Platform {
  const software = chosenSoftware(profile, settings.jetpack);
  const precision = chosenPrecision(profile, settings.precision);
  return {
    profile,
    software,
    release: releaseFor(software, profile),
    powerMode: chosenPowerMode(profile, software, settings.powerMode),
    precision,
    dlaCore: chosenDla(profile, software, precision, settings.dla),
    workspaceBytes: chosenWorkspace(profile, settings.workspace),
  };
}

/** The newest JetPack of the module that is not newer than the one asked for and shares its first two numbers: 6.2.1 is 6.2. */
function chosenSoftware(profile: JetsonProfile, asked: string | undefined): JetsonSoftware {
  if (asked === undefined) return profile.software.at(-1)!;
  const series = asked.split('.').slice(0, 2).join('.');
  const found = profile.software.findLast(
    ({ jetpack }) =>
      jetpack.split('.').slice(0, 2).join('.') === series && compareVersions(jetpack, asked) <= 0,
  );
  if (/^\d+(\.\d+){1,3}$/.test(asked) && found !== undefined) return found;
  throw refused(`JetPack ${asked} is not known for ${profile.name}`, `--jetpack ${asked}`, {
    hint: `it has ${profile.software.map(({ jetpack, tensorrt }) => `${jetpack} (TensorRT ${tensorrt})`).join(', ')}`,
  });
}

function releaseFor({ jetpack, tensorrt }: JetsonSoftware, { id }: JetsonProfile): Release {
  const release = releaseOf(tensorrt);
  if (release !== null) return release;
  throw refused(`nothing is known of TensorRT ${tensorrt}`, `JetPack ${jetpack} of ${id}`, {
    hint: `known are ${RELEASES.map((one) => one.version.join('.')).join(', ')}`,
  });
}

function chosenPrecision({ name, gpu, precisions }: JetsonProfile, asked: Precision | undefined): Precision {
  if (asked === undefined) return precisions.int8 ? 'int8' : 'fp16';
  if (asked === 'fp32' || precisions[asked]) return asked;
  throw refused(`${name} (sm_${gpu.sm}) does not compute in ${asked.toUpperCase()}`, `--precision ${asked}`, {
    hint:
      asked === 'int8'
        ? 'use --precision fp16, and the float model: its builder refuses a model with Q and DQ'
        : 'use --precision fp32',
  });
}

function chosenPowerMode(
  profile: JetsonProfile,
  software: JetsonSoftware,
  asked: string | undefined,
): PowerMode {
  if (asked === undefined) return profile.powerModes[0]!;
  const name = asked.toUpperCase().replace(/^MODE_/, '');
  const mode = profile.powerModes.find((one) => one.name === name);
  const modes = powerModesOf(profile, software);
  if (mode !== undefined && modes.includes(mode)) return mode;
  const at = `--power-mode ${asked}`;
  const there = `JetPack ${software.jetpack} has ${modes.map((one) => one.name).join(', ')}`;
  if (mode === undefined) throw refused(`${profile.name} has no power mode ${asked}`, at, { hint: there });
  throw refused(`${name} of ${profile.name} needs JetPack ${mode.since} or newer`, at, { hint: there });
}

function chosenDla(
  { name, dla, software }: JetsonProfile,
  { jetpack, tensorrt, dla: supported }: JetsonSoftware,
  precision: Precision,
  core: number | undefined,
): number | null {
  if (core === undefined) return null;
  const at = `--dla ${core}`;
  if (dla === null) throw refused(`${name} has no DLA`, at, { hint: 'leave --dla out: the GPU runs it' });
  if (!supported) {
    const able = software.filter((one) => one.dla).map((one) => one.jetpack);
    throw refused(`TensorRT ${tensorrt} of JetPack ${jetpack} does not build for the DLA of ${name}`, at, {
      hint:
        able.length === 0
          ? 'leave --dla out: the GPU runs it'
          : `JetPack ${able.join(', ')} can; or leave --dla out`,
    });
  }
  if (!Number.isInteger(core) || core < 0 || core >= dla.cores) {
    throw refused(
      `${name} has ${dla.cores === 1 ? 'one DLA core, 0' : `DLA cores 0 to ${dla.cores - 1}`}`,
      at,
      {},
    );
  }
  if (precision === 'fp32') {
    throw refused('a DLA computes in FP16 or INT8', '--precision fp32', { hint: 'use --precision fp16' });
  }
  return core;
}

function chosenWorkspace({ name, limits }: JetsonProfile, asked: number | undefined): number {
  if (asked === undefined) return limits.workspaceBytes;
  if (asked > 0 && asked <= limits.buildRamBytes) return asked;
  const most = formatBytes(limits.buildRamBytes);
  throw refused(`a workspace is up to ${most} on ${name}`, `--workspace ${asked}`, {
    hint: 'CPU and GPU share the memory: a build that takes more is killed',
  });
}

function refused(message: string, at: string, { hint }: { readonly hint?: string }): TinymlError {
  return new TinymlError('E_PROFILE', message, { at, ...(hint === undefined ? {} : { hint }) });
}
