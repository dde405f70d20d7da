/** Tensors that are moved between loops: the same bytes in a smaller arena. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { elementsOf } from '../../src/program/loops.ts';
import { withMoves } from '../../src/program/moves.ts';
import { arenaBytesOf, planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { type Piece, segmentOf, withSegments } from '../../src/program/row-segments.ts';
import { rowwise } from '../../src/program/rowwise.ts';
import { createRunner } from '../../src/program/run.ts';
import { compiledKernels } from '../engine/programs.ts';
import { bytesOf } from '../native/cases.ts';
import { int8s, integer, pick, type Random } from '../native/random.ts';
import { randomRowNetwork } from './row-networks.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false }, overlap: true, restarts: 10 } as const;

/** The steps in pieces of a few, those that can by rows. */
function inPieces(program: Program, random: Random): Program {
  const whole = rowwise(program);
  const pieces: Piece[] = [];
  for (let first = 0; first < program.steps.length; first = pieces.at(-1)!.end) {
    const end = Math.min(program.steps.length, first + integer(random, 1, 4));
    const segment = end - first === 1 ? null : segmentOf(whole, first, end, pick(random, [0, 2]));
    pieces.push(segment === null ? { first, end: first + 1, segment } : { first, end, segment });
  }
  return withSegments(program, pieces);
}

test('tensors that are moved between loops give the same outputs in fewer bytes', () => {
  const random = seededRandom(31);
  const kernels = compiledKernels();
  let moved = 0;
  for (let n = 0; n < 120; n++) {
    const program = inPieces(randomRowNetwork(random, integer(random, 4, 12)), random);
    const arena = arenaBytesOf(program, OPTIONS);
    const smaller = withMoves(program, OPTIONS, arena - 1);
    if (smaller === null) continue;
    moved++;
    assert.ok(arenaBytesOf(smaller, OPTIONS) < arena);
    assert.ok(smaller.steps.length > program.steps.length);
    const plan = planMemory(smaller, OPTIONS);
    const inputs = program.inputs.map(({ tensor }) => int8s(random, elementsOf(program.tensors[tensor]!)));
    const expected = createRunner(program, planMemory(program, OPTIONS))(inputs).map(bytesOf);
    assert.deepEqual(createRunner(smaller, plan)(inputs).map(bytesOf), expected, `network ${n}`);
    const engine = createEngineRunner(smaller, plan, pick(random, kernels));
    assert.deepEqual(engine(inputs).map(bytesOf), expected, `network ${n}`);
  }
  assert.ok(moved >= 5, `${moved} have moves`);
});

test('nothing is moved where that does not help', () => {
  const random = seededRandom(32);
  for (let n = 0; n < 20; n++) {
    const program = inPieces(randomRowNetwork(random, integer(random, 4, 12)), random);
    assert.equal(withMoves(program, OPTIONS, 16), null);
  }
});
