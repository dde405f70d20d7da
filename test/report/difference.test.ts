import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf } from '../../src/report/difference.ts';
import { differenceMarkdown, differenceText } from '../../src/report/difference-text.ts';
import { measuresOf } from '../../src/report/measures.ts';
import { failure } from '../failure.ts';

const plain = { good: (text: string) => text, bad: (text: string) => text };
const named = (path: string, document: unknown) => ({ path, document });
const compare = (before: unknown, after: unknown) =>
  differenceOf(named('a.json', before), named('b.json', after));

const QUANTIZE = {
  schema: 1,
  command: 'quantize',
  model: 'm.onnx',
  accuracy: { float: 0.9, int8: 0.88, samples: 1000 },
  bytes: 5000,
  classes: [{ index: 0, name: null, samples: 10, accuracy: 0.5 }],
  quantisation: { samples: 64 },
  layers: [
    { name: 'conv1', value: 'conv1.relu', sqnrDb: 30 },
    { name: 'conv2', value: 'conv2.relu', sqnrDb: 25.5 },
    { name: 'image', value: 'image', sqnrDb: null },
  ],
  gates: [{ gate: 'max-drop', limit: 0.01, actual: 0.02 }],
};

test('figures of a document are known by their names, and nothing else is one', () => {
  assert.deepEqual(
    measuresOf(QUANTIZE).map(({ quantity, name, isPart, value }) => [quantity, name, isPart, value]),
    [
      ['accuracy', 'float', false, 0.9],
      ['accuracy', 'int8', false, 0.88],
      ['file', 'file', false, 5000],
      ['accuracy', 'classes 0: accuracy', true, 0.5],
      ['sqnr', 'conv1: SQNR', true, 30],
      ['sqnr', 'conv2: SQNR', true, 25.5],
    ],
  );
  const verify = { runs: [{ core: 'm7', instructions: 100, ramBytes: 8, vectors: [{ instructions: 3 }] }] };
  assert.deepEqual(
    measuresOf({ command: 'verify', verify }).map(({ quantity, name, isPart }) => [quantity, name, isPart]),
    [
      ['instructions', 'm7: instructions', false],
      ['ram', 'm7: ram', false],
    ],
  );
  const plan = { memory: { arenaBytes: 1, limitBytes: 2 }, flash: { bytes: 3, limitBytes: 4 }, macs: 5 };
  assert.deepEqual(
    measuresOf(plan).map(({ name }) => name),
    ['arena', 'flash', 'macs'],
  );
});

test('what held and does not any more is worse, bit-exactness of a core and limits alike', () => {
  const verify = (bitExact: boolean) => ({
    command: 'verify',
    schema: 1,
    verify: { bitExact, runs: [{ core: 'm7', bitExact, vectors: [{ name: 'zeros', bitExact }] }] },
    gates: [{ gate: 'max-ram', limit: 5, actual: 4, passed: bitExact }],
  });
  const named = (document: object) => ({ path: 'a.json', document });
  const { changes, broken } = differenceOf(named(verify(true)), named(verify(false)));
  assert.deepEqual(broken, ['bit-exact', 'm7: bit-exact', 'max-ram: limit']);
  assert.ok(changes.every(({ worse, quantity }) => worse === true && quantity === 'verdict'));
  const tightened = differenceOf(
    named({ ...verify(true), gates: [] }),
    named({ ...verify(true), gates: verify(false).gates }),
  );
  assert.deepEqual(
    [tightened.changes, tightened.broken],
    [[], ['max-ram: limit']],
    'a new limit that is not met',
  );
  const mended = differenceOf(named(verify(false)), named(verify(true)));
  assert.deepEqual([mended.broken, mended.changes.map(({ worse }) => worse)], [[], [false, false, false]]);
});

test('documents of any form and depth give figures or none', () => {
  let deep: unknown = { macs: 1 };
  for (let i = 0; i < 10_000; i++) deep = { layers: [deep] };
  for (const document of [null, 7, [], '', { layers: [1, [2]] }, deep])
    assert.deepEqual(measuresOf(document), []);
});

test('what is better and what is worse, whatever its place in the document', () => {
  const after = {
    ...QUANTIZE,
    model: 'n.onnx',
    accuracy: { float: 0.9, int8: 0.85, samples: 1000 },
    bytes: 4000,
    layers: [
      QUANTIZE.layers[1]!,
      { ...QUANTIZE.layers[0]!, sqnrDb: 31 },
      { value: 'new', sqnrDb: 1, name: 'new' },
    ],
  };
  const { changes, equal, gone, added, drop, growth, subjects } = compare(QUANTIZE, after);
  assert.deepEqual(
    changes.map(({ name, before, after: later, worse }) => [name, before, later, worse]),
    [
      ['int8', 0.88, 0.85, true],
      ['file', 5000, 4000, false],
      ['conv1: SQNR', 30, 31, false],
    ],
  );
  assert.deepEqual([equal, gone, added, growth], [3, [], ['new: SQNR'], null]);
  assert.ok(Math.abs(drop! - 0.03) < 1e-12);
  assert.deepEqual(subjects, [{ name: 'model', before: 'm.onnx', after: 'n.onnx' }]);
  assert.deepEqual(compare(after, QUANTIZE).gone, ['new: SQNR']);
});

test('remedies and layers of a diagnosis, parts of fit and targets are known by their names, in whatever order', () => {
  const diagnose = (gain: number, ids: readonly string[]) => ({
    ...{ schema: 1, command: 'diagnose', before: { sqnrDb: 30, accuracy: 0.5 } },
    best: { remedies: ids, sqnrDb: 30 + gain, accuracy: 0.6 },
    layers: [{ name: 'conv1', ownDb: 20, accumulatedDb: 19, costDb: null }],
    remedies: ids.map((id) => ({ id, sqnrDb: 31, accuracy: null })),
  });
  const { changes, equal, gone, drop } = compare(
    diagnose(1, ['smooth', 'equalize']),
    diagnose(3, ['equalize', 'smooth']),
  );
  assert.deepEqual(
    changes.map(({ name, isPart, worse }) => [name, isPart, worse]),
    [['best: SQNR', false, false]],
  );
  assert.deepEqual([equal, gone, drop], [7, [], 0]);
  const fit = (arenaBytes: number) => ({
    ...{ schema: 1, command: 'fit', targets: [{ target: 'rp2040', memory: { arenaBytes: 10 } }] },
    changes: [{ id: 'input-48x48', arenaBytes }],
  });
  const other = compare(fit(5), fit(9));
  assert.deepEqual(
    other.changes.map(({ name, isPart }) => [name, isPart]),
    [['input-48x48: arena', true]],
  );
  assert.equal(other.growth, 0, 'what was only tried is held against no limit');
  const none = { schema: 1, command: 'lint' };
  assert.match(
    differenceText(compare(none, none), 'most', plain),
    /^there are no figures that both results state$/,
  );
});

test('growth is that of totals', () => {
  const plan = (arenaBytes: number, live: number, flash: number) => ({
    ...{ schema: 1, command: 'plan', memory: { arenaBytes }, flash: { bytes: flash } },
    layers: [{ name: 'conv', liveBytes: live }],
  });
  assert.equal(compare(plan(100, 10, 50), plan(110, 90, 50)).growth, 0.1);
  assert.equal(compare(plan(100, 10, 50), plan(90, 90, 40)).growth, -0.1);
  assert.equal(compare(plan(100, 10, 0), plan(90, 90, 40)).growth, Number.POSITIVE_INFINITY);
  assert.equal(compare(QUANTIZE, QUANTIZE).growth, null);
});

test('results that cannot be compared are refused with both places', () => {
  const cases: readonly (readonly [unknown, unknown, RegExp])[] = [
    [QUANTIZE, { ...QUANTIZE, command: 'plan' }, /one result is of quantize, the other of plan/],
    [QUANTIZE, { ...QUANTIZE, schema: 2 }, /has the schema 1, the other 2/],
    [
      { tool: { name: 'tinyml' }, kind: 'tensorrt' },
      { tool: { name: 'tinyml' } },
      /different kinds of targets/,
    ],
    [{ a: 1 }, QUANTIZE, /no result of tinyml/],
    [QUANTIZE, null, /no result of tinyml/],
  ];
  for (const [before, after, said] of cases) {
    const error = failure(() => compare(before, after));
    assert.equal(error.code, 'E_USAGE');
    assert.match(error.message, said);
  }
});

test('the text says totals, then the parts that got worse first', () => {
  const after = {
    ...QUANTIZE,
    accuracy: { ...QUANTIZE.accuracy, int8: 0.89 },
    layers: [
      { ...QUANTIZE.layers[0], sqnrDb: 40 },
      { ...QUANTIZE.layers[1], sqnrDb: 20.25 },
    ],
  };
  const text = differenceText(compare(QUANTIZE, after), 'most', plain);
  assert.equal(
    text,
    [
      'figure           before    after   change',
      'accuracy: int8  88.00 %  89.00 %  +1.00 %',
      '',
      'part           before     after     change',
      'conv2: SQNR  25.50 dB  20.25 dB   -5.25 dB',
      'conv1: SQNR  30.00 dB  40.00 dB  +10.00 dB',
      '',
      '3 of 6 figures changed',
    ].join('\n'),
  );
  assert.match(
    differenceText(compare(QUANTIZE, QUANTIZE), 'most', plain),
    /^nothing changed: 6 figures are the same$/,
  );
});

test('in Markdown hostile names stay names', () => {
  const evil = 'a|b</details><img src=x>`[x](y)\n| c';
  const before = { ...QUANTIZE, layers: [{ name: evil, sqnrDb: 30 }] };
  const after = { ...QUANTIZE, layers: [{ name: evil, sqnrDb: 20 }] };
  const text = differenceMarkdown(compare(before, after), 'a`.json', 'b.json');
  const rows = text.split('\n').filter((line) => line.startsWith('| `a'));
  assert.equal(rows.length, 1);
  assert.equal(rows[0]!.split(/(?<!\\)\|/).length, 7, rows[0]);
  assert.match(rows[0]!, /`a\\\|b<\/details><img src=x> \[x\]\(y\) \\\| c: SQNR`/);
  assert.equal(text.match(/(?<!\\)<details>/g)?.length, 1);
  assert.match(text, /\*\*worse\*\*/);
});

test('in Markdown no name is a link, a mention or an issue', () => {
  const names = ['https://evil.example/x', '@octocat', 'www.evil.example', '#1', 'a@b.example', '\\|x'];
  const layers = (sqnrDb: number) => names.map((name) => ({ name, sqnrDb }));
  const before = { ...QUANTIZE, model: '@someone/m', layers: [...layers(30), { name: '@gone', sqnrDb: 1 }] };
  const after = { ...QUANTIZE, model: 'https://evil.example/m', layers: layers(20) };
  const text = differenceMarkdown(compare(before, after), 'a.json', 'https://evil.example/b.json');
  for (const one of text.split('\n')) {
    const outside = one.replace(/`[^`]*`/g, '');
    assert.doesNotMatch(outside, /https?:|www\.|@|#\d/, one);
    if (one.startsWith('|')) assert.equal(one.split(/(?<!\\)\|/).length, 7, one);
  }
  for (const name of ['@gone', '@octocat', '@someone/m']) assert.ok(text.includes(name), name);
});

test('documents whose schema is no number and whose figures are not finite are compared all the same', () => {
  const odd = JSON.parse('{"command":"plan","schema":{"toString":1},"ramBytes":1e999,"flashBytes":7}');
  const { equal, growth } = compare(odd, odd);
  assert.deepEqual([equal, growth], [1, 0]);
  assert.equal(failure(() => compare(odd, { command: 'plan', schema: 1 })).code, 'E_USAGE');
});
