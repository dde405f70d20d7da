import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../../../src/diagnostics/errors.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import type { Platform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { hasOption } from '../../../../src/targets/tensorrt/release/trtexec.ts';
import { typingOf } from '../../../../src/targets/tensorrt/release/typing.ts';
import { numberOfVersion } from '../../../../src/targets/tensorrt/release/version-number.ts';
import { verifyEngine } from '../../../../src/targets/tensorrt/verify.ts';
import { inFolder } from '../../../cli/small.ts';
import { platformOf, writeBundle } from './bundles.ts';

const STAND_IN = join(packageRoot(), 'test', 'targets', 'tensorrt', 'pass', 'stand-in');
const SERVER = join(packageRoot(), 'dist', 'test', 'targets', 'tensorrt', 'pass', 'engine-server.js');

/** Writes what it was called with beside a plan that the stand-in of the Python package reads. */
const TRTEXEC = `#!/bin/sh
printf '&&&& RUNNING TensorRT.trtexec [TensorRT v%s] # trtexec\\n' "$STAND_IN_VERSION"
for argument in "$@"; do
  printf '%s\\n' "$argument"
  case $argument in
    --help) exit 0 ;;
    --onnx=*) onnx=\${argument#--onnx=} ;;
    --saveEngine=*) engine=\${argument#--saveEngine=} ;;
    --minShapes=ids:*) least=\${argument#--minShapes=ids:} ;;
    --maxShapes=ids:*) most=\${argument#--maxShapes=ids:} ;;
  esac
done
printf '{"onnx":"%s","profile":{%s}}' "$(pwd)/$onnx" "\${least:+\\"ids\\":[$least,$most]}" >"$engine"
`;

type Board = { readonly folder: string; readonly environment: NodeJS.ProcessEnv };

/** A bundle in a folder, on what stands for a board. */
async function boardWith(folder: string, platform: Platform): Promise<Board> {
  await writeBundle(folder, platform);
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'trtexec'), TRTEXEC);
  chmodSync(join(tools, 'trtexec'), 0o755);
  const cudart = join(tools, 'libcudart.so');
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', cudart, join(STAND_IN, 'cudart.c')], {
    encoding: 'utf8',
  });
  assert.equal(compiled.status, 0, compiled.stderr);
  const [major, minor] = platform.release.version;
  const environment = {
    ...process.env,
    PATH: `${tools}:${process.env.PATH}`,
    PYTHONPATH: STAND_IN,
    PYTHONDONTWRITEBYTECODE: '1',
    CUDART: cudart,
    STAND_IN_RELEASE: `${major}.${minor}`,
    STAND_IN_VERSION: String(numberOfVersion(platform.release.version)),
    STAND_IN_SERVER: SERVER,
  };
  return { folder, environment };
}

function run(
  { folder, environment }: Board,
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
) {
  return spawnSync(command, args, { cwd: folder, env: { ...environment, ...more }, encoding: 'utf8' });
}

const build = (board: Board) => run(board, 'sh', ['pass/build.sh', '--force']);
const runPass = (board: Board, args: readonly string[] = [], more: NodeJS.ProcessEnv = {}) =>
  run(board, 'python3', ['pass/run_pass.py', ...args], more);
const readJson = ({ folder }: Board, path: string) =>
  JSON.parse(readFileSync(join(folder, 'pass', path), 'utf8'));

const PLATFORMS: readonly (readonly [string, Platform])[] = [
  ['TensorRT 8.2 in FP16', platformOf('jetson-nano', { jetpack: '4.6' })],
  ['TensorRT 8.5 in INT8', platformOf('jetson-orin-nano', { jetpack: '5.1' })],
  ['TensorRT 10.3 in INT8', platformOf('jetson-orin-nano', { jetpack: '6.2' })],
  ['TensorRT 11.4 in INT8, types in the graph', platformOf('jetson-agx-orin', { jetpack: '7.2.2' })],
];

for (const [name, platform] of PLATFORMS) {
  test(`the runner gives the golden frames: ${name}`, () =>
    inFolder(async (folder) => {
      const board = await boardWith(folder, platform);
      const built = build(board);
      assert.equal(built.status, 0, built.stderr);
      for (const part of ['gate', 'stage', 'dense', 'rest']) {
        const said = readFileSync(join(folder, 'pass', 'build', `${part}.log`), 'utf8')
          .trim()
          .split('\n')
          .slice(1);
        for (const argument of said) {
          const [, option = ''] = /^--(\w+)/.exec(argument) ?? [];
          assert.ok(hasOption(platform.release.id, option), `${argument} with ${platform.release.id}`);
        }
        const flagged = part !== 'gate' && typingOf(platform) === 'weak';
        assert.equal(said.includes('--fp16'), flagged, part);
        assert.equal(said.includes('--int8'), flagged && platform.precision === 'int8', part);
        assert.equal(said.includes('--maxShapes=ids:24'), part === 'stage', part);
      }
      // Usually whole frames are quicker from a quarter of the patches on; these frames change more.
      const waysOf = (): ReadonlySet<string> => {
        const ran = runPass(board);
        assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`);
        const { passed, frames } = readJson(board, 'build/results.json');
        assert.ok(passed);
        const { active } = readJson(board, 'pass.json').golden;
        assert.deepEqual(
          frames.map((frame: { active: number }) => frame.active),
          active,
        );
        return new Set(frames.map(({ way }: { way: string }) => way));
      };
      assert.deepEqual(waysOf(), new Set(['dense', 'nothing']));
      writeFileSync(join(folder, 'pass', 'build', 'threshold.json'), '{"threshold": 0.7}');
      assert.deepEqual(waysOf(), new Set(['dense', 'nothing', 'stage']));
    }));
}

test('a wrong golden frame, another release, no engine and half a frame are told', () =>
  inFolder(async (folder) => {
    const board = await boardWith(
      folder,
      platformOf('jetson-orin-nano', { jetpack: '6.2', precision: 'fp16' }),
    );
    const early = runPass(board);
    assert.match(early.stderr, /gate\.engine/);
    assert.notEqual(early.status, 0);
    assert.equal(build(board).status, 0);
    const other = run(board, 'sh', ['pass/build.sh'], { STAND_IN_VERSION: '8502' });
    assert.equal(other.status, 2);
    assert.match(other.stderr, /for TensorRT 10\.3/);

    const frame = readFileSync(join(folder, 'pass', 'golden', 'frame0-input.bin'));
    const stream = (bytes: Uint8Array) => {
      writeFileSync(join(folder, 'frames.bin'), bytes);
      return runPass(board, ['--input', 'frames.bin', '--output', 'outputs.bin']);
    };
    assert.equal(stream(Buffer.concat([frame, frame])).status, 0);
    const once = [0, 1].map(
      (i) => readFileSync(join(folder, 'pass', 'golden', `frame0-output${i}.bin`)).length,
    );
    assert.equal(readFileSync(join(folder, 'outputs.bin')).length, 2 * (once[0]! + once[1]!));
    const half = stream(Buffer.concat([frame, frame.subarray(4)]));
    assert.equal(half.status, 2);
    assert.match(half.stderr, /frames\.bin ends in the middle of a frame/);

    const file = join(folder, 'pass', 'golden', 'frame5-output1.bin');
    const values = new Float32Array(Uint8Array.from(readFileSync(file)).buffer);
    writeFileSync(file, new Uint8Array(values.map((value, i) => (i === 2 ? value + 1 : value)).buffer));
    const wrong = runPass(board);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /frame 5: .*WRONG[\s\S]*FAIL/);
    assert.equal(build(board).status, 2, 'a file that was changed');
  }));

/** What verify says of results as they are, and of such as were changed. */
async function verifyAtDesk(folder: string): Promise<void> {
  const file = join(folder, 'pass', 'build', 'results.json');
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const verify = (changes: object, maxLatencyMs: number | null = null) => {
    writeFileSync(file, JSON.stringify({ ...results, ...changes }));
    const options = {
      on: [],
      layers: false,
      steps: null,
      learning: null,
      jobs: 1,
      results: file,
      maxLatencyMs,
    };
    return verifyEngine(folder, options);
  };
  const { text, json } = await verify({});
  assert.match(text.join('\n'), /golden frames are within tolerance \(0 as a whole/);
  assert.match(text.join('\n'), /measured: whole frames from 100\.0* % of 24 patches on/);
  assert.equal((json as { pass: { measured: { lists: unknown[] } } }).pass.measured.lists.length, 10);
  const untimed = await verify({ measured: null });
  assert.match(untimed.text.join('\n'), /assumed: .*\nnote: nothing was timed/);

  const [first, ...rest] = results.frames;
  const far = [{ ...first, good: true, errors: first.errors.map(() => 1e9) }, ...rest];
  const lost = [{ ...first, errors: first.errors.map(() => null) }, ...rest];
  const refused: readonly (readonly [object, number | null, string, RegExp])[] = [
    [{ frames: far, passed: true }, null, 'E_MISMATCH', /frame 0 .* off by 1000000000, more than/],
    [{ frames: lost }, null, 'E_MISMATCH', /off by no finite number/],
    [{ frames: rest }, null, 'E_BUNDLE', /do not hold every golden frame/],
    [{ manifest: '0'.repeat(64) }, null, 'E_BUNDLE', /of another bundle/],
    [{ manifest: null }, null, 'E_BUNDLE', /of another bundle/],
    [{ threshold: 2 }, null, 'E_BUNDLE', /threshold/],
    [{}, 1, 'E_GATE', /a whole frame takes/],
    [{ measured: null }, 1, 'E_USAGE', /hold no times/],
  ];
  for (const [changes, limit, code, said] of refused) {
    await assert.rejects(verify(changes, limit), (error) => {
      assert.ok(error instanceof TinymlError, String(error));
      assert.equal(error.code, code);
      assert.match([error.message, ...error.at].join(' '), said);
      return true;
    });
  }
}

test('--measure finds where whole frames are quicker, and the runner goes by it', () =>
  inFolder(async (folder) => {
    const board = await boardWith(
      folder,
      platformOf('jetson-orin-nano', { jetpack: '6.2', precision: 'fp16' }),
    );
    assert.equal(build(board).status, 0);
    const pace = { STAND_IN_PACE: JSON.stringify({ 'dense.onnx': 300 }) };
    const measured = runPass(board, ['--measure', '--rounds', '1'], pace);
    assert.equal(measured.status, 0, measured.stderr);
    const { threshold, lists, dense_ms: whole } = readJson(board, 'build/threshold.json');
    assert.deepEqual(
      lists.map(({ patches }: { patches: number }) => patches),
      [1, 3, 4, 6, 7, 9, 12, 15, 18, 24],
    );
    assert.ok(whole >= 300);
    assert.equal(threshold, 1, measured.stdout);
    assert.equal(runPass(board).status, 0);
    const { frames } = readJson(board, 'build/results.json');
    for (const { active, way } of frames) assert.equal(way, active === 0 ? 'nothing' : 'stage');
    await verifyAtDesk(folder);

    const share = (times: string) =>
      run(board, 'python3', [
        '-c',
        `import sys; sys.path.insert(0, 'pass'); import run_pass; print(run_pass.quicker_share(${times}, 24))`,
      ]).stdout.trim();
    const of = (...lists: readonly number[]): string =>
      `{('dense', None): 5.0, ('stage', 3): ${lists[0]}, ('stage', 12): ${lists[2]}, ('stage', 6): ${lists[1]}}`;
    assert.deepEqual([share(of(1, 2, 3)), share(of(1, 5, 3)), share(of(6, 1, 1))], ['0.5', '0.125', '0.0']);
  }));
