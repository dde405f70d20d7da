/**
 * Damaged input without an end that tests could wait for: model files for the importer, programs for the engine under
 * sanitisers, and files and messages of codecs. The first that is neither taken nor refused with one error ends it. And random models of one operator, in float32 and in
 * int8, against the float operator and ONNX Runtime: all that differ are named.
 *
 *   npm run bench:fuzz -- [--executions 10000000] [--seed 1] [--of importer,engine,operators,codec] [--json]
 *
 * An execution is a file that is imported, a program that the engine is given in one instruction set, or a model in one arithmetic. Each part
 * gets its share.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fitCodec } from '../src/codec/fit.ts';
import { createEncoder } from '../src/codec/run.ts';
import { formatCount } from '../src/diagnostics/units.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { packageRoot } from '../src/package-root.ts';
import { damageOf } from '../test/codec/damage.ts';
import { similarMaps } from '../test/codec/maps.ts';
import { corpusOf, mutants } from '../test/engine/mutants.ts';
import { judgeFloat, judgeInt8 } from '../test/lower/int8/judged-models.ts';
import { ROWS } from '../test/lower/int8/random-models.ts';
import { damaged, outcome, richModel } from '../test/onnx/damage.ts';

type Part = 'importer' | 'engine' | 'operators' | 'codec';

/** Executions, and how many of them were taken: the rest was refused. */
type Count = { readonly executions: number; readonly taken: number };

/** Files of other forms than the rich one: floats, quantised, with state. */
const MODELS = ['clips/backbone.onnx', 'digits/digits.int8.onnx'];

/** Programs of a kernel in a corpus, and changed copies of each. */
const [PER_KERNEL, PER_PROGRAM] = [2, 100];

function fuzzImporter(executions: number, seed: number): Count {
  const random = seededRandom(seed);
  const models = [richModel(), ...MODELS.map((name) => readFileSync(join(packageRoot(), 'fixtures', name)))];
  let taken = 0;
  for (let i = 0; i < executions; i++) {
    // Large files are slow to read and rich in weights, where a change does nothing.
    const model = i % 100 === 0 ? models[1 + ((i / 100) % MODELS.length)]! : models[0]!;
    if (outcome(damaged(model, random), `seed ${seed}, execution ${i}`) === 'ok') taken++;
    if (i % 100_000 === 0) process.stderr.write(`importer: ${formatCount(i)}\n`);
  }
  return { executions, taken };
}

function fuzzEngine(executions: number, seed: number): Count {
  const work = mkdtempSync(join(tmpdir(), 'tinyml-fuzz-'));
  try {
    const [program, corpus] = [join(work, 'hostile'), join(work, 'corpus.bin')];
    const build = join(packageRoot(), 'scripts', 'build-native.js');
    const main = join(packageRoot(), 'test', 'engine', 'hostile.c');
    execFileSync(process.execPath, [build, '--sanitize', main, program]);
    let count: Count = { executions: 0, taken: 0 };
    for (let round = 0; count.executions < executions; round++) {
      writeFileSync(corpus, corpusOf(mutants(seed + round, PER_KERNEL, PER_PROGRAM)));
      const printed = execFileSync(program, [corpus], { encoding: 'utf8' });
      const [taken = 0, refused = 0] = printed.trim().split(' ').map(Number);
      count = { executions: count.executions + taken + refused, taken: count.taken + taken };
      process.stderr.write(`engine: ${formatCount(count.executions)}\n`);
    }
    return count;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Half in float32, half in int8, as many of each operator. */
async function fuzzOperators(executions: number, seed: number): Promise<Count> {
  const perOperator = Math.ceil(executions / 2 / ROWS.length);
  let [tried, taken] = [0, 0];
  for (const [k, [op, row]] of ROWS.entries()) {
    for (let i = 0; i < perOperator; i++) {
      for (const judge of [judgeFloat, judgeInt8]) {
        tried++;
        try {
          if (await judge(op, row, 1_000_000 * seed + 10_000 * (k + 1) + i)) taken++;
        } catch (error) {
          console.log(`${judge.name}: ${error instanceof Error ? error.message : error}`);
        }
      }
    }
    process.stderr.write(`operators: ${formatCount(tried)}, ${op}\n`);
  }
  return { executions: tried, taken };
}

/** Files of codecs and messages, most of them with right sums, so that what is behind the sums reads them. */
function fuzzCodec(executions: number, seed: number): Count {
  const random = seededRandom(seed);
  const maps = similarMaps(seed, 60);
  const weights = new Float64Array(maps.channels).fill(1);
  const options = { value: 'x', scale: 0.5, zeroPoint: -128, weights, lambda: 30, levels: 5 };
  const codec = fitCodec(maps, options)!;
  const { once } = damageOf(codec, maps.codes.slice(0, 3).map(createEncoder(codec)));
  let taken = 0;
  for (let i = 0; i < executions; i++) {
    if (once(random)) taken++;
    if (i % 100_000 === 0) process.stderr.write(`codec: ${formatCount(i)}\n`);
  }
  return { executions, taken };
}

const FUZZERS: Readonly<Record<Part, (executions: number, seed: number) => Count | Promise<Count>>> = {
  importer: fuzzImporter,
  engine: fuzzEngine,
  operators: fuzzOperators,
  codec: fuzzCodec,
};

const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    of: { type: 'string', default: 'importer,engine' },
    json: { type: 'boolean', default: false },
  },
});
const parts = values.of.split(',').filter((part): part is Part => part in FUZZERS);
const each = Math.ceil(Number(values.executions) / parts.length);
const counts: (Count & { readonly part: Part })[] = [];
for (const part of parts) counts.push({ part, ...(await FUZZERS[part](each, Number(values.seed))) });
console.log(
  values.json
    ? JSON.stringify(counts)
    : counts
        .map(({ part, executions, taken }) => {
          const refused = formatCount(executions - taken);
          return `${part}: ${formatCount(executions)} executions, ${formatCount(taken)} taken, ${refused} refused`;
        })
        .join('\n'),
);
