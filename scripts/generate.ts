/** Writes the files that are made from the sources: `node --import tsx scripts/generate.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.ts';
import { profileJsonSchema } from '../src/profiles/schema.ts';
import { errorsPage } from '../src/report/errors-page.ts';

const files: Readonly<Record<string, string>> = {
  'profiles/schema.json': `${JSON.stringify(profileJsonSchema(), null, 2)}\n`,
  'docs/errors.md': errorsPage(),
};

for (const [path, text] of Object.entries(files)) {
  writeFileSync(join(packageRoot(), path), text);
}
