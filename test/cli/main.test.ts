import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { packageRoot } from '../../src/package-root.ts';
import { type Outcome, outcome, type RunOptions, start, tinyml } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-main-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a call that must fail, and checks that it fails as every call does: one error on stderr, nothing on stdout. */
async function failing(args: readonly string[], status: number, options: RunOptions = {}): Promise<Outcome> {
  const result = await tinyml(args, options);
  assert.equal(result.status, status, `exit status of ${args.join(' ')}\n${result.stderr}`);
  assert.equal(result.stdout, '', 'a failure must print nothing on stdout');
  assert.doesNotMatch(result.stderr, /\n\s+at .*:\d+:\d+/, 'no stack trace without --verbose');
  return result;
}

test('help goes to stdout, lists every command, and succeeds', async () => {
  const { status, stdout, stderr } = await tinyml(['--help']);
  assert.equal(status, 0);
  assert.equal(stderr, '');
  for (const { name } of COMMANDS) assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  assert.equal((await tinyml(['--version'])).stdout, `${version}\n`);
});

test('help loads nothing but commander and the modules that start the program', async () => {
  const log = join(folder, 'loaded.txt');
  const hook = `import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      appendFileSync(${JSON.stringify(log)}, url + '\\n');
      return next(url, context);
    }`;
  const dataUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  writeFileSync(log, '');
  const { status, stdout } = await tinyml(['quantize', '--help'], {
    nodeOptions: ['--import', dataUrl(register)],
  });
  assert.equal(status, 0);
  assert.match(stdout, /--color <when> +colour \(auto, always, never; default: auto\)/);
  assert.match(stdout, /--seed <n>/, 'global options belong to the help of each command');
  assert.match(stdout, /Examples:\n {2}\$ tinyml quantize/);
  const loaded = readFileSync(log, 'utf8')
    .split('\n')
    .map((url) => url.replace(/[?#].*$/, ''))
    .filter((url) => url.startsWith('file:') && !/\/node_modules\/(tsx|esbuild)\//.test(url))
    .map((url) => url.replace(/^.*\/(?=node_modules\/|src\/|bin\/|test\/)/, '').replace(/\.[jt]s$/, ''));
  const allowed = [
    /^node_modules\/commander\//,
    /^(bin\/tinyml|test\/cli\/entry)$/,
    /^src\/package-root$/,
    /^src\/cli\/(main|parse|commands|other-verbs|terminal|interrupts)$/,
    /^src\/diagnostics\/(color|errors|lists|printable|units)$/,
    /^src\/program\/implementation$/,
    /^src\/quantize\/(calibration-size|observers\/kinds)$/,
    /^src\/search\/ranks$/,
  ];
  assert.ok(loaded.includes('src/cli/main'), `the hook saw nothing of the program: ${loaded.join(' ')}`);
  assert.deepEqual(
    loaded.filter((path) => !allowed.some((pattern) => pattern.test(path))),
    [],
    'these modules slow down every --help',
  );
});

test('usage errors exit 2 and say what was meant', async () => {
  const { stderr } = await failing(['inspet'], 2);
  assert.equal(stderr, "error[E_USAGE]: unknown command 'inspet'\n  hint: Did you mean inspect?\n");
});

test('with --json errors are one JSON document on stderr, usage errors too', async () => {
  const runs = await Promise.all([
    failing(['--json', 'inspet'], 2),
    failing(['profiles', 'show', 'nowhere'], 2, { env: { TINYML_JSON: '1' } }),
  ]);
  const codes = runs.map(({ stderr }) => {
    const document = JSON.parse(stderr);
    assert.equal(document.schema, 1);
    return document.error.code;
  });
  assert.deepEqual(codes, ['E_USAGE', 'E_PROFILE']);
});

test('with --json a result is one JSON document on stdout', async () => {
  const { status, stdout, stderr } = await tinyml(['profiles', '--json']);
  assert.equal(status, 0);
  assert.equal(stderr, '');
  const document = JSON.parse(stdout);
  assert.equal(document.schema, 1);
  assert.equal(document.command, 'profiles');
  assert.ok(document.profiles.length >= 19);
});

test('--verbose shows the stack of an error', async () => {
  const { status, stderr } = await tinyml(['profiles', 'show', 'nowhere', '--verbose']);
  assert.equal(status, 2);
  assert.match(stderr, /TinymlError[\s\S]*loadProfile/);
});

test('a reader that goes away early is no error', async () => {
  const child = start(['completion', 'bash']);
  child.stdout!.destroy();
  const { status, stderr } = await outcome(child);
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('colour is for terminals, unless it is asked for', async () => {
  const csi = '\u001b[';
  const show = (args: readonly string[], env: Record<string, string>): Promise<Outcome> =>
    tinyml(['profiles', 'show', 'rp2040', ...args], { env });
  const [pipe, forced, json, error] = await Promise.all([
    show([], {}),
    show([], { FORCE_COLOR: '1' }),
    show(['--json'], { FORCE_COLOR: '1' }),
    tinyml(['inspet'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
  ]);
  assert.ok(!pipe.stdout.includes(csi), 'colour in a pipe');
  assert.ok(forced.stdout.includes(csi), 'FORCE_COLOR is ignored');
  assert.ok(!json.stdout.includes(csi), 'colour inside JSON');
  assert.ok(error.stderr.includes(csi), 'FORCE_COLOR is ignored on stderr');
});

test('settings reach a command: flag, then environment, then tinyml.json', async () => {
  const repository = join(folder, 'repository');
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, 'inner'));
  writeFileSync(join(repository, 'tinyml.json'), JSON.stringify({ doctor: { for: 'nonsense' } }));
  const cwd = join(repository, 'inner');
  const [file, flag] = await Promise.all([
    failing(['doctor'], 2, { cwd }),
    failing(['doctor', '--for', 'rubbish'], 2, { cwd, env: { TINYML_FOR: 'gibberish' } }),
  ]);
  assert.match(file.stderr, /"nonsense"\n {2}at: .*tinyml\.json: doctor\.for/);
  assert.match(flag.stderr, /"rubbish"\n {2}at: --for/);
  // A limit that nobody typed is not told as if somebody had.
  const result = JSON.stringify({ schema: 1, command: 'plan', memory: { arenaBytes: 1 } });
  writeFileSync(join(cwd, 'a.json'), result);
  writeFileSync(join(repository, 'tinyml.json'), JSON.stringify({ diff: { 'max-drop': '1%' } }));
  const gate = await tinyml(['diff', 'a.json', 'a.json'], { cwd });
  assert.match(gate.stderr, /at: --max-drop 1\.00 % \(.*tinyml\.json: diff\.max-drop\)/);
  const variable = await tinyml(['diff', 'a.json', 'a.json'], { cwd, env: { TINYML_MAX_DROP: '2%' } });
  assert.match(variable.stderr, /at: --max-drop 2\.00 % \(TINYML_MAX_DROP\)/);
});

test('an interrupt ends a command with 130 and one message', async () => {
  // A compiler that never answers keeps doctor waiting.
  const compiler = join(folder, 'slow-compiler');
  const started = join(folder, 'started');
  writeFileSync(compiler, `#!/bin/sh\ntouch '${started}'\nexec sleep 5\n`, { mode: 0o755 });
  const child = start(['doctor'], { env: { TINYML_CC: compiler } });
  const end = outcome(child);
  await until(() => existsSync(started));
  child.kill('SIGINT');
  const { status, stdout, stderr } = await end;
  assert.equal(status, 130, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^error\[E_INTERRUPTED\]/);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('waited ten seconds in vain');
}
