import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommitGate, GATE_BYTES } from '../../src/cli/commit-gate.ts';
import { listenForInterrupts } from '../../src/cli/interrupts.ts';

type Listening = {
  /** What was called, in order. */
  readonly calls: readonly string[];
  readonly defer: (now: boolean) => void;
  readonly commit: () => boolean;
};

/** Listens, runs `body`, and stops listening. */
function listening(body: (on: Listening) => void): void {
  const calls: string[] = [];
  const memory = new SharedArrayBuffer(GATE_BYTES);
  let deferred = false;
  const stopListening = listenForInterrupts({
    gate: createCommitGate(memory),
    deferred: () => deferred,
    abort: () => calls.push('abort'),
    stop: () => calls.push('stop'),
    end: () => calls.push('end'),
  });
  try {
    body({
      calls,
      defer: (now) => {
        deferred = now;
      },
      commit: () => createCommitGate(memory).pass(),
    });
  } finally {
    stopListening();
  }
}

test('a signal stops, a second one does not wait', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    listening(({ calls }) => {
      process.emit(signal);
      assert.deepEqual(calls, ['stop']);
      process.emit('SIGINT');
      assert.deepEqual(calls, ['stop', 'end']);
    });
  }
});

test('deferred, the first signal aborts, the second stops', () =>
  listening(({ calls, defer }) => {
    defer(true);
    process.emit('SIGINT');
    process.emit('SIGINT');
    process.emit('SIGTERM');
    assert.deepEqual(calls, ['abort', 'stop', 'end']);
  }));

test('after its end nothing is deferred', () =>
  listening(({ calls, defer }) => {
    defer(true);
    defer(false);
    process.emit('SIGTERM');
    assert.deepEqual(calls, ['stop']);
  }));

test('a signal or the commit: whoever is first', () => {
  listening(({ calls, commit }) => {
    assert.equal(commit(), true);
    process.emit('SIGINT');
    assert.deepEqual(calls, [], 'a signal stopped a command whose outputs are in their places');
    assert.equal(commit(), true, 'what was begun must be finished');
  });
  listening(({ calls, commit }) => {
    process.emit('SIGINT');
    assert.deepEqual(calls, ['stop']);
    assert.equal(commit(), false, 'a command that was stopped puts its outputs in their places');
  });
});

test('nobody listens afterwards', () => {
  const before = process.listenerCount('SIGHUP');
  listening(() => assert.equal(process.listenerCount('SIGHUP'), before + 1));
  assert.equal(process.listenerCount('SIGHUP'), before);
});
