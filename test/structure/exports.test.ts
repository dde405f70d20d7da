import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { exportsOf, importsOf, type Source, sourcesIn } from './sources.ts';

const sources = sourcesIn('src');
const tools = ['bench', 'bin', 'fixtures', 'scripts'].flatMap(sourcesIn);

/** What is found by name when it runs: the command itself, and what each of its commands does. */
const BY_NAME: readonly string[] = [
  'src/cli/main.ts main',
  ...COMMANDS.map(({ name }) => `src/cli/${name}.ts run`),
];

/** What worker threads find by name: the job says it (`src/parallel/types.ts`). */
const jobsOf = ({ path, text }: Source): readonly string[] =>
  [...text.matchAll(/module: import\.meta\.url, name: '(\w+)'/g)].map(([, name]) => `${path} ${name}`);

/**
 * What tests alone import: the float meaning of operators and graphs, which is one of the judges; readers and builders of
 * test data; parts with tests of their own.
 */
const FOR_TESTS: readonly string[] = [
  'src/cli/depfile.ts dependencyRule',
  'src/cli/limits.ts LIMITS',
  'src/cli/train.ts trainModel',
  'src/codec/budget.ts meanMessage',
  'src/codec/contexts.ts frequenciesOf',
  'src/diagnostics/nearest.ts editDistance',
  'src/diagnostics/progress.ts progressText',
  'src/engine/addon.ts Addon',
  'src/graph/build.ts perChannel',
  'src/onnx/codec.ts decodeTensor',
  'src/ops/execute.ts createExecutor',
  'src/passes/dead-channels.ts DeadChannels',
  'src/passes/pipeline.ts cleanUp',
  'src/program/run.ts POISON',
  'src/execute/evaluate.ts Predict',

  'src/signal/float.ts floatFeatures',
  'src/signal/front-end.ts FrontEnd',
  'src/quantize/diagnose/causes.ts outlierChannels',
  'src/report/operators-page.ts CaseCount',
  'src/report/provenance.ts provenanceSchema',
  'src/targets/cortex-m/bundle.ts BundleInput',
  'src/targets/cortex-m/c-text.ts asciiText',
  'src/targets/cortex-m/golden.ts RecordedInputs',
  'src/targets/cortex-m/toolchain.ts Tool',
  'src/train/ablation/effects.ts AnalysisOptions',
  'src/train/ablation/statistics.ts standardDeviation',
  'src/train/ablation/statistics.ts tCdf',
  'src/train/ablation/statistics.ts tQuantile',
  'src/train/run/batches.ts BatchOptions',
  'src/train/run/checkpoint.ts checkIdentity',
  'src/train/run/checkpoint.ts differences',
  'src/train/run/checkpoint.ts readCheckpoint',
  'src/train/run/schedule.ts RateOptions',
];

test('every exported name is imported by something that is no test', () => {
  const used = new Set<string>();
  const all = new Set<string>();
  for (const source of [...sources, ...tools]) {
    for (const { path, names } of importsOf(source)) {
      if (names === null) all.add(path);
      else for (const name of names) used.add(`${path} ${name}`);
    }
  }
  const exported = sources
    .filter(({ path }) => !path.includes('/generated/') && !all.has(path))
    .flatMap((source) => exportsOf(source).map((name) => `${source.path} ${name}`));
  const allowed = new Set([...BY_NAME, ...FOR_TESTS, ...sources.flatMap(jobsOf)]);
  assert.deepEqual(
    exported.filter((name) => !used.has(name) && !allowed.has(name)),
    [],
  );
  assert.deepEqual(
    FOR_TESTS.filter((name) => used.has(name) || !exported.includes(name)),
    [],
    'listed, and imported by others too, or gone',
  );
});
