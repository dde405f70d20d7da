// Runs every compiled test (dist/test/**/*.test.js) with Node's own runner. Node 20 has no globs for --test.
// Arguments narrow the run to test files whose path contains one of them: `npm test -- program/plan`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, 'dist', 'test'), { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  // dist may hold tests of sources that moved or went
  .filter((name) => existsSync(join(root, 'test', name.replace(/\.js$/, '.ts'))))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort()
  .map((name) => join('dist', 'test', name));
if (files.length === 0) {
  process.stderr.write('no test file matches\n');
  process.exit(1);
}
const concurrency = `--test-concurrency=${availableParallelism()}`;
const { status } = spawnSync(process.execPath, ['--test', concurrency, ...files], {
  cwd: root,
  stdio: 'inherit',
});
const whyNot = join(root, '.flower', 'why-not');
if (existsSync(whyNot) && files.some((file) => file.includes('fleet/round-trip')))
  process.stderr.write(
    `\nSKIPPED: the round trip through Flower, since ${readFileSync(whyNot, 'utf8').trim()}\n`,
  );
process.exit(status ?? 1);
