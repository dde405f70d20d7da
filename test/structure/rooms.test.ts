import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { importsOf, sourcesIn } from './sources.ts';

/** From the ground up. A file imports from its own room and from lower floors; rooms of one floor know nothing of each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['src/diagnostics'],
  ['src/package-root.ts', 'src/numbers'],
  ['src/program', 'src/signal'],
  ['src/engine', 'src/profiles'],
  ['src/graph', 'src/codec'],
  ['src/onnx', 'src/ops', 'src/data'],
  ['src/passes', 'src/input', 'src/parallel'],
  ['src/lower/shared'],
  ['src/lower/int8', 'src/lower/int16', 'src/lower/float32'],
  ['src/lower'],
  ['src/execute'],
  ['src/quantize', 'src/prune'],
  ['src/train'],
  ['src/train/compile'],
  ['src/train/backends'],
  ['src/train/run'],
  [
    'src/train/ablation',
    'src/train/sparsity',
    'src/gate',
    'src/split',
    'src/fleet/strategies',
    'src/fleet/updates',
  ],
  [
    'src/targets/target.ts',
    'src/targets/bundle-folder.ts',
    'src/targets/bundle-name.ts',
    'src/targets/serial-protocol.ts',
  ],
  ['src/targets/cortex-m', 'src/targets/onnxruntime', 'src/targets/tensorrt/release'],
  ['src/targets/tensorrt/lint', 'src/targets/tensorrt/quantise', 'src/targets/tensorrt/forms'],
  ['src/targets/tensorrt/bundle'],
  ['src/targets/tensorrt/board'],
  ['src/targets/tensorrt'],
  ['src/targets'],
  ['src/search', 'src/fleet/simulate', 'src/fleet/serial', 'src/fleet/flower'],
  ['src/fleet/gateway'],
  ['src/report'],
  ['src/cli'],
];

const sources = sourcesIn('src');
const imports = sources.flatMap((source) =>
  importsOf(source).map((found) => ({ from: source.path, to: found.path })),
);

/** The room of a file: the one with the longest name that it lies in. */
function roomOf(path: string): string {
  const rooms = FLOORS.flat().filter((room) => path === room || path.startsWith(`${room}/`));
  assert.ok(rooms.length > 0, `${path} lies in no room`);
  return rooms.reduce((deepest, room) => (room.length > deepest.length ? room : deepest));
}

const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));

test('every import leads to a file of the project', () => {
  const paths = new Set(sources.map(({ path }) => path));
  assert.deepEqual(
    imports.filter(({ to }) => !paths.has(to)),
    [],
  );
  assert.ok(imports.length > 1000);
});

test('imports lead down, from room to room', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [own, other] = [roomOf(from), roomOf(to)];
    return own !== other && floorOf(other) >= floorOf(own);
  });
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('what a target is made of, only its room and the table of targets know', () => {
  const targetOf = (path: string): string | undefined => /^src\/targets\/([^/.]+)\//.exec(path)?.[1];
  assert.deepEqual([...new Set(FLOORS.flat().flatMap((room) => targetOf(`${room}/`) ?? []))].sort(), [
    'cortex-m',
    'onnxruntime',
    'tensorrt',
  ]);
  const wrong = imports.filter(
    ({ from, to }) =>
      targetOf(to) !== undefined && targetOf(from) !== targetOf(to) && from !== 'src/targets/index.ts',
  );
  assert.deepEqual([...new Set(wrong.map(({ from }) => from))], ['src/cli/doctor.ts']);
});

test('every room has files', () => {
  const used = new Set(sources.map(({ path }) => roomOf(path)));
  assert.deepEqual(
    FLOORS.flat().filter((room) => !used.has(room)),
    [],
  );
});

test('no file imports itself over others', () => {
  // What imports nothing that is left, or what nothing that is left imports, is in no circle.
  let left = imports;
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    const [importing, imported] = [new Set(left.map(({ from }) => from)), new Set(left.map(({ to }) => to))];
    left = left.filter(({ from, to }) => importing.has(to) && imported.has(from));
  }
  assert.deepEqual(
    left.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('the architecture page names every room once, on its floor', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'architecture.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| `(src\/[^`]+)` \|/gm)];
  const named = rows.map(([, floor, room]) => [Number(floor), room!.replace(/\/$/, '')]);
  const expected = FLOORS.flatMap((rooms, floor) => rooms.map((room) => [floor + 1, room]));
  assert.deepEqual(named, expected);
});
