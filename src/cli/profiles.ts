import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { compilerFlags, emulatorFor, flashBytes, ramBytes } from '../profiles/cortex-m.ts';
import { listProfiles, loadProfile } from '../profiles/load.ts';
import type { MemoryRegion, Profile } from '../profiles/types.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { CommandResult, Context } from './context.ts';
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
      return {
        json: { action, ok: true, id: profile.id },
        text: `${context.paint('green', 'ok')} ${profile.id}: ${profile.name}`,
      };
    }
    default:
      throw usage(`there is no action "${action}"`, `tinyml profiles show ${action}`);
  }
}

function listResult(profiles: readonly Profile[]): CommandResult {
  const rows = profiles.map((profile) => [
    profile.id,
    profile.core,
    units(profile),
    `${profile.clockHz / 1e6}`,
    formatBytes(ramBytes(profile)),
    formatBytes(flashBytes(profile)),
    profile.name,
  ]);
  const json = profiles.map((profile) => {
    const { id, kind, name, vendor, core, features, clockHz, arena } = profile;
    const sizes = { ramBytes: ramBytes(profile), flashBytes: flashBytes(profile) };
    return { id, kind, name, vendor, core, features, clockHz, ...sizes, arena };
  });
  return {
    json: { action: 'list', profiles: json },
    text: () =>
      textTable(
        [
          { title: 'ID' },
          { title: 'CORE' },
          { title: 'UNITS' },
          { title: 'MHZ', align: 'right' },
          { title: 'RAM', align: 'right' },
          { title: 'FLASH', align: 'right' },
          { title: 'NAME' },
        ],
        rows,
      ),
  };
}

function showResult(profile: Profile, context: Context): CommandResult {
  const flags = compilerFlags(profile);
  const emulator = emulatorFor(profile.core);
  const text = (): string =>
    [
      `${context.paint('bold', profile.id)}: ${profile.name}, ${profile.vendor}`,
      '',
      fieldList([
        ['core', `${profile.core}${units(profile) === '' ? '' : ` with ${units(profile)}`}`],
        ['clock', `${profile.clockHz / 1e6} MHz`],
        ['compiler', flags.join(' ')],
        ['emulated as', emulator],
        ['arena in', profile.arena],
      ]),
      '',
      regionTable('RAM', profile.ram),
      '',
      regionTable('FLASH', profile.flash),
      '',
      'Sources',
      ...sources(profile).map((source) => `  ${source}`),
    ].join('\n');
  return { json: { action: 'show', profile, compilerFlags: flags, emulator }, text };
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

function sources(profile: Profile): readonly string[] {
  const regions = [...profile.ram, ...profile.flash];
  return [
    ...new Set([profile.sources.core, profile.sources.clockHz, ...regions.map((region) => region.source)]),
  ];
}

function units({ features }: Profile): string {
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
