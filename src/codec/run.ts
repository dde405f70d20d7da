/** Maps to streams and back, on the engine of this machine. */
import { createRunner } from '../engine/index.ts';
import { planMemory } from '../program/plan.ts';
import type { Program } from '../program/program.ts';
import type { Runner } from '../program/run.ts';
import { decoderProgram, encoderProgram } from './program.ts';
import { mostBytes } from './tables.ts';
import type { Stream, StripeCodec } from './types.ts';

/** @param budget bytes that a stream may take; left out: all that it needs */
export function createEncoder(codec: StripeCodec, budget = mostBytes(codec)): (map: Int8Array) => Stream {
  const run = runnerOf(encoderProgram(codec, budget));
  return (map) => {
    const [bytes, count] = run([map]) as [Uint8Array, Int32Array];
    return { bytes: bytes.slice(0, count[0]!), isWhole: count[1] === 1 };
  };
}

/** Takes streams of at most `mostBytes`, whatever they hold. */
export function createDecoder(codec: StripeCodec): (stream: Stream) => Int8Array {
  const capacity = mostBytes(codec);
  const run = runnerOf(decoderProgram(codec));
  return ({ bytes, isWhole }) => {
    const padded = new Uint8Array(capacity);
    padded.set(bytes);
    const [map] = run([padded, Int32Array.of(bytes.length, Number(isWhole))]);
    return map as Int8Array;
  };
}

function runnerOf(program: Program): Runner {
  const core = { dsp: false, mve: false };
  return createRunner(program, planMemory(program, { library: 'builtin', core }));
}
