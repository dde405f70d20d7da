/** Writes the files that are made from the sources: `node --import tsx scripts/generate.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nativeFiles } from '../src/engine/native-code.ts';
import { packageRoot } from '../src/package-root.ts';
import { profileJsonSchema } from '../src/profiles/schema.ts';
import { errorsPage } from '../src/report/errors-page.ts';

const files: Readonly<Record<string, string>> = {
  'profiles/schema.json': `${JSON.stringify(profileJsonSchema(), null, 2)}\n`,
  'docs/errors.md': errorsPage(),
  ...nativeFiles(),
};

for (const [path, text] of Object.entries(files)) {
  const file = join(packageRoot(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
