/**
 * Counts the instructions of making inputs of samples of sound under QEMU, fits what each thing that it repeats takes, and
 * writes the table that estimates use: src/targets/cortex-m/estimate/generated/sound.ts.
 *
 *   npm run bench:instructions-sound -- [--write] [--cores cortex-m4,...]
 *
 * What is left out keeps its coefficients.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { BOARDS } from '../../src/targets/cortex-m/boards.ts';
import { writeFiles } from '../../src/targets/cortex-m/build.ts';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  emulatorFlags,
  OPTIMISATION,
} from '../../src/targets/cortex-m/build-flags.ts';
import { emitModel } from '../../src/targets/cortex-m/bundle.ts';
import { SOUND_COEFFICIENTS } from '../../src/targets/cortex-m/estimate/generated/sound.ts';
import { workOfSound } from '../../src/targets/cortex-m/estimate/work-sound.ts';
import { deviceInputOfProgram, soundOf } from '../../src/targets/cortex-m/input/data-in.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { pick, type Random } from '../../test/native/random.ts';
import { testSound } from '../../test/signal/sound.ts';
import { type Case, passInput } from '../../test/targets/input-model.ts';
import { errorsOf, fitCoefficients, median, type Row } from './fit.ts';
import { CORES, type CoreId } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    cores: { type: 'string', default: Object.keys(CORES).join(',') },
  },
});

/** Conversions that coefficients are fitted to, and such that they are then held against. */
const FITTED = 36;
const HELD_OUT = 12;

const PATH = join(packageRoot(), 'src', 'targets', 'cortex-m', 'estimate', 'generated', 'sound.ts');

const random = seededRandom(3);
const cases = Array.from({ length: FITTED + HELD_OUT }, (_, i) => soundCase(`c${i}`, random));
const inputs = cases.map((one) => passInput(one));
const sounds = inputs.map(({ program, contract }) => soundOf(deviceInputOfProgram(program, contract))!);

const table: Record<string, Readonly<Record<string, number>>> = { ...SOUND_COEFFICIENTS };
for (const core of flags.cores.split(',') as CoreId[]) {
  const counts = await counted(core);
  const rows = sounds.map((sound, i): Row => ({ counts: workOfSound(sound), instructions: counts[i]! }));
  const fitted = rows.slice(0, FITTED);
  table[core] = fitCoefficients(fitted);
  const errors = errorsOf(rows.slice(FITTED), table[core]).map(Math.abs);
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  if (flags.write) writeFileSync(PATH, tableText());
  process.stderr.write(
    `${core}: ${rows.length} conversions, off by ${percent(median(errors))}, at most ${percent(Math.max(...errors))}\n`,
  );
}
/** Settings as models have them, and awkward ones; some take the samples themselves. */
function soundCase(name: string, random: Random): Case {
  const quant = random() < 0.15 ? null : { scale: pick(random, [0.05, 0.1]), zeroPoint: -3 };
  const labels: readonly string[] = [];
  if (random() < 0.1) {
    const samples = pick(random, [1000, 4000]);
    const sound = { rate: 8000, features: null };
    return {
      name,
      onnxShape: [1, samples],
      quant: { scale: 1 / 128, zeroPoint: 0 },
      labels,
      preprocess: { sound },
    };
  }
  const fftSize = pick(random, [64, 128, 256, 256, 512, 512, 1024]);
  const bands = pick(random, [8, 16, 24, 32, 40, 64]);
  const coefficients = random() < 0.5 ? null : pick(random, [5, 8]);
  const values = coefficients ?? bands;
  const frames = pick(random, [3, 6, 10]);
  const features = featureSchema.parse({
    frameLength: Math.round(fftSize * pick(random, [0.6, 0.8, 0.94, 1])),
    frameStep: Math.round(fftSize * pick(random, [0.3, 0.5, 0.7])),
    fftSize,
    windowPlace: pick(random, ['start', 'middle']),
    level: pick(random, ['full-scale', 'full-scale', 'peak']),
    preEmphasis: pick(random, [0, 0.97]),
    spectrum: pick(random, ['power', 'magnitude']),
    mel: { bands, low: pick(random, [0, 20, 200]) },
    log: {
      base: pick(random, ['natural', 'decibel']),
      offset: 1e-4,
      reference: pick(random, ['one', 'one', 'maximum']),
    },
    mfcc: coefficients === null ? null : { coefficients },
  });
  return {
    name,
    onnxShape: [1, frames, values],
    quant,
    labels,
    preprocess: {
      sound: { rate: pick(random, [8000, 16000]), features },
      mean: [-5],
      std: [pick(random, [1, 3])],
    },
  };
}

/** Every conversion once, all in one program, built as the firmware of such a core is. */
async function counted(core: CoreId): Promise<readonly number[]> {
  const { board, flags: coreFlags } = CORES[core];
  const { flags: boardFlags, machine } = BOARDS[board];
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-sound-'));
  const compiler = requireTool('arm-none-eabi-gcc');
  const run = async (command: string, args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr, failure } = await runProcess(command, args, {
      cwd: folder,
      timeoutMs: 400_000,
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${failure ?? ''}${stdout}${stderr}`);
    return `${stdout}${stderr}`; // QEMU writes what a board says to one of them
  };
  try {
    const built = inputs.map((input) => emitModel(input, 'zeros'));
    for (const { files } of built) writeFiles(folder, files);
    writeFileSync(join(folder, 'main.c'), mainText());
    const sources = built.flatMap(({ build }) => build.sources);
    const mcu = join(packageRoot(), 'native', 'mcu');
    const support = readdirSync(mcu).filter((name) => name.endsWith('.c'));
    await run(compiler, [
      ...boardFlags,
      '-std=c11',
      OPTIMISATION,
      '-c',
      ...support.map((name) => join(mcu, name)),
    ]);
    await run(compiler, [
      ...[...boardFlags, ...coreFlags, ...BUNDLE_FLAGS, OPTIMISATION, ...BOARD_LINK_FLAGS, '-I.', '-I', mcu],
      ...['main.c', ...sources, ...support.map((name) => name.replace(/\.c$/, '.o'))],
      ...['-L', mcu, '-T', join(mcu, `${machine}.ld`), '-o', 'sound'],
    ]);
    const printed = await run(requireTool('qemu-system-arm'), [
      ...emulatorFlags(machine, 0),
      '-kernel',
      'sound',
    ]);
    return printed.trim().split('\n').map(Number);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mainText(): string {
  const most = Math.max(...sounds.map(({ samples }) => samples));
  const samples = [...testSound(most)].join(',');
  return `#include "tinyml_mcu.h"
${cases.map(({ name }) => `#include "${name}_input.h"`).join('\n')}
static const int16_t samples[${most}] = {${samples}};
${cases.map(({ name }) => `static void run_${name}(void) { ${name}_input_from_pcm16(samples); }`).join('\n')}
static void (*const all[])(void) = {${cases.map(({ name }) => `run_${name}`).join(', ')}};
int main(void) {
  for (unsigned i = 0; i < ${cases.length}u; i++) {
    char text[12];
    char *at = text + sizeof(text) - 1;
    tinyml_mcu_cost cost;
    tinyml_mcu_measure(all[i], &cost);
    *at = 0;
    *--at = '\\n';
    do {
      *--at = (char)('0' + (int)(cost.instructions % 10u));
      cost.instructions /= 10u;
    } while (cost.instructions != 0u);
    tinyml_mcu_write(at);
  }
  return 0;
}
`;
}

function tableText(): string {
  return `/**
 * Instructions of each thing that making an input of samples of sound repeats (work-sound.ts), by core.
 * Written by bench/instructions/sound.ts (npm run bench:instructions-sound -- --write): fitted to counts under QEMU. Do not edit.
 */
export const SOUND_COEFFICIENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = ${JSON.stringify(
    table,
    null,
    2,
  )
    .replace(/"([A-Za-z_]\w*)":/g, '$1:')
    .replaceAll('"', "'")};
`;
}
