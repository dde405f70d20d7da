import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenForInterrupts } from '../../src/cli/interrupts.ts';

/** Listens, runs `body`, and stops listening. */
function listening(
  body: (of: { readonly stops: () => number } & ReturnType<typeof listenForInterrupts>) => void,
): void {
  let stops = 0;
  const interrupts = listenForInterrupts(() => {
    stops++;
  });
  try {
    body({ ...interrupts, stops: () => stops });
  } finally {
    interrupts.stopListening();
  }
}

test('a signal stops at once', () =>
  listening(({ stops }) => {
    process.emit('SIGINT');
    process.emit('SIGTERM');
    assert.equal(stops(), 2);
  }));

test('deferred, the first signal aborts and the second stops', () =>
  listening(({ defer, stops }) => {
    const { signal } = defer();
    assert.equal(signal.aborted, false);
    process.emit('SIGINT');
    assert.deepEqual([signal.aborted, stops()], [true, 0]);
    process.emit('SIGINT');
    assert.equal(stops(), 1);
  }));

test('after its end nothing is deferred', () =>
  listening(({ defer, stops }) => {
    const { signal, end } = defer();
    end();
    process.emit('SIGTERM');
    assert.deepEqual([signal.aborted, stops()], [false, 1]);
  }));

test('nobody listens afterwards', () => {
  const before = process.listenerCount('SIGINT');
  listening(() => assert.equal(process.listenerCount('SIGINT'), before + 1));
  assert.equal(process.listenerCount('SIGINT'), before);
});
