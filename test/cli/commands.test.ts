import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import type { CommandModule } from '../../src/cli/context.ts';

for (const { name } of COMMANDS) {
  test(`${name} has a module that runs it`, async () => {
    const folder = new URL('../../src/cli/', import.meta.url).href;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const module = (await import(`${folder}${name}.${extension}`)) as CommandModule;
    assert.equal(typeof module.run, 'function');
  });
}
