/** Writes the files that are made from the sources, where they differ: `npm run generate`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../src/cli/commands.ts';
import { withOptions } from '../src/cli/options-section.ts';
import { nativeFiles } from '../src/engine/native-code.ts';
import { packageRoot } from '../src/package-root.ts';
import { profileJsonSchema } from '../src/profiles/schema.ts';
import { errorsPage } from '../src/report/errors-page.ts';

const files: Readonly<Record<string, string>> = {
  'profiles/schema.json': `${JSON.stringify(profileJsonSchema(), null, 2)}\n`,
  'docs/errors.md': errorsPage(),
  ...nativeFiles(),
  ...Object.fromEntries(
    COMMANDS.map((command) => {
      const path = `docs/commands/${command.name}.md`;
      return [path, withOptions(command, readFileSync(join(packageRoot(), path), 'utf8'))];
    }),
  ),
};

for (const [path, text] of Object.entries(files)) {
  const file = join(packageRoot(), path);
  const wanted = path.endsWith('.json') ? formatted(path, text) : text;
  // What is compiled from a file that is written is compiled anew.
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}

function formatted(path: string, text: string): string {
  const biome = join(packageRoot(), 'node_modules', '.bin', 'biome');
  return execFileSync(biome, ['format', `--stdin-file-path=${path}`], {
    input: text,
    encoding: 'utf8',
    cwd: packageRoot(),
  });
}
