import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lower } from '../../src/lower/lower.ts';
import { importModel } from '../../src/onnx/import.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { coreFeatures } from '../../src/profiles/cortex-m.ts';
import { OPTIMISE } from '../../src/program/implementation.ts';
import type { Program } from '../../src/program/program.ts';
import { tableBytes } from '../../src/program/tables.ts';
import { estimateOf, instructionsOn } from '../../src/targets/cortex-m/estimate/index.ts';
import { packedPlans } from '../../src/targets/cortex-m/pack/plan-packed.ts';
import { loadCortexM } from '../cortex-m.ts';
import { smallTransformer } from '../program/looped.ts';

const profile = loadCortexM('stm32l4r5');

function choicesFor(program: Program) {
  const options = { library: 'builtin', core: coreFeatures(profile) } as const;
  const { optimised: planned } = packedPlans(program, { ...options, instructionsOf: () => null });
  return Object.fromEntries(
    OPTIMISE.map((optimise) => {
      const made = planned(optimise);
      return [
        optimise,
        {
          arena: made.plan.arenaBytes,
          tables: tableBytes(made.program),
          instructions: estimateOf(made.program, profile, 'builtin')!.instructions,
          packed: made.program.steps.filter(({ kernel }) => /pairs|planes/.test(kernel)).length,
          loops: made.program.loops?.length ?? 0,
        },
      ];
    }),
  );
}

test('what is optimised for is the least of all choices', async () => {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');
  const classifier = lower(prepareGraph(importModel(readFileSync(path), { path })));
  for (const program of [classifier, await smallTransformer(12)]) {
    const choices = choicesFor(program);
    const all = Object.values(choices);
    const text = JSON.stringify(choices);
    assert.ok(
      all.every(({ arena }) => choices.ram!.arena <= arena),
      text,
    );
    assert.ok(
      all.every(({ tables }) => choices.flash!.tables <= tables),
      text,
    );
    assert.ok(
      all.every(({ instructions }) => choices.speed!.instructions <= instructions),
      text,
    );
    assert.ok(choices.balanced!.arena <= choices.speed!.arena && choices.speed!.loops === 0, text);
    assert.ok(choices.balanced!.packed > 0, text);
  }
});

test('for RAM, or within a budget, images go by rows; beyond the least of all there is none', () => {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');
  const classifier = lower(prepareGraph(importModel(readFileSync(path), { path })));
  const { balanced, ram } = choicesFor(classifier);
  assert.ok(ram!.loops > 0 && ram!.arena < balanced!.arena);
  const core = coreFeatures(profile);
  const within = (budget: number): number => {
    const options = {
      library: 'builtin',
      core,
      instructionsOf: instructionsOn(profile, 'builtin'),
      budget,
    } as const;
    return packedPlans(classifier, options).optimised().plan.arenaBytes;
  };
  assert.equal(within(balanced!.arena), balanced!.arena, 'what fits stays as it is');
  const budget = balanced!.arena - 1000;
  assert.ok(within(budget) <= budget);
  assert.ok(within(100) > 100);
});
