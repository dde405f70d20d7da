import { isDeepStrictEqual } from 'node:util';
import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { compilerFlags, emulatorFor, flashBytes, ramBytes, waitStates } from '../profiles/cortex-m.ts';
import { listProfiles, loadProfile, profileIds } from '../profiles/load.ts';
import type { CortexMProfile, HostProfile, MemoryRegion, Profile } from '../profiles/types.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { CommandResult, Context } from './context.ts';
import { jetsonTable, jetsonText, listedJetson } from './jetson-profiles.ts';
import type { Options } from './options.ts';

export async function run(
  args: readonly string[],
  _options: Options,
  context: Context,
): Promise<CommandResult> {
  const [action = 'list', name] = args;
  switch (action) {
    case 'list':
      if (name !== undefined) throw usage('"profiles list" takes no profile', `tinyml profiles show ${name}`);
      return listResult(listProfiles());
    case 'show':
      return showResult(loadProfile(named(action, name)), context);
    case 'check': {
      const profile = loadProfile(named(action, name));
      const part = profileIds().includes(profile.id) ? loadProfile(profile.id) : null;
      if (part !== null && !isDeepStrictEqual(part, profile)) {
        context.warn('W_PROFILE', `"${profile.id}" is a part of the package, and its profile is another`, {
          at: `${named(action, name)}: id`,
          hint: 'give it an id of its own: results and bundles name the target by it',
        });
      }
      return {
        json: { action, ok: true, id: profile.id },
        text: `${context.paint('green', 'ok')} ${oneLine(`${profile.id}: ${profile.name}`)}`,
      };
    }
    default:
      throw usage(`there is no action "${action}"`, `tinyml profiles show ${action}`);
  }
}

function listResult(profiles: readonly Profile[]): CommandResult {
  const devices = profiles.filter((profile) => profile.kind === 'cortex-m');
  const hosts = profiles.filter((profile) => profile.kind === 'host');
  const jetsons = profiles.filter((profile) => profile.kind === 'jetson');
  return {
    json: { action: 'list', profiles: profiles.map(listed) },
    text: () => `${deviceTable(devices)}\n\n${jetsonTable(jetsons)}\n\n${hostTable(hosts)}`,
  };
}

/** What the list says of a profile in JSON. */
function listed(profile: Profile): object {
  switch (profile.kind) {
    case 'cortex-m': {
      const { id, kind, name, vendor, core, features, clockHz, arena } = profile;
      const sizes = { ramBytes: ramBytes(profile), flashBytes: flashBytes(profile) };
      return { id, kind, name, vendor, core, features, clockHz, ...sizes, arena };
    }
    case 'host': {
      const { id, kind, name, vendor, runtime, architecture, activations } = profile;
      return { id, kind, name, vendor, runtime, architecture, activations };
    }
    case 'jetson':
      return listedJetson(profile);
  }
}

function deviceTable(profiles: readonly CortexMProfile[]): string {
  return textTable(
    [
      { title: 'ID' },
      { title: 'CORE' },
      { title: 'UNITS' },
      { title: 'MHZ', align: 'right' },
      { title: 'RAM', align: 'right' },
      { title: 'FLASH', align: 'right' },
      { title: 'NAME' },
    ],
    profiles.map((profile) => [
      profile.id,
      profile.core,
      units(profile),
      `${profile.clockHz / 1e6}`,
      formatBytes(ramBytes(profile)),
      formatBytes(flashBytes(profile)),
      profile.name,
    ]),
  );
}

function hostTable(profiles: readonly HostProfile[]): string {
  return textTable(
    [{ title: 'ID' }, { title: 'PROCESSOR' }, { title: 'ACTIVATIONS' }, { title: 'NAME' }],
    profiles.map(({ id, architecture, activations, name }) => [id, architecture, activations, name]),
  );
}

function showResult(profile: Profile, context: Context): CommandResult {
  const title = `${context.paint('bold', profile.id)}: ${oneLine(`${profile.name}, ${profile.vendor}`)}`;
  switch (profile.kind) {
    case 'cortex-m': {
      const compiler = { compilerFlags: compilerFlags(profile), emulator: emulatorFor(profile.core) };
      return {
        json: { action: 'show', profile, ...compiler },
        text: () => `${title}\n\n${deviceText(profile)}`,
      };
    }
    case 'host':
      return { json: { action: 'show', profile }, text: () => `${title}\n\n${hostText(profile)}` };
    case 'jetson':
      return {
        json: { action: 'show', profile },
        text: () => `${title}\n\n${jetsonText(profile)}\n\n${sourceList(Object.values(profile.sources))}`,
      };
  }
}

function deviceText(profile: CortexMProfile): string {
  const waiting = waitStates(profile);
  return [
    fieldList([
      ['core', `${profile.core}${units(profile) === '' ? '' : ` with ${units(profile)}`}`],
      ['clock', `${profile.clockHz / 1e6} MHz`],
      ['compiler', compilerFlags(profile).join(' ')],
      ['emulated as', emulatorFor(profile.core)],
      ['arena in', profile.arena],
      ...(waiting === null ? [] : [['flash waits', `${waiting} cycles at that clock`] as const]),
    ]),
    '',
    regionTable('RAM', profile.ram),
    '',
    regionTable('FLASH', profile.flash),
    '',
    sourceList(deviceSources(profile)),
  ].join('\n');
}

function hostText(profile: HostProfile): string {
  return [
    fieldList([
      ['runtime', profile.runtime],
      ['processor', profile.architecture],
      ['activations', profile.activations],
    ]),
    '',
    sourceList([profile.sources.activations]),
  ].join('\n');
}

function regionTable(title: string, regions: readonly MemoryRegion[]): string {
  return textTable(
    [{ title }, { title: 'ADDRESS' }, { title: 'SIZE', align: 'right' }, { title: 'NOTE' }],
    regions.map((region) => [
      region.name,
      `0x${region.address.toString(16).padStart(8, '0')}`,
      formatBytes(region.bytes),
      region.note ?? '',
    ]),
  );
}

function sourceList(sources: readonly string[]): string {
  return ['Sources', ...sources.map((source) => `  ${oneLine(source)}`)].join('\n');
}

function deviceSources(profile: CortexMProfile): readonly string[] {
  const regions = [...profile.ram, ...profile.flash];
  return [
    ...new Set([
      profile.sources.core,
      profile.sources.clockHz,
      ...regions.map((region) => region.source),
      ...profile.flash.flatMap(({ waitStates }) => (waitStates === undefined ? [] : [waitStates.source])),
    ]),
  ];
}

function units({ features }: CortexMProfile): string {
  return [
    ...(features.dsp ? ['DSP'] : []),
    ...(features.fpu === 'none' ? [] : [features.fpu === 'single' ? 'FPU' : 'FPU64']),
    ...(features.mve === 'none' ? [] : [features.mve === 'integer' ? 'MVE-I' : 'MVE']),
  ].join(' ');
}

function named(action: string, name: string | undefined): string {
  if (name !== undefined) return name;
  throw usage(`"profiles ${action}" needs a profile`, `tinyml profiles ${action} stm32h743`);
}

function usage(message: string, instead: string): TinymlError {
  return new TinymlError('E_USAGE', message, { hint: `For example: ${instead}` });
}
