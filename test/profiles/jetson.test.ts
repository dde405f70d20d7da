import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadProfile } from '../../src/profiles/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-jetson-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: a file that is made wrong on purpose.
type Loose = any;

function faultsOf(id: string, change: (profile: Loose) => void): string {
  const profile: Loose = JSON.parse(readFileSync(join(packageRoot(), 'profiles', `${id}.json`), 'utf8'));
  change(profile);
  const path = join(folder, 'changed.json');
  writeFileSync(path, JSON.stringify(profile));
  try {
    loadProfile(path);
  } catch (error) {
    assert.ok(error instanceof TinymlError);
    assert.equal(error.code, 'E_PROFILE');
    return [error.message, ...error.at].join('\n');
  }
  return '';
}

test('a profile that is not changed is right', () => {
  assert.equal(
    faultsOf('jetson-orin-nx', () => {}),
    '',
  );
});

test('numbers of a module that do not go together are refused, all at once', () => {
  const faults = faultsOf('jetson-nano', (profile) => {
    profile.gpu.sm = 87;
    profile.precisions.fp8 = true;
    profile.software[0].dla = true;
  });
  assert.match(faults, /maxwell of a Jetson is sm_53/);
  assert.match(faults, /sm_87 has no fp8/);
  assert.match(faults, /the module has no DLA/);
  assert.match(
    faultsOf('jetson-tx2', (p) => (p.precisions.int8 = true)),
    /sm_62 has no INT8/,
  );
  assert.match(
    faultsOf('jetson-xavier-nx', (p) => (p.precisions.sparse = true)),
    /sm_72 has no sparse/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => (p.powerModes[1].name = '15W')),
    /two power modes/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => (p.powerModes[0].smActive = 9)),
    /has 8 multiprocessors/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => (p.powerModes[0].since = '6.1')),
    /every JetPack has it/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => p.software.reverse()),
    /from old to new/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => (p.limits.workspaceBytes = 2 ** 34)),
    /more than buildRamBytes/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => (p.limits.buildRamBytes = 2 ** 34)),
    /more than the memory/,
  );
  assert.match(
    faultsOf('jetson-orin-nano', (p) => delete p.sources.gpu),
    /sources\.gpu/,
  );
});
