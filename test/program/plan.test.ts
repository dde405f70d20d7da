import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import { liveBytes, planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { activation, chain, copyStep, identityTable } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false } } as const;

/** No two blocks that share a step may share a byte, unless they are one block shared in place. */
function assertNoOverlap(plan: MemoryPlan): void {
  const blocks = [
    ...plan.placements.map((p) => ({ ...p, id: `tensor ${p.tensor}` })),
    ...plan.scratch.map((s) => ({ ...s, firstStep: s.step, lastStep: s.step, id: `scratch of ${s.step}` })),
  ];
  for (const a of blocks) {
    assert.ok(a.offset >= 0 && a.offset + a.bytes <= plan.arenaBytes, `${a.id} lies outside the arena`);
    for (const b of blocks) {
      if (a === b || a.lastStep < b.firstStep || b.lastStep < a.firstStep) continue;
      const shared = a.offset === b.offset && a.firstStep === b.firstStep && a.lastStep === b.lastStep;
      const apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
      assert.ok(apart || shared, `${a.id} and ${b.id} overlap`);
    }
  }
}

test('scratch of what makes the inputs lies beside them, and where later tensors do', () => {
  const program = chain([100, 200, 60]);
  const small = planMemory(program, { ...OPTIONS, inputScratch: 160 });
  assertNoOverlap(small);
  assert.deepEqual(
    small.scratch.map(({ step, bytes }) => [step, bytes]),
    [[-1, 160]],
  );
  assert.ok(
    small.arenaBytes <= roundedUp(planMemory(program, OPTIONS).arenaBytes),
    `${small.arenaBytes} bytes`,
  );
  assert.equal(small.peakStep, 0);
  const large = planMemory(program, { ...OPTIONS, inputScratch: 400 });
  assertNoOverlap(large);
  assert.deepEqual([large.livePeakBytes, large.peakStep], [500, -1]);
  assert.equal(large.arenaBytes, 500);
});

/** Scratch starts at multiples of 16. */
function roundedUp(bytes: number): number {
  return 16 * Math.ceil(bytes / 16);
}

test('a chain needs its largest neighbouring pair, and gets it', () => {
  const plan = planMemory(chain([100, 40, 200, 60]), OPTIONS);
  assert.equal(plan.livePeakBytes, 260);
  assert.equal(plan.arenaBytes, 260);
  assert.equal(plan.peakStep, 2);
  assertNoOverlap(plan);
});

test('an in-place kernel shares memory with an input that dies there, and only then', () => {
  const lut = (from: number, to: number): Step => ({
    kernel: 'lut_s8',
    name: `lut${from}`,
    inputs: [from],
    constants: [3],
    outputs: [to],
    params: { size: 64 },
  });
  const tensors = [activation('x', 64), activation('y', 64), activation('z', 64), identityTable()];
  const port = (tensor: number) => ({ name: `p${tensor}`, tensor, onnxShape: [64], layout: [0] });
  const dies: Program = {
    name: 'p',
    inputs: [port(0)],
    outputs: [port(2)],
    tensors,
    steps: [lut(0, 1), lut(1, 2)],
  };
  assert.equal(planMemory(dies, OPTIONS).arenaBytes, 64);
  assert.deepEqual(liveBytes(dies, planMemory(dies, OPTIONS)), [64, 64]);
  const lives: Program = { ...dies, outputs: [port(0), port(2)] };
  assert.equal(planMemory(lives, OPTIONS).arenaBytes, 128);
  assert.deepEqual(liveBytes(lives, planMemory(lives, OPTIONS)), [128, 128]);
});

test('of equal peaks the first is the one that is named', () => {
  assert.equal(planMemory(chain([100, 100, 100, 100]), OPTIONS).peakStep, 0);
  assert.equal(planMemory(chain([40, 100, 100, 100]), OPTIONS).peakStep, 1);
});

/** A graph of copies of some bytes between tensors of random sizes and lifetimes. */
function randomGraph(seed: number, count: number): Program {
  const random = seededRandom(seed);
  const sizes = Array.from({ length: count }, () => 4 * (1 + Math.floor(random() * 100)));
  const steps = sizes
    .slice(1)
    .map((size, i) => copyStep(`s${i}`, Math.floor(random() * (i + 1)), i + 1, Math.min(4, size)));
  const port = (tensor: number) => ({
    name: `p${tensor}`,
    tensor,
    onnxShape: [sizes[tensor]!],
    layout: [0],
  });
  const tensors = sizes.map((size, i) => activation(`t${i}`, size));
  return { name: 'r', inputs: [port(0)], outputs: [port(count - 1)], tensors, steps };
}

/** The least memory that any order gives in which each tensor takes the lowest place that is free. */
function leastOfAllOrders({ placements }: MemoryPlan): number {
  type Placed = {
    readonly offset: number;
    readonly end: number;
    readonly first: number;
    readonly last: number;
  };
  let least = Number.POSITIVE_INFINITY;
  const search = (
    left: readonly MemoryPlan['placements'][number][],
    placed: readonly Placed[],
    end: number,
  ): void => {
    if (end >= least) return;
    if (left.length === 0) least = end;
    for (const next of left) {
      const others = placed
        .filter(({ first, last }) => first <= next.lastStep && last >= next.firstStep)
        .sort((a, b) => a.offset - b.offset);
      let offset = 0;
      for (const other of others)
        if (other.offset < offset + next.bytes) offset = Math.max(offset, other.end);
      const own = { offset, end: offset + next.bytes, first: next.firstStep, last: next.lastStep };
      search(
        left.filter((one) => one !== next),
        [...placed, own],
        Math.max(end, own.end),
      );
    }
  };
  search(placements, [], 0);
  return least;
}

test('small graphs get the least memory that any order of placing gives', () => {
  let aboveBound = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const plan = planMemory(randomGraph(seed, 7), OPTIONS);
    assert.equal(plan.arenaBytes, leastOfAllOrders(plan), `seed ${seed}`);
    if (plan.arenaBytes > plan.livePeakBytes) aboveBound++;
  }
  assert.ok(aboveBound < 30, `${aboveBound} of 60`);
});

test('random graphs: plans never overlap, never beat the bound, and are the same for the same seed', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const program = randomGraph(seed, 5 + seed);
    const plan = planMemory(program, OPTIONS);
    assertNoOverlap(plan);
    assert.ok(plan.arenaBytes >= plan.livePeakBytes, `seed ${seed}`);
    assert.equal(Math.max(...liveBytes(program, plan)), plan.livePeakBytes, `seed ${seed}`);
    assert.deepEqual(planMemory(program, OPTIONS), plan, `seed ${seed}: two plans differ`);
  }
});

test('scratch is planned with its step and reported apart', () => {
  const program = chain([64, 64]);
  const pool: Step = {
    kernel: 'avg_pool2d_s8',
    name: 'pool',
    inputs: [0],
    constants: [],
    outputs: [1],
    params: {
      batch: 1,
      inH: 4,
      inW: 4,
      channels: 4,
      outH: 4,
      outW: 4,
      kernelH: 1,
      kernelW: 1,
      strideH: 1,
      strideW: 1,
      padTop: 0,
      padLeft: 0,
      countIncludePad: 0,
      inputOffset: 0,
      actMin: -128,
      actMax: 127,
    },
  };
  const plan = planMemory(
    { ...program, steps: [pool] },
    { library: 'cmsis-nn', core: { dsp: true, mve: false } },
  );
  assert.equal(plan.scratchBytes, 16);
  assert.equal(plan.tensorLivePeakBytes, 128);
  assert.equal(plan.livePeakBytes, 144);
  assert.deepEqual(
    plan.scratch.map(({ offset }) => offset % 16),
    [0],
  );
  assertNoOverlap(plan);
});
