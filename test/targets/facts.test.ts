/** What the calls of a kernel have in common, as its bundle says it to compilers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { stepParams } from '../../src/program/kernels/index.ts';
import { withFacts } from '../../src/targets/cortex-m/print-facts.ts';
import { randomCase } from '../native/cases.ts';

const PATH = 'kernels/generic/tinyml_facts.h';

test('parameters that are the same are numbers, the others have bounds that hold', () => {
  const random = seededRandom(1);
  const steps = Array.from({ length: 5 }, () => randomCase('max_pool2d_s8', random).step);
  const text = withFacts(new Map(), steps).get(PATH)!;
  const facts = [...text.matchAll(/\(params\)->(\w+) (==|>=|<=) (-?\d+)/g)];
  const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const valuesOf = (param: string): readonly number[] =>
    steps.map((step) => stepParams(step).find(([name]) => snake(name) === param)![1]);
  for (const [, param, relation, number] of facts) {
    const values = valuesOf(param!);
    const expected = {
      '==': [...new Set(values)],
      '>=': [Math.min(...values)],
      '<=': [Math.max(...values)],
    }[relation!];
    assert.deepEqual([Number(number)], expected, param);
  }
  const named = new Set(facts.map(([, param]) => param));
  assert.equal(named.size, stepParams(steps[0]!).length);
});

test('each kernel has facts of its own', () => {
  const random = seededRandom(2);
  const steps = (['max_pool2d_s8', 'add_s8'] as const).map((kernel) => randomCase(kernel, random).step);
  const text = withFacts(new Map([['kernels/other.c', 'int x;']]), steps);
  assert.deepEqual(
    [...text.get(PATH)!.matchAll(/#define (TINYML_FACTS_\w+)\(/g)].map(([, name]) => name),
    ['TINYML_FACTS_add_s8', 'TINYML_FACTS_max_pool2d_s8'],
  );
  assert.equal(text.get('kernels/other.c'), 'int x;');
});
