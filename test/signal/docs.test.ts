import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { recordedCases } from './recorded.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'sound.md'), 'utf8');

for (const [heading, library] of [
  ['From librosa', 'librosa'],
  ['From torchaudio', 'torchaudio'],
  ['From TensorFlow', 'tensorflow'],
] as const) {
  test(`docs/sound.md, "${heading}": the settings are those whose values were recorded`, () => {
    const [, section] = page.split(`### ${heading}\n`);
    const settings = featureSchema.parse(JSON.parse(/```json\n([\s\S]*?)```/.exec(section!)![1]!));
    const recorded = recordedCases().filter(({ name }) => name.startsWith(library));
    const same = recorded.filter((one) => {
      assert.ok(one.settings.samples !== null);
      return JSON.stringify({ ...one.settings, samples: null }) === JSON.stringify(settings);
    });
    assert.equal(same.length, 1);
  });
}
