/** Segments of random networks, run row by row: the bytes of the whole network, every row made once, in buffers of no more rows than that takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { elementsOf, macsOfSteps } from '../../src/program/loops.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import type { Rows } from '../../src/program/row-forms.ts';
import { segmentOf } from '../../src/program/row-segments.ts';
import { type Rowwise, rowwise } from '../../src/program/rowwise.ts';
import { createRunner } from '../../src/program/run.ts';
import type { TensorId } from '../../src/program/types.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { verifyPlan } from '../../src/program/verify-plan.ts';
import { compiledKernels } from '../engine/programs.ts';
import { bytesOf } from '../native/cases.ts';
import { int8s, integer, pick } from '../native/random.ts';
import { type Cut, cutsOf, GROUPS, longestOf, withSegment } from './row-cuts.ts';
import { chainOfConvolutions, randomRowNetwork } from './row-networks.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false }, overlap: true, restarts: 10 } as const;

/** Rows that are made of each tensor of a segment: all of those that others touch, else up to the last that is read. */
function rowsMade({ program, forms, touches }: Rowwise, { first, end }: Cut): ReadonlyMap<TensorId, number> {
  const made = new Map<TensorId, number>();
  for (let index = end - 1; index >= first; index--) {
    const [id] = program.steps[index]!.outputs as readonly [TensorId];
    if (made.has(id)) continue;
    const { rows } = forms[index]!;
    const isInner = touches.get(id)!.every((step) => step >= first && step < end);
    const read = readersOf(program, { first, end }, id).map(({ step, input }) => {
      const all = { first: 0, count: made.get(program.steps[step]!.outputs[0]!)! };
      return endOf(forms[step]!.reads(input, all));
    });
    made.set(id, isInner ? Math.max(...read) : rows);
  }
  return made;
}

function readersOf(
  { steps }: Program,
  { first, end }: Pick<Cut, 'first' | 'end'>,
  id: TensorId,
): readonly { readonly step: number; readonly input: number }[] {
  return steps
    .slice(first, end)
    .flatMap(({ inputs }, k) =>
      inputs.flatMap((from, input) => (from === id ? [{ step: first + k, input }] : [])),
    );
}

function endOf({ first, count }: Rows): number {
  return first + count;
}

const FINISHES: readonly string[] = ['average_sums_s8', 'requantize_sums_s8'];

/**
 * The fewest rows that each buffer can have, if rows are made one at a time in the order of the calls: at each of them, from the first row
 * that any call behind reads to the one that is made.
 */
function fewestRows(whole: Rowwise, { first, end, segment }: Cut): ReadonlyMap<TensorId, number> {
  const { program, forms } = whole;
  const next = new Map<number, number>();
  const events = segment.calls.flatMap(({ step }) => {
    const origin = segment.origins[step]!;
    // Sums are made into what they are for once, behind their last row.
    if (origin === null || FINISHES.includes(segment.steps[step]!.kernel)) return [];
    const row = next.get(origin) ?? 0;
    next.set(origin, row + 1);
    return [{ origin, row }];
  });
  const ids = new Set(program.steps.slice(first, end).flatMap(({ outputs }) => outputs));
  return new Map(
    [...ids].map((id) => {
      const readers = readersOf(program, { first, end }, id);
      const counts = events.map(({ origin, row }, at) => {
        if (program.steps[origin]!.outputs[0] !== id) return 0;
        const read = events
          .slice(at + 1)
          .flatMap((later) =>
            readers
              .filter(({ step }) => step === later.origin)
              .map(({ step, input }) => forms[step]!.reads(input, { first: later.row, count: 1 }).first),
          );
        return row - Math.min(row, ...read) + 1;
      });
      return [id, Math.max(...counts)];
    }),
  );
}

function outputsOf(
  program: Program,
  run: ReturnType<typeof createRunner>,
  seed: number,
): readonly Uint8Array[] {
  const random = seededRandom(seed);
  return run(program.inputs.map(({ tensor }) => int8s(random, elementsOf(program.tensors[tensor]!)))).map(
    bytesOf,
  );
}

const NETWORKS = 300;

test(`segments of ${NETWORKS} random networks compute what the whole network does`, () => {
  const random = seededRandom(15);
  const kernels = compiledKernels();
  const used = new Set<string>();
  let [segments, moved, crossing] = [0, 0, 0];
  for (let n = 0; n < NETWORKS; n++) {
    const program = randomRowNetwork(random, integer(random, 2, 9));
    verifyProgram(program);
    const whole = rowwise(program);
    const group = pick(random, GROUPS);
    const cuts = cutsOf(whole, group);
    if (cuts.length === 0) continue;
    const expected = outputsOf(program, createRunner(program, planMemory(program, OPTIONS)), n);
    for (const cut of new Set([longestOf(cuts), pick(random, cuts)])) {
      const what = `network ${n}, steps ${cut.first} .. ${cut.end - 1} by ${group}`;
      const looped = withSegment(program, cut);
      verifyProgram(looped);
      const plan = planMemory(looped, OPTIONS);
      verifyPlan(looped, plan, OPTIONS);
      assert.deepEqual(outputsOf(looped, createRunner(looped, plan), n), expected, what);
      const engine = createEngineRunner(looped, plan, pick(random, kernels));
      assert.deepEqual(outputsOf(looped, engine, n), expected, what);
      segments++;
      for (const { kernel } of cut.segment.steps) used.add(kernel);
      if (cut.segment.steps.some(({ kernel }) => kernel === 'shift_s8')) moved++;
      if (cut.first > 0 && cut.end < program.steps.length) crossing++;
    }
  }
  assert.ok(segments > NETWORKS && moved > NETWORKS / 4 && crossing > 10, `${segments} ${moved} ${crossing}`);
  assert.ok(used.size >= 12, [...used].join());
});

test('every row is made once, and one by one none that nobody reads', () => {
  const random = seededRandom(16);
  for (let n = 0; n < 200; n++) {
    const program = randomRowNetwork(random, integer(random, 2, 9));
    const whole = rowwise(program);
    const macs = macsOfSteps(program);
    const group = pick(random, GROUPS);
    for (const cut of cutsOf(whole, group)) {
      const { first, end, segment } = cut;
      const looped = withSegment(program, cut);
      const made = rowsMade(whole, cut);
      const own = macsOfSteps(looped).slice(first, first + segment.steps.length);
      for (let index = first; index < end; index++) {
        const rows = made.get(program.steps[index]!.outputs[0]!)!;
        const expected = (macs[index]! / whole.forms[index]!.rows) * rows;
        const counted = own.reduce((sum, of, k) => (segment.origins[k] === index ? sum + of : sum), 0);
        const isRight = group === 0 ? counted === expected : expected <= counted && counted <= macs[index]!;
        assert.ok(isRight, `network ${n}, step ${index} of ${first} .. ${end - 1}: ${counted}, ${expected}`);
      }
    }
  }
});

test('buffers have the rows that are still to be read, and no more', () => {
  const random = seededRandom(17);
  let buffers = 0;
  for (let n = 0; n < 200; n++) {
    const program = randomRowNetwork(random, integer(random, 2, 8));
    const whole = rowwise(program);
    for (const cut of cutsOf(whole, 0)) {
      const fewest = fewestRows(whole, cut);
      const { first, end, segment } = cut;
      for (const [id, rows] of fewest) {
        if (!whole.touches.get(id)!.every((step) => step >= first && step < end)) continue;
        const { name } = program.tensors[id]!;
        const buffer = segment.tensors.find((tensor) => tensor.name === name && tensor.dtype === 'int8')!;
        assert.equal(buffer.shape[0], rows, `network ${n}, ${name} of ${first} .. ${end - 1}`);
        buffers++;
      }
    }
  }
  assert.ok(buffers > 1000, `${buffers}`);
});

/**
 * When row r of the output is made, row r + 3 of the first layer has been, and row r + 3 of the input is the first that the next reads: the output may
 * lie two rows of 16 bytes behind the start of the input.
 */
const LEAST_APART = -2 * 16;

/** A chain of four convolutions by rows: its input, three buffers of three rows of 16 bytes, its output. */
function chain(): { readonly program: Program; readonly plan: MemoryPlan } {
  const whole = rowwise(chainOfConvolutions(seededRandom(26), 4));
  const segment = segmentOf(whole, 0, 4, 0)!;
  const program = withSegment(whole.program, { first: 0, end: 4, segment });
  return { program, plan: planMemory(program, OPTIONS) };
}

function offsetOf({ placements }: MemoryPlan, id: TensorId): number {
  return placements.find(({ tensor }) => tensor === id)!.offset;
}

function placedAt(plan: MemoryPlan, id: TensorId, offset: number): MemoryPlan {
  const placements = plan.placements.map((one) => (one.tensor === id ? { ...one, offset } : one));
  return { ...plan, placements, arenaBytes: plan.arenaBytes + 1024 };
}

test('a plan with a buffer that is one byte too small is refused', () => {
  const { program, plan } = chain();
  const buffers = program.tensors.flatMap(({ shape, storage }, id) =>
    storage.kind === 'arena' && shape.length === 2 ? [id] : [],
  );
  assert.deepEqual(
    buffers.map((id) => program.tensors[id]!.shape),
    [
      [3, 16],
      [3, 16],
      [3, 16],
    ],
  );
  for (const id of buffers) {
    for (const other of buffers.filter((one) => one !== id)) {
      const end = offsetOf(plan, id) + 3 * 16;
      assert.throws(
        () => verifyPlan(program, placedAt(plan, other, end - 1), OPTIONS),
        /share bytes|whose bytes|nobody wrote/,
      );
    }
    const behind = plan.arenaBytes;
    verifyPlan(program, placedAt(plan, id, behind), OPTIONS);
  }
});

test('the output of a loop lies over its input as near as rows allow, and no nearer', () => {
  const { program, plan } = chain();
  const [input, output] = [program.inputs[0]!.tensor, program.outputs[0]!.tensor];
  const expected = outputsOf(program, createRunner(program, plan), 5);
  const bytes = elementsOf(program.tensors[input]!);
  // Clear of everything else, at every distance.
  const from = plan.arenaBytes + 2 * bytes;
  const at = (distance: number): MemoryPlan => placedAt(placedAt(plan, input, from), output, from - distance);
  const isLegal = (distance: number): boolean => {
    try {
      verifyPlan(program, at(distance), OPTIONS);
      return true;
    } catch {
      return false;
    }
  };
  const all = Array.from({ length: 2 * bytes - 1 }, (_, k) => k + 1 - bytes);
  const least = all.find(isLegal)!;
  assert.equal(least, LEAST_APART);
  assert.deepEqual(all.filter(isLegal), all.slice(all.indexOf(least)), 'farther is legal');
  for (const distance of all.slice(all.indexOf(least))) {
    assert.deepEqual(outputsOf(program, createRunner(program, at(distance)), 5), expected, `at ${distance}`);
  }
  assert.ok(isLegal(offsetOf(plan, input) - offsetOf(plan, output)));
  assert.throws(() => verifyPlan(program, at(least - 1), OPTIONS), /share bytes/);
  assert.notDeepEqual(
    outputsOf(program, createRunner(program, at(least - 16)), 5),
    expected,
    'a row is lost',
  );
});

test('a loop that reads a row which nobody wrote is refused', () => {
  const { program } = chain();
  const [loop] = program.loops!;
  const { calls } = loop!;
  calls.forEach((_, k) => {
    if (k === calls.length - 1 || program.steps[calls[k]!.step]!.kernel === 'shift_s8') return;
    const without = { ...program, loops: [{ ...loop!, calls: calls.toSpliced(k, 1) }] };
    const made = program.steps[calls[k]!.step]!.outputs[0]!;
    // Later rows of a buffer lie where earlier ones did: what is missing then is known by nobody but the bytes.
    const isFirst = calls.slice(0, k).every(({ step }) => program.steps[step]!.outputs[0] !== made);
    if (isFirst) assert.throws(() => verifyProgram(without), /before anything writes it|never calls/);
  });
});
