import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Preprocess } from '../../src/data/preprocess.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { graphBuilder } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { canonicalJson } from '../../src/input/canonical-json.ts';
import {
  contractEntry,
  contractOf,
  type InputContract,
  nonDefault,
  withContract,
} from '../../src/input/contract.ts';
import { labelsFit, requireLabelsFit } from '../../src/input/labels.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { failure } from '../failure.ts';

const PREPROCESS: Preprocess = {
  ...RAW_VALUES,
  resize: { width: null, height: null, method: 'nearest', fit: 'crop' },
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
};
const CONTRACT: InputContract = { preprocess: PREPROCESS, labels: ['Kleid', 'Mäntel', '衬衫, "x"'] };

function net(): Graph {
  const b = graphBuilder('net');
  b.output(b.node('Relu', [b.input('x', [1, 3])], { shape: [1, 3] }));
  return b.build();
}

const contractSha256 = (contract: InputContract): string => contractEntry(contract).sha256;

const described = (entries: Readonly<Record<string, string>>) => ({
  metadata: new Map(Object.entries(entries)),
});

test('a file keeps the contract of its model, through the passes and back', () => {
  const bytes = exportModel(withContract(net(), CONTRACT));
  const model = importModel(bytes, { path: 'net.onnx' });
  assert.deepEqual(contractOf(model), CONTRACT);
  const again = importModel(exportModel(prepareGraph(model)), { path: 'again.onnx' });
  assert.deepEqual(contractOf(again), CONTRACT);
});

test('a model that says nothing has an empty contract, and no entries', () => {
  const none: InputContract = { preprocess: null, labels: [] };
  assert.deepEqual(contractOf(net()), none);
  assert.deepEqual([...withContract(net(), none).metadata], []);
  assert.deepEqual(withContract(withContract(net(), CONTRACT), none), net());
});

test('values as they are in the file are stated, and something else than nothing said', () => {
  const raw: InputContract = { preprocess: RAW_VALUES, labels: [] };
  assert.deepEqual([...withContract(net(), raw).metadata], [['tinyml.preprocess', '{}']]);
  assert.deepEqual(contractOf(withContract(net(), raw)), raw);
  assert.notEqual(contractSha256(raw), contractSha256({ preprocess: null, labels: [] }));
});

test('only what is not by default is written, with sorted keys', () => {
  assert.deepEqual(nonDefault(PREPROCESS), {
    resize: PREPROCESS.resize,
    scale: PREPROCESS.scale,
    mean: PREPROCESS.mean,
  });
  assert.equal(
    withContract(net(), CONTRACT).metadata.get('tinyml.preprocess'),
    '{"mean":[0.485,0.456,0.406],"resize":{"fit":"crop","height":null,"method":"nearest","width":null},"scale":0.00392156862745098}',
  );
  assert.equal(canonicalJson({ b: [{ d: 1, c: null }], a: undefined }), '{"b":[{"c":null,"d":1}]}');
});

test('the hash depends on every part, and on nothing else', () => {
  const hash = contractSha256(CONTRACT);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(contractSha256(contractOf(withContract(net(), CONTRACT))), hash);
  const others: readonly InputContract[] = [
    { ...CONTRACT, labels: CONTRACT.labels.toReversed() },
    { ...CONTRACT, preprocess: { ...PREPROCESS, std: [2] } },
    { ...CONTRACT, preprocess: null },
  ];
  assert.equal(new Set([hash, ...others.map(contractSha256)]).size, 4);
});

test('entries that are no contract are refused where they stand', () => {
  const cases: readonly (readonly [string, string, 'E_PREPROCESS' | 'E_DATA', RegExp])[] = [
    ['tinyml.preprocess', '{', 'E_PREPROCESS', /^the entry is not JSON/],
    ['tinyml.preprocess', '[]', 'E_PREPROCESS', /preprocess": top level/],
    ['tinyml.preprocess', '{"scael":2}', 'E_PREPROCESS', /Did you mean "scale"/],
    ['tinyml.preprocess', '{"std":0}', 'E_PREPROCESS', /preprocess": std/],
    ['tinyml.preprocess', `{"mean":[${'0,'.repeat(40_000)}0]}`, 'E_PREPROCESS', /longer than 65536/],
    ['tinyml.labels', '{}', 'E_DATA', /labels": top level/],
    ['tinyml.labels', '["a",7]', 'E_DATA', /labels": \[1\]/],
    ['tinyml.labels', '["a",""]', 'E_DATA', /it is empty/],
    ['tinyml.labels', JSON.stringify(['x'.repeat(1001)]), 'E_DATA', /1001 characters/],
    ['tinyml.labels', JSON.stringify(new Array(100_001).fill('x')), 'E_DATA', /Too big|100000/],
    ['tinyml.labels', `["${'x'.repeat(1 << 22)}"]`, 'E_DATA', /longer than/],
  ];
  for (const [key, text, code, said] of cases) {
    const error = failure(() => contractOf(described({ [key]: text })));
    assert.equal(error.code, code, `${text.slice(0, 40)}: ${error.message}`);
    assert.ok(error.at.every((at) => at.startsWith(`metadata "${key}"`)));
    assert.match([error.message, ...error.at, error.hint].join(' '), said);
  }
});

test('labels are as many as an output has classes', () => {
  assert.ok(labelsFit(3, net()) && !labelsFit(2, net()));
  assert.equal(failure(() => requireLabelsFit(['a', 'b'], net())).code, 'E_DATA');
  requireLabelsFit([], net());
});
