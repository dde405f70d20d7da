import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS, GLOBAL_OPTIONS, optionFlags } from '../../src/cli/commands.ts';
import { withOptions } from '../../src/cli/options-section.ts';
import { parseCall } from '../../src/cli/parse.ts';
import { unknownVariables } from '../../src/cli/settings.ts';
import { packageRoot } from '../../src/package-root.ts';
import { entryArguments, tinyml } from './run.ts';
import { inFolder } from './small.ts';
import { words } from './words.ts';

const page = (path: string): string => readFileSync(join(packageRoot(), 'docs', path), 'utf8');

/** Fenced blocks of a language. */
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);

for (const { name } of COMMANDS) {
  test(`docs/commands/${name}.md: the command lines parse`, () => {
    const lines = blocks(page(`commands/${name}.md`), 'sh')
      .join('')
      .split('\n');
    const calls = lines.filter((line) => line.startsWith('tinyml '));
    assert.ok(calls.length >= 2, 'the page shows hardly any command line');
    for (const line of calls) {
      const [, ...argv] = words(line.replace(/\s*[#>].*$/, ''));
      assert.equal(parseCall(argv)?.command.name, name, line);
    }
  });
}

for (const command of COMMANDS) {
  test(`docs/commands/${command.name}.md: the options are those of --help`, () => {
    const stored = page(`commands/${command.name}.md`);
    assert.equal(stored, withOptions(command, stored), 'npm run generate writes them');
    for (const option of command.options)
      assert.ok(stored.includes(`\`${optionFlags(option)}\``), option.name);
  });
}

test('docs/commands/profiles.md: the example prints what it says', async () => {
  const [example] = blocks(page('commands/profiles.md'), 'console');
  const [line, ...output] = example!.split('\n');
  const { status, stdout } = await tinyml(line!.split(' ').slice(2));
  assert.equal(status, 0);
  assert.equal(stdout, output.join('\n'));
});

for (const name of ['analyze', 'fit', 'search']) {
  test(`docs/commands/${name}.md: the example prints the lines that it shows`, async () => {
    const [example] = blocks(page(`commands/${name}.md`), 'console');
    const [line, ...output] = example!.trimEnd().split('\n');
    const { status, stdout, stderr } = await tinyml(line!.split(' ').slice(2));
    assert.equal(status, 0, stderr);
    assert.ok(output.length >= 2 && stdout.startsWith(`${output.join('\n')}\n`), stdout);
  });
}

for (const example of blocks(page('commands/plan.md'), 'console')) {
  const [line, ...output] = example.trimEnd().split('\n');
  test(`docs/commands/plan.md: ${line} prints the lines that it shows, one behind the other`, async () => {
    const { status, stdout, stderr } = await tinyml(line!.split(' ').slice(2));
    assert.equal(status, 0, stderr);
    assert.ok(output.length >= 2 && stdout.includes(`\n${output.join('\n')}\n`), stdout);
  });
}

test('docs/commands/train.md: the example trains what it says', () =>
  inFolder(async (folder) => {
    const text = page('commands/train.md');
    const [, preprocess, example] = /^echo '(.*)' > pixels\.json\ntinyml (train .*)$/m.exec(text)!;
    writeFileSync(join(folder, 'pixels.json'), preprocess!);
    const args = example!.split(' ').map((word) => word.replace(/^(fixtures\/)/, `${packageRoot()}/$1`));
    const { status, stdout, stderr } = await tinyml([...args, '--json'], { cwd: folder });
    assert.equal(status, 0, stderr);
    const right = /right for (\d+) of the 1,000/.exec(text)![1];
    assert.equal(String(Math.round(JSON.parse(stdout).accuracy.int8 * 1000)), right);
  }));

test('docs/commands/sparsity.md: the example finds what it says', () =>
  inFolder(async (folder) => {
    const text = page('commands/sparsity.md');
    const [, preprocess, example] = /^echo '(.*)' > negative.json\ntinyml (sparsity .*)$/m.exec(text)!;
    writeFileSync(join(folder, 'negative.json'), preprocess!);
    const args = example!.split(' ').map((word) => word.replace(/^(fixtures\/)/, `${packageRoot()}/$1`));
    const { status, stdout, stderr } = await tinyml(args, { cwd: folder });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, blocks(text, 'text')[0]);
  }));

test('docs/getting-started.md: "Train it yourself" trains what it says, and deploys it', () =>
  inFolder(async (folder) => {
    const [, section] = page('getting-started.md').split('## Train it yourself\n');
    const [example] = blocks(section!, 'sh');
    const lines = example!.trimEnd().replaceAll('demo/', `${folder}/`).split('\n');
    const [write, train, deploy] = lines.map((line) => line.split(' ').slice(1));
    const written = spawnSync(process.execPath, write!, { cwd: packageRoot(), encoding: 'utf8' });
    assert.equal(written.status, 0, written.stderr);
    const trained = await tinyml([...train!, '--json']);
    assert.equal(trained.status, 0, trained.stderr);
    const right = /right for (\d+) of the 1,000/.exec(section!)![1];
    assert.equal(String(Math.round(JSON.parse(trained.stdout).accuracy.int8 * 1000)), right);
    const deployed = await tinyml(deploy!);
    assert.equal(deployed.status, 0, deployed.stderr);
  }));

test('docs/streaming.md: the example keeps state from quantising to firmware, as it says', () =>
  inFolder(async (folder) => {
    const text = page('streaming.md');
    const [example] = blocks(text, 'sh');
    const [quantize, deploy, verify] = example!
      .trimEnd()
      .replaceAll('demo/', `${folder}/`)
      .split('\n')
      .map((line) => line.split(' ').slice(1));
    const quantized = await tinyml([...quantize!, '--json']);
    assert.equal(quantized.status, 0, quantized.stderr);
    assert.ok(quantized.stderr.includes(blocks(text, 'text')[0]!.trim()), quantized.stderr);
    const [, right, all] = /of (\d+) of the (\d+) sequences/.exec(text)!;
    const { accuracy } = JSON.parse(quantized.stdout);
    assert.deepEqual([accuracy.samples, accuracy.int8], [Number(all), Number(right) / Number(all)]);
    const deployed = await tinyml([...deploy!, '--json']);
    assert.equal(deployed.status, 0, deployed.stderr);
    const [, bytes] = /`STEP_STATE_BYTES` bytes of the arena \((\d+) in/.exec(text)!;
    assert.equal(JSON.parse(deployed.stdout).memory.stateBytes, Number(bytes));
    const verified = await tinyml([...verify!, '--json']);
    assert.equal(verified.status, 0, verified.stderr);
    const { runs } = JSON.parse(verified.stdout).verify;
    assert.deepEqual(
      runs.map((run: { core: string; vectors: object[] }) => [run.core, run.vectors.length]),
      [
        ['host', 151],
        ['cortex-m4', 151],
      ],
    );
  }));

test('docs/commands/evaluate.md: the classes that went worst are those it says', async () => {
  const [example] = blocks(page('commands/evaluate.md'), 'console');
  const [line, ...shown] = example!.split('\n');
  const { status, stdout, stderr } = await tinyml(line!.split(' ').slice(2));
  assert.equal(status, 0, stderr);
  assert.equal(stdout.replace(/^speed .*\n/m, ''), shown.join('\n'));
});

test('docs/commands/evaluate.md: the example skips what it says', () =>
  inFolder(async (folder) => {
    const [, example] = blocks(page('commands/evaluate.md'), 'console');
    const [, commands, shown] = /^((?:\$ .*\n)+)([\s\S]*)$/.exec(example!)!;
    const lines = commands!.trimEnd().replaceAll('demo/', `${folder}/`).split('\n');
    let printed = '';
    for (const line of lines) {
      const { status, stdout, stderr } = await tinyml(line.split(' ').slice(2));
      assert.equal(status, 0, stderr);
      printed = stdout;
    }
    const timeless = printed.replace(/^time .*\n/m, '').replaceAll(`${folder}/`, 'demo/');
    assert.equal(timeless, shown);
  }));

test('docs/commands/prune.md: the example finds what it shows', () =>
  inFolder(async (folder) => {
    const [example] = blocks(page('commands/prune.md'), 'console');
    const [line, ...output] = example!.split('\n');
    const args = line!.split(' ').slice(2);
    const there = args.map((word) => word.replace(/^(fixtures\/)/, `${packageRoot()}/$1`));
    const { status, stdout, stderr } = await tinyml(there, { cwd: folder });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, output.join('\n'));
  }));

test('docs/commands/diagnose.md: the example finds what it shows', async () => {
  const [example] = blocks(page('commands/diagnose.md'), 'console');
  const [line, ...output] = example!.split('\n');
  const { status, stdout, stderr } = await tinyml(line!.split(' ').slice(2));
  assert.equal(status, 0, stderr);
  assert.equal(stdout, output.join('\n'));
});

test('docs/pass.md: the tutorial goes from a clip to gated firmware, with the figures that it gives', () =>
  inFolder(async (folder) => {
    const [, section] = page('pass.md').split('## From a clip to gated firmware\n');
    const [example] = blocks(section!, 'sh');
    const lines = example!.trimEnd().replaceAll('demo/', `${folder}/`).split('\n');
    const printed: Record<string, never>[] = [];
    for (const line of lines) {
      const { status, stdout, stderr } = await tinyml([...line.split(' ').slice(1), '--json']);
      assert.equal(status, 0, `${line}\n${stderr}`);
      printed.push(JSON.parse(stdout));
    }
    const [, , evaluated, , verified] = printed;
    const [, skipped, cosine] =
      /: ([\d.]+) % of the patches are skipped, and the outputs have a cosine of\s+([\d.]+)\./.exec(
        section!,
      )!;
    const { stages, drift } = evaluated as unknown as {
      stages: readonly { skip: { mean: number } }[];
      drift: { cosine: { mean: number } };
    };
    assert.equal((100 * stages[0]!.skip.mean).toFixed(2), skipped);
    assert.equal(drift.cosine.mean.toFixed(5), cosine);
    const [, whole, each] =
      /a whole frame takes ([\d.]+) million\s+instructions, the frames of the clip ([\d.]+) million/.exec(
        section!,
      )!;
    const { runs } = (verified as unknown as { verify: { runs: readonly Executed[] } }).verify;
    const counts = runs[1]!.vectors.flatMap(({ name, instructions }) =>
      name.startsWith('recorded') ? [instructions] : [],
    );
    assert.equal(counts.length, 16);
    const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
    near(counts[0]! / 1e6, Number(whole));
    near(mean / 1e6, Number(each));
  }));

/** Instructions as a page gives them: to within what a better kernel changes. */
function near(measured: number, written: number): void {
  assert.ok(Math.abs(measured / written - 1) < 0.1, `${measured}, the page says ${written}`);
}

type Executed = { readonly vectors: readonly { readonly name: string; readonly instructions: number }[] };

test('docs/commands/doctor.md: the example lists what doctor looks for', async () => {
  const [example] = blocks(page('commands/doctor.md'), 'text');
  const shown = example!.trimEnd().split('\n').slice(1);
  const { status, stdout } = await tinyml(['doctor', '--json']);
  assert.equal(status, 0);
  const { checks } = JSON.parse(stdout);
  assert.deepEqual(
    shown.map((line) => line.slice(9, 28).trim()),
    checks.map((check: { name: string }) => check.name),
  );
});

test('docs/commands/completion.md: the example completes what it says', (t) => {
  if (spawnSync('bash', ['--version']).status !== 0) return t.skip('bash is not installed');
  const [example] = blocks(page('commands/completion.md'), 'console');
  const [line, ...output] = example!.split('\n');
  const entry = [process.execPath, ...entryArguments()].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '--noprofile', '-c', `tinyml() { ${entry} "$@"; }\n${line!.slice(2)}`],
    { encoding: 'utf8', cwd: packageRoot() },
  );
  assert.equal(stderr, '');
  assert.equal(stdout, output.join('\n'));
});

test('variables that are not options do not share their names', () => {
  const options = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap((command) => command.options)];
  const taken = options.map(({ name }) => `TINYML_${name.toUpperCase().replaceAll('-', '_')}`);
  const own = [...page('commands/doctor.md').matchAll(/^\| `(TINYML_\w+)`/gm)].map((match) => match[1]!);
  assert.ok(own.length >= 3, 'the page lists no variables');
  assert.deepEqual(
    unknownVariables(Object.fromEntries(own.map((name) => [name, 'x']))),
    [],
    'nobody reads them',
  );
  assert.deepEqual(
    own.filter((name) => taken.includes(name)),
    [],
  );
});

test('docs/cli.md names every command and every option of all commands', () => {
  const text = page('cli.md');
  for (const { name } of COMMANDS) assert.match(text, new RegExp(`\`${name}[ \`]`), name);
  for (const option of GLOBAL_OPTIONS) assert.ok(text.includes(`\`${optionFlags(option)}\``), option.name);
});

test('docs/training-on-device.md: the example deploys firmware that trains, and proves it', () =>
  inFolder(async (folder) => {
    const text = page('training-on-device.md');
    const [deploy, verify] = blocks(text, 'sh')[0]!
      .trimEnd()
      .replaceAll('demo/', `${folder}/`)
      .replace('--on host,m4', '--on host')
      .split('\n')
      .map((line) => line.split(' ').slice(1));
    const deployed = await tinyml([...deploy!, '--json']);
    assert.equal(deployed.status, 0, deployed.stderr);
    const header = readFileSync(join(folder, 'wear', 'wear_training.h'), 'utf8');
    for (const name of blocks(text, 'c')[0]!.match(/wear_\w+|WEAR_\w+/g)!) {
      if (!['wear_input', 'wear_invoke', 'wear_reset'].includes(name)) assert.ok(header.includes(name), name);
    }
    const verified = await tinyml([...verify!, '--json']);
    assert.equal(verified.status, 0, verified.stderr);
    const { runs } = JSON.parse(verified.stdout).verify;
    assert.deepEqual(
      runs.map((run: { core: string; training: object }) => [run.core, run.training]),
      [['host', { steps: 40, bitExact: true, mismatch: null, records: [], instructions: null }]],
    );
  }));
