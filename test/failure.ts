import assert from 'node:assert/strict';
import { TinymlError } from '../src/diagnostics/errors.ts';

/** The TinymlError that a call throws; anything else fails the test. */
export function failure(run: () => unknown): TinymlError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof TinymlError, `not a TinymlError: ${error}`);
    return error;
  }
  assert.fail('nothing was thrown');
}
