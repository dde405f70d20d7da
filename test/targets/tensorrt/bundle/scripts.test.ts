/** Every script of every bundle, as its own tools see it; and what the Python builder does on a stub of its release. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { loadProfile, profileIds } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { buildCommand } from '../../../../src/targets/tensorrt/bundle/commands.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import type { BundleInput } from '../../../../src/targets/tensorrt/bundle/input.ts';
import { layerPrecisionsValue } from '../../../../src/targets/tensorrt/bundle/pins.ts';
import type { TensorRtModel } from '../../../../src/targets/tensorrt/release/model.ts';
import type { Platform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { withBoard } from './board.ts';
import { platformOf, smallInput } from './small-input.ts';

const STUB = join(packageRoot(), 'test/targets/tensorrt/bundle/stub');

/** Two layers of which the builder must be told the precision. */
const pinned = (model: TensorRtModel): TensorRtModel => ({
  ...model,
  layers: model.layers.map((layer) =>
    layer.op === 'Gemm' || layer.node === 'conv2' ? { ...layer, precision: 'fp32' } : layer,
  ),
});

/** One module with a JetPack for each release, precision and place where layers run: what scripts differ by. */
const PLATFORMS: readonly Platform[] = [
  ...new Map(
    profileIds()
      .map((id) => loadProfile(id))
      .filter((profile): profile is JetsonProfile => profile.kind === 'jetson')
      .flatMap(({ id, software }) =>
        software.flatMap(({ jetpack, dla }) => [
          platformOf(id, { jetpack }),
          ...(dla ? [platformOf(id, { jetpack, dla: 0 })] : []),
        ]),
      )
      .map((platform) => [`${platform.release.id} ${platform.precision} ${platform.dlaCore}`, platform]),
  ).values(),
];

/** A bundle of each; and one in which layers have precisions of their own. */
let bundles: readonly { readonly input: BundleInput; readonly files: ReturnType<typeof bundleFiles> }[] = [];
before(async () => {
  const inputs = await Promise.all([
    ...PLATFORMS.map((platform) => smallInput(platform)),
    ...PLATFORMS.map((platform) => smallInput(platform, undefined, pinned)),
  ]);
  bundles = inputs.map((input) => ({ input, files: bundleFiles(input) }));
});

test('shellcheck finds nothing in any shell script', () => {
  assert.ok(existsSync('/usr/bin/shellcheck'), 'run scripts/install-system-packages.sh tests');
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-shellcheck-'));
  try {
    const write = (path: string, text: string): string => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
      return path;
    };
    const scripts = bundles.flatMap(({ files }, i) =>
      [...files].flatMap(([path, text]) => {
        if (!path.endsWith('.sh')) return [];
        // Settings differ from bundle to bundle, the rest does not: one of them is where the others look for it.
        if (path === 'settings.sh') return [write(i === 0 ? path : `settings${i}.sh`, String(text))];
        return i === 0 ? [write(path, String(text))] : [];
      }),
    );
    assert.ok(scripts.length > bundles.length);
    const check = (...args: readonly string[]) =>
      spawnSync('shellcheck', args, { cwd: folder, encoding: 'utf8' });
    const { status, stdout } = check('--external-sources', '--shell=sh', ...scripts);
    assert.equal(status, 0, stdout);
    write('settings.sh', 'echo $1');
    assert.equal(check('--shell=sh', 'settings.sh').status, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('Python scripts are written in the Python of the board', () => {
  const program = `
import ast, json, sys
for version, text in json.load(sys.stdin):
    ast.parse(text, feature_version=tuple(int(part) for part in version.split(".")))
`;
  const scripts = bundles.flatMap(({ input, files }) => {
    return ['build_engine.py', 'results.py'].map((path) => [input.platform.software.python, files.get(path)]);
  });
  const unique = [...new Map(scripts.map((pair) => [JSON.stringify(pair), pair])).values()];
  const { status, stderr } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(unique),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const newer = [['3.6', 'if (n := 1): pass']];
  assert.equal(spawnSync('python3', ['-c', program], { input: JSON.stringify(newer) }).status, 1);
});

test('the Python builder uses names of its release alone, and configures what build.sh does', async () => {
  for (const { input, files } of bundles) {
    const { release, software, workspaceBytes, dlaCore } = input.platform;
    await withBoard(files, input.platform, (board) => {
      const env = {
        PYTHONPATH: STUB,
        FAKE_TENSORRT: software.tensorrt,
        FAKE_LAYERS: JSON.stringify(input.model.layers.map(({ node }) => node)),
      };
      const { status, stderr } = board.run(['python3', 'build_engine.py'], env);
      assert.equal(status, 0, `${input.platform.profile.id} ${software.jetpack}: ${stderr}`);
      const engine = JSON.parse(readFileSync(join(board.folder, 'build/small.engine'), 'utf8')) as {
        readonly flags: readonly string[];
        readonly pools: { readonly WORKSPACE?: number };
        readonly max_workspace_size?: number;
        readonly precisions: Readonly<Record<string, string>>;
        readonly DLA_core?: number;
      };
      assert.equal(engine.pools.WORKSPACE ?? engine.max_workspace_size, workspaceBytes);
      assert.equal(engine.DLA_core ?? null, dlaCore);
      const command = buildCommand(input);
      if (command === null) {
        assert.equal(release.id, '8.2');
        assert.ok(Object.values(engine.precisions).length >= 2);
        assert.ok(engine.flags.includes('OBEY_PRECISION_CONSTRAINTS'));
      } else {
        const has = (option: string): boolean => command.includes(`--${option}`);
        const flag = (name: string): boolean => engine.flags.includes(name);
        assert.deepEqual(
          [flag('INT8'), flag('FP16'), flag('GPU_FALLBACK')],
          [has('int8'), has('fp16'), has('allowGPUFallback')],
        );
        const value =
          command.find((arg) => arg.startsWith('--layerPrecisions='))?.slice('--layerPrecisions='.length) ??
          '';
        const asked = Object.entries(engine.precisions).map(
          ([layer, type]) => `${layer}:${type.replace('loat', 'p')}`,
        );
        assert.equal(value, asked.join(','));
      }
    });
  }
});

test('the stand-ins refuse what their release does not have', async () => {
  const input = await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2' }));
  const files = bundleFiles(input);
  const newer = String(files.get('build_engine.py')).replace('["10", "3"]', '["11", "4"]');
  const older = newer.replace('["11", "4"]', '["8", "2"]');
  await withBoard(new Map([...files, ['newer.py', newer], ['older.py', older]]), input.platform, (board) => {
    const run = (script: string, release: string) =>
      board.run(['python3', script], { PYTHONPATH: STUB, FAKE_TENSORRT: release }).stderr;
    assert.match(run('newer.py', '11.4.1'), /AttributeError: .*INT8/);
    assert.match(
      run('older.py', '8.2.1'),
      /AttributeError: tensorrt 8\.2\.1 has no MemoryPoolType|AssertionError/,
    );
    assert.match(board.run(['./build.sh'], { FAKE_RELEASE: '11.4' }).stderr, /Unknown option: --int8/);
    assert.match(board.run(['./build.sh'], { FAKE_RELEASE: '8.2' }).stderr, /Unknown option: --memPoolSize/);
  });
});

test('where trtexec cannot be told precisions, build.sh goes through the Python API', async () => {
  const input = await smallInput(platformOf('jetson-nano', { jetpack: '4.6' }), undefined, pinned);
  await withBoard(bundleFiles(input), input.platform, (board) => {
    const { status, stderr } = board.run(['./build.sh'], { PYTHONPATH: STUB, FAKE_TENSORRT: '8.2.1' });
    assert.equal(status, 0, stderr);
    assert.equal(board.calls().length, 0);
    const other = board.run(['python3', 'build_engine.py'], { PYTHONPATH: STUB, FAKE_TENSORRT: '8.5.2' });
    assert.deepEqual(
      [other.status, other.stderr],
      [2, 'error: this script is for TensorRT 8.2; here is 8.5.2\n'],
    );
  });
});

test('names of layers reach trtexec, or the Python API where trtexec would take them apart', async () => {
  const platform = platformOf('jetson-orin-nano', { jetpack: '6.2' });
  const inputFor = (layer: string) =>
    smallInput(platform, { input: 'image', output: 'scores', layer }, (model) => ({
      ...model,
      layers: model.layers.map((one) => (one.node === layer ? { ...one, precision: 'fp32' } : one)),
    }));
  const plain = await inputFor('a$(touch x)"`touch x`\\:b');
  await withBoard(bundleFiles(plain), platform, (board) => {
    assert.equal(board.run(['./build.sh']).status, 0);
    assert.ok(board.calls()[0]!.includes('--layerPrecisions=a$(touch x)"`touch x`\\:b:fp32'));
    assert.equal(existsSync(join(board.folder, 'x')), false);
  });
  const name = 'a$(touch x)"\'\n,*{}\u{1f600}';
  await withBoard(bundleFiles(await inputFor(name)), platform, (board) => {
    const env = { PYTHONPATH: STUB, FAKE_TENSORRT: '10.3.0', FAKE_LAYERS: JSON.stringify(['conv2', name]) };
    const { status, stderr } = board.run(['./build.sh'], env);
    assert.equal(status, 0, stderr);
    const { precisions } = JSON.parse(readFileSync(join(board.folder, 'build/small.engine'), 'utf8'));
    assert.deepEqual(precisions, { [name]: 'float32' });
    assert.deepEqual([board.calls().length, existsSync(join(board.folder, 'x'))], [0, false]);
  });
  const many = Array.from({ length: 2000 }, (_, i) => ({
    layer: `layer${i}`.padEnd(70, 'x'),
    precision: 'fp32' as const,
  }));
  assert.equal(layerPrecisionsValue('10.3', many), null);
  assert.equal(layerPrecisionsValue('10.3', many.slice(0, 1)), `${many[0]!.layer}:fp32`);
});

test('no INT8 or FP16 flag for strongly typed releases; both for weakly typed ones; a cache for the DLA alone', () => {
  for (const { input } of bundles) {
    const { release, precision, dlaCore } = input.platform;
    const command = buildCommand(input) ?? [];
    const found = command.filter((arg) => /^--(int8|fp16|best|stronglyTyped|calib=.*)$/.test(arg));
    if (command.length === 0) continue;
    const cache = dlaCore !== null && precision === 'int8' ? ['--calib=calibration.cache'] : [];
    const expected =
      release.id === '11.4' ? [] : precision === 'fp16' ? ['--fp16'] : ['--int8', '--fp16', ...cache];
    assert.deepEqual(found, expected, `${input.platform.profile.id} ${input.platform.software.jetpack}`);
  }
});

test('equal inputs give equal bytes', async () => {
  const platform = platformOf('jetson-orin-nano', { jetpack: '6.2' });
  const [first, second] = [bundleFiles(await smallInput(platform)), bundleFiles(await smallInput(platform))];
  assert.deepEqual(first, second);
});
