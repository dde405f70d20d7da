/**
 * A whole data set through the C that `deploy` emits, built for this machine: how many samples are right, and whether every
 * output byte is that of the integer program that evaluation and training measure.
 *
 *   npm run bench:emitted -- model.int8.onnx --data <path> [--preprocess file.json]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPreprocess } from '../src/data/load-preprocess.ts';
import { openDataset } from '../src/data/open.ts';
import { createRunner } from '../src/engine/index.ts';
import { argMax } from '../src/execute/evaluate.ts';
import { lower } from '../src/lower/lower.ts';
import { loadModel } from '../src/onnx/load.ts';
import { packageRoot } from '../src/package-root.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import { planMemory } from '../src/program/plan.ts';
import { sampleEncoder } from '../src/program/sample.ts';

const { values: flags, positionals } = parseArgs({
  options: { data: { type: 'string' }, preprocess: { type: 'string' } },
  allowPositionals: true,
});
const [model = ''] = positionals;

const graph = prepareGraph(await loadModel(model));
const program = lower(graph);
const run = createRunner(
  program,
  planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } }),
);
const encode = sampleEncoder(program);
const dataset = await openDataset(flags.data ?? '', {
  inputShapes: graph.inputs.map(({ value }) => graph.values.get(value)!.shape),
  ...(flags.preprocess === undefined
    ? {}
    : { preprocess: (await loadPreprocess(flags.preprocess)).preprocess }),
});

const inputs: Uint8Array[] = [];
const expected: Int8Array[] = [];
const labels: (number | null)[] = [];
for await (const sample of dataset.samples()) {
  const codes = encode(sample.inputs);
  const [input] = codes as [Int8Array];
  inputs.push(new Uint8Array(input.slice().buffer));
  expected.push(run(codes)[0] as Int8Array);
  labels.push(sample.label);
}

const folder = mkdtempSync(join(tmpdir(), 'tinyml-emitted-'));
try {
  const outputs = runEmitted(folder, Buffer.concat(inputs));
  const size = expected[0]!.length;
  let [right, equal] = [0, 0];
  expected.forEach((wanted, i) => {
    const got = new Int8Array(outputs.buffer, outputs.byteOffset + i * size, size);
    if (wanted.every((code, k) => code === got[k])) equal++;
    if (argMax(Float32Array.from(got)) === labels[i]) right++;
  });
  process.stdout.write(
    `${JSON.stringify({ model, samples: expected.length, right, equal, accuracy: right / expected.length })}\n`,
  );
  if (equal !== expected.length) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Deploys the model, builds it with its own Makefile and a main of ours, and gives the outputs for all inputs. */
function runEmitted(to: string, input: Buffer): Buffer {
  const bundle = join(to, 'bundle');
  const bin = join(packageRoot(), 'bin', 'tinyml.js');
  const deploy = [
    'deploy',
    model,
    '--target',
    'stm32h743',
    '--force',
    '--name',
    'net',
    '-o',
    bundle,
    '--quiet',
  ];
  execFileSync(process.execPath, [bin, ...deploy], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('make', ['-s', '-C', bundle], { stdio: ['ignore', 'ignore', 'inherit'] });
  const main = join(to, 'main.c');
  writeFileSync(
    main,
    `#include <stdio.h>
#include "net.h"
int main(void) {
  while (fread(net_input(), 1, NET_INPUT_BYTES, stdin) == NET_INPUT_BYTES) {
    net_invoke();
    fwrite(net_output(), 1, NET_OUTPUT_BYTES, stdout);
  }
  return 0;
}
`,
  );
  const built = join(to, 'main');
  execFileSync('cc', ['-O2', '-I', bundle, main, join(bundle, 'build', 'host', 'libnet.a'), '-o', built]);
  writeFileSync(join(to, 'inputs'), input);
  const { status, stdout } = spawnSync('sh', ['-c', `"${built}" < "${join(to, 'inputs')}"`], {
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`the emitted program ended with status ${status}`);
  return stdout;
}
