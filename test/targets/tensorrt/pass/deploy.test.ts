import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { tinyml } from '../../../cli/run.ts';
import { inFolder } from '../../../cli/small.ts';

const CLIPS = join(packageRoot(), 'fixtures', 'clips');
/** The command lines of the page, but for those on the board. */
const DOCUMENTED = /```sh\n([\s\S]*?)```/
  .exec(readFileSync(join(packageRoot(), 'docs', 'jetson-pass.md'), 'utf8'))![1]!
  .trim()
  .split('\n');

async function gated(folder: string, ...args: readonly string[]): Promise<void> {
  const from = join(CLIPS, 'backbone.onnx');
  const made = await tinyml(['gate', from, '-o', 'gated.onnx', '--threshold', '3', ...args], { cwd: folder });
  assert.equal(made.status, 0, made.stderr);
}

const deploy = (folder: string, ...args: readonly string[]) => {
  const target = ['--target', 'jetson-orin-nano', '--jetpack', '6.2', '--precision', 'fp16'];
  return tinyml(['deploy', 'gated.onnx', ...target, '-o', 'bundle', ...args, '--json'], { cwd: folder });
};

test('docs/jetson-pass.md: a gated model becomes a bundle with and without its gates, golden frames from the clip', () =>
  inFolder(async (folder) => {
    let stdout = '';
    for (const line of DOCUMENTED) {
      const args = line.replaceAll('demo/', '').replaceAll('fixtures/clips', CLIPS).split(' ').slice(1);
      const ran = await tinyml(args, { cwd: folder });
      assert.equal(ran.status, 0, ran.stderr);
      stdout = ran.stdout;
    }
    assert.match(stdout, /pass\/ runs it with its gates: a patch costs [\d.]+ times its share/);
    const facts = JSON.parse(readFileSync(join(folder, 'jetson', 'pass', 'pass.json'), 'utf8'));
    const { active } = facts.golden;
    assert.equal(active[0], facts.patches, 'the first frame is a whole one');
    assert.ok(
      active.slice(1).every((count: number) => count < facts.patches),
      active.join(),
    );
    const manifest = JSON.parse(readFileSync(join(folder, 'jetson', 'manifest.json'), 'utf8'));
    const { cost, ...pass } = manifest.pass;
    assert.deepEqual(pass, { networks: ['gate', 'stage', 'dense'], patches: 24, threshold: 0.25 });
    assert.ok(cost > 1 && cost < 4, `${cost}`);
    const listed = new Set(manifest.files.map(({ path }: { path: string }) => path));
    for (const file of ['gate.onnx', 'stage.onnx', 'dense.onnx', 'run_pass.py', 'build.sh', 'README.md']) {
      assert.ok(listed.has(`pass/${file}`), file);
    }
  }));

test('a gated model is not quantised before it is deployed, with --equalize or without', () =>
  inFolder(async (folder) => {
    await gated(folder);
    const data = ['-d', join(CLIPS, 'moving-square.y4m'), '-n', '4', '-o', 'out.onnx'];
    for (const more of [[], ['--equalize']]) {
      const args = ['quantize', 'gated.onnx', ...data, '--target', 'jetson-orin-nano', ...more];
      const { status, stderr } = await tinyml(args, { cwd: folder });
      assert.equal(status, 2);
      assert.match(stderr, /E_USAGE\]: a gated model is quantised for a Jetson as it is deployed/);
      assert.ok(!existsSync(join(folder, 'out.onnx')));
    }
  }));

test('a gated model without golden frames gets made-up ones', () =>
  inFolder(async (folder) => {
    await gated(folder);
    assert.equal((await deploy(folder)).status, 0);
    const { patches, golden } = JSON.parse(readFileSync(join(folder, 'bundle', 'pass', 'pass.json'), 'utf8'));
    const [first, same, one, quarter, other] = golden.active;
    assert.deepEqual([first, same], [patches, 0]);
    assert.ok(one > 0 && one < quarter && quarter < other, golden.active.join());
  }));

test('a gated model that engines cannot run in parts is refused, and nothing is written', () =>
  inFolder(async (folder) => {
    await gated(folder, '--mode', 'fast');
    const { status, stderr } = await deploy(folder);
    assert.equal(status, 2);
    assert.match(stderr, /E_OP.*one gate in exact mode/s);
    assert.ok(!existsSync(join(folder, 'bundle')));
  }));
