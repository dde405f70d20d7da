import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import type { FeatureSettings } from '../../src/signal/settings.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';

export type RecordedCase = {
  readonly name: string;
  readonly rate: number;
  readonly samples: number;
  readonly settings: FeatureSettings;
  /** Frames x values. */
  readonly values: readonly (readonly number[])[];
};

/** What other libraries make of testSound (record.py, versions in the files). */
export function recordedCases(): readonly RecordedCase[] {
  return ['librosa', 'torchaudio', 'tensorflow'].flatMap((library) => {
    const path = join(packageRoot(), 'test', 'signal', 'recorded', `${library}.json`);
    const { version, cases } = JSON.parse(readFileSync(path, 'utf8'));
    return cases.map((one: RecordedCase) => ({
      ...one,
      name: `${library} ${version}: ${one.name}`,
      settings: { ...featureSchema.parse(one.settings), samples: one.samples },
    }));
  });
}
