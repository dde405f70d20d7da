import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const images = (part: string): string =>
  join(packageRoot(), 'fixtures', 'fashion-mnist', `${part}-images-idx3-ubyte`);
const space = join(packageRoot(), 'fixtures', 'search', 'mobile.json');

const small = [
  ...['--space', space, '--target', 'stm32f411', '--max-ram', '16K', '--max-latency', '30'],
  ...['-n', '24', '--trials', '2', '--trial-epochs', '1', '--epochs', '1', '--limit-train', '96'],
  ...['--data', images('calibration'), '--batch-size', '16', '--rank', 'naswot', '--json'],
];

test('search trains what stands out, writes the winner, and goes on from its log', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'pixels.json'), '{"scale": 0.00392156862745098}');
    const args = [
      ...['search', ...small, '--preprocess', 'pixels.json', '--log', 'runs.jsonl', '-o', 'best.onnx'],
      ...['--eval', images('evaluation'), '--report', 'search.html'],
    ];
    const first = await tinyml(args, { cwd: folder });
    assert.equal(first.status, 0, first.stderr);
    const { provenance: _, ...found } = JSON.parse(first.stdout);
    assert.equal(found.planned, 24);
    assert.equal(found.finalists.length, 2);
    for (const { ramBytes, latencyMs, trial } of found.finalists) {
      assert.ok(ramBytes <= 16384 && latencyMs <= 30 && trial.accuracy >= 0);
    }
    assert.ok(found.finalists.some(({ key }: { key: string }) => key === found.winner.key));
    assert.ok(found.winner.accuracy > 0 && found.winner.accuracy < 1);
    const written = await loadModel(join(folder, 'best.onnx'));
    assert.ok(written.nodes.some(({ op }) => op === 'QuantizeLinear'));
    assert.match(readFileSync(join(folder, 'search.html'), 'utf8'), /<h1>Search: mobile<\/h1>/);

    // Of a log that was cut off within its last line, the rest is not done again.
    const log = readFileSync(join(folder, 'runs.jsonl'), 'utf8');
    const lines = log.trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes('"of":"trial"')).length, 2);
    writeFileSync(join(folder, 'runs.jsonl'), log.slice(0, -20));
    const again = await tinyml([...args, '--resume'], { cwd: folder });
    assert.equal(again.status, 0, again.stderr);
    const { provenance: __, ...repeated } = JSON.parse(again.stdout);
    assert.deepEqual(repeated, found);
    const resumed = readFileSync(join(folder, 'runs.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(resumed.length, lines.length);

    const other = await tinyml([...args, '--resume', '--seed', '2'], { cwd: folder });
    assert.equal(other.status, 2);
    assert.match(other.stderr, /E_CHECKPOINT.*another search/);
  }));

test('of a space only what cannot be is left out, and a winner that was stopped is trained on', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'pixels.json'), '{"scale": 0.00392156862745098}');
    const stage = { kind: ['conv'], depth: [1], channels: [4096], kernel: [7, 3], pool: [true, false] };
    // The first choices of all are too large, and the smaller image is too small for two pools.
    const own = {
      ...{
        name: 'wide',
        channels: 1,
        sizes: [
          [28, 28],
          [3, 3],
        ],
        widths: [8, 0.001],
        classes: 10,
      },
      stages: [stage, stage],
    };
    writeFileSync(join(folder, 'wide.json'), JSON.stringify(own));
    const args = (...more: readonly string[]) => [
      ...[
        'search',
        '--space',
        'wide.json',
        '--target',
        'stm32f411',
        '--max-ram',
        '48K',
        '-n',
        '40',
        '--json',
      ],
      ...[
        '--trials',
        '1',
        '--trial-epochs',
        '1',
        '--epochs',
        '2',
        '--limit-train',
        '64',
        '--batch-size',
        '16',
      ],
      ...['--data', images('calibration'), '--preprocess', 'pixels.json', '--schedule', 'constant', ...more],
    ];
    const checkpoint = ['--log', 'runs.jsonl', '--checkpoint', 'winner.ckpt', '--resume'];
    const results: unknown[] = [];
    const search = async (output: string, ...more: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await tinyml(args('-o', output, ...more), { cwd: folder });
      assert.equal(status, 0, stderr);
      const { provenance: _, warnings: __, winner, ...found } = JSON.parse(stdout);
      results.push({ ...found, winner: { ...winner, output: '' } });
      return stderr;
    };
    await search('whole.onnx');
    // A checkpoint of one epoch, as a stop between two leaves it.
    await search('one.onnx', '--epochs', '1', ...checkpoint);
    const stderr = await search('resumed.onnx', ...checkpoint);
    assert.match(stderr, /W_CHECKPOINT.*epochs: 1 there, 2 here/);
    assert.deepEqual(results[2], results[0]);
    assert.ok((results[0] as { readonly fitting: number }).fitting > 0);
  }));

test('search says what it lacks', async () => {
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await tinyml(['search', ...args]);
    assert.notEqual(status, 0);
    return stderr;
  };
  const target = ['--target', 'stm32f411'];
  assert.match(await refused(...target, '--plan'), /E_USAGE.*around a model, or in a space/);
  assert.match(await refused(...target, '--space', space), /E_USAGE.*--data is needed/);
  assert.match(
    await refused(...target, '--space', space, '--plan', '--rank', 'zen'),
    /E_USAGE.*zen looks at samples/,
  );
  const tight = ['--space', space, '--plan', '-n', '8', '--max-ram', '100'];
  assert.match(await refused(...target, ...tight), /E_MEMORY.*none of \d+ candidates/);
  assert.match(
    await refused('--target', 'jetson-orin-nano', '--space', space, '--plan'),
    /E_PROFILE.*plans memory and time itself/,
  );
});
