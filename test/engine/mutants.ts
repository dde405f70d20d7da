/** Programs as nobody should hand them to the engine: valid ones with a few of their numbers changed. */
import { type EncodedProgram, encodeProgram } from '../../src/engine/encode.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { kernelNames } from '../../src/program/kernels/index.ts';
import { planMemory } from '../../src/program/plan.ts';
import { plannedDepthFirst, smallTransformer } from '../program/looped.ts';
import { smallProgram } from '../targets/small-model.ts';
import { programOf, randomSteps } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;

/** One with loops. */
const looped = plannedDepthFirst(await smallTransformer(12), OPTIONS);

/** Valid programs: one of each kernel `perKernel` times, and networks. */
export function seeds(random: () => number, perKernel: number): readonly EncodedProgram[] {
  const network = smallProgram();
  const steps = kernelNames.flatMap((kernel) => randomSteps(kernel, random, perKernel).map(programOf));
  return [...steps, { program: network, plan: planMemory(network, OPTIONS) }, looped].map(
    ({ program, plan }) => encodeProgram(program, plan),
  );
}

/** The program with a few of its numbers changed, cut off, or in a smaller arena. */
function mutate(valid: EncodedProgram, random: () => number): EncodedProgram {
  const below = (end: number) => Math.floor(random() * end);
  const number = (old: number) => {
    const choices = [
      ...[0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** below(31), below(2 ** 32) | 0],
      ...[old + 1, old - 1, old * 2, -old, old + 16, valid.code[below(valid.code.length)]!],
    ];
    return choices[below(choices.length)]!;
  };
  let code = valid.code.slice();
  const words = new Int32Array(valid.constants.slice().buffer);
  for (let count = 1 + below(3); count > 0; count--) {
    const kind = random();
    if (kind < 0.05) code = code.slice(0, below(code.length));
    else if (kind < 0.1) code = Int32Array.from([...code, number(0)]);
    else if (kind < 0.25 && words.length > 0) {
      const at = below(words.length);
      words[at] = number(words[at]!);
    } else if (code.length > 0) {
      // The header is the same in all programs: most changes are after it.
      const at = random() < 0.05 ? below(code.length) : Math.min(code.length - 1, 4 + below(code.length));
      code[at] = number(code[at]!);
    }
  }
  const arenaBytes = random() < 0.05 ? below(valid.arenaBytes) : valid.arenaBytes;
  return { code, constants: new Uint8Array(words.buffer), arenaBytes };
}

/** The file that hostile.c reads. */
export function corpusOf(programs: readonly EncodedProgram[]): Uint8Array {
  const words = programs.flatMap(({ code, constants, arenaBytes }) => [
    ...[code.length, constants.length, arenaBytes, ...code],
    ...new Int32Array(constants.buffer, constants.byteOffset, constants.length / 4),
  ]);
  return new Uint8Array(Int32Array.from([...words, -1]).buffer);
}

/** Each seed as it is, and `perProgram` times changed. */
export function mutants(seed: number, perKernel: number, perProgram: number): readonly EncodedProgram[] {
  const random = seededRandom(seed);
  return seeds(random, perKernel).flatMap((valid) => [
    valid,
    ...Array.from({ length: perProgram }, () => mutate(valid, random)),
  ]);
}
