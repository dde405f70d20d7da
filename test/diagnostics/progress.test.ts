import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain } from '../../src/diagnostics/color.ts';
import { createProgress, during, progressText } from '../../src/diagnostics/progress.ts';

/** Progress into a list of texts, with a clock that is set by hand. */
function recorder(quiet = false, terminal = {}, verbose = false) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY: false, ...terminal, write: (text: string) => written.push(text) };
  const progress = createProgress({ stream, env: {}, quiet, verbose, paint: plain, now: () => clock.ms });
  return { written, clock, progress };
}

test('a short task says nothing', () => {
  const { written, clock, progress } = recorder();
  const task = progress('calibrate', 10, 'samples');
  clock.ms = 1900;
  task.update(9);
  task.finish();
  assert.deepEqual(written, []);
});

test('a short task says how long it took where everything is to be said', () => {
  const { written, clock, progress } = recorder(false, {}, true);
  const task = progress('calibrate', 10, 'samples');
  clock.ms = 500;
  task.finish(10);
  assert.deepEqual(written, ['done calibrate: 0.5 s (20 samples/s)\n']);
});

test('a long task says where it is after two seconds, then every ten, and how long it took', () => {
  const { written, clock, progress } = recorder();
  const task = progress('calibrate', 1000, 'samples');
  for (clock.ms = 0; clock.ms < 20_000; clock.ms += 100) task.update(clock.ms / 100);
  task.update(200);
  task.finish();
  assert.deepEqual(written, [
    'calibrate: 20/1000 (2 %), 10 samples/s, 1 min 38 s left\n',
    'calibrate: 120/1000 (12 %), 10 samples/s, 1 min 28 s left\n',
    'done calibrate: 20 s (10 samples/s)\n',
  ]);
});

test('a task that ends after two seconds leaves one line, with the rate of what was done in the end', () => {
  const { written, clock, progress } = recorder();
  const counted = progress('calibrate', 30, 'samples');
  counted.update(20);
  const uncounted = progress('build and run', null, 'runs');
  clock.ms = 3000;
  counted.finish(30);
  uncounted.finish(0);
  assert.deepEqual(written, ['done calibrate: 3.0 s (10 samples/s)\n', 'done build and run: 3.0 s\n']);
});

test('a task says its state, and lines that stay once it has taken two seconds', () => {
  const { written, clock, progress } = recorder();
  const task = progress('train', 100, 'samples');
  task.say('epoch 1');
  clock.ms = 4000;
  task.update(40, 'loss 0.5');
  task.say('epoch 2');
  assert.deepEqual(written, ['train: 40/100 (40 %), 10 samples/s, 6.0 s left; loss 0.5\n', 'epoch 2\n']);
});

test('a task that failed ends without a word, as does work that throws', async () => {
  const { written, clock, progress } = recorder();
  const failed = progress('train', 100, 'samples');
  const thrown = progress('calibrate', 100, 'samples');
  const done = progress('evaluate', 100, 'samples');
  clock.ms = 4000;
  failed.fail();
  await assert.rejects(during(thrown, Promise.reject(new Error('stopped'))), /stopped/);
  assert.deepEqual(written, []);
  assert.equal(await during(done, Promise.resolve(7)), 7);
  assert.deepEqual(written, ['done evaluate: 4.0 s\n']);
});

test('a task that nobody updates says what it is at all the same', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { written, clock, progress } = recorder();
  const task = progress('verify', null, 'runs');
  task.update(0, 'compile for cortex-m4');
  clock.ms = 2000;
  t.mock.timers.tick(2000);
  assert.deepEqual(written, ['verify: compile for cortex-m4\n']);
  task.fail();
  clock.ms = 60_000;
  t.mock.timers.tick(58_000);
  assert.equal(written.length, 1, 'it goes on after the end');
});

test('quiet progress says nothing at all', () => {
  const { written, clock, progress } = recorder(true);
  const task = progress('calibrate', 10, 'samples');
  clock.ms = 60_000;
  task.update(5);
  task.say('a line');
  task.finish();
  assert.deepEqual(written, []);
});

test('without a total there is a rate but no time left', () => {
  assert.equal(progressText('frames', 30, null, 'frames', 4), 'frames: 30, 7.5 frames/s');
  assert.equal(progressText('frames', 0, 10, 'frames', 4), 'frames: 0/10 (0 %)');
  assert.equal(progressText('frames', 10, 10, 'frames', 4), 'frames: 10/10 (100 %), 2.5 frames/s');
});

test('a terminal without a width gets plain lines', () => {
  const { written, clock, progress } = recorder(false, { isTTY: true, columns: 0 });
  const task = progress('calibrate', 10, 'samples');
  clock.ms = 3000;
  task.update(6);
  assert.deepEqual(written, ['calibrate: 6/10 (60 %), 2 samples/s, 2.0 s left\n']);
});
