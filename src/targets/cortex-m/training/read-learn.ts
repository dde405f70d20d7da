/** Reads what `<name>_learn.c` printed (print-learn.ts). */
import type { LearningCurve, LearningTally } from '../../target.ts';
import { linesOf } from '../selftest-lines.ts';
import type { LearnStream } from './learn-stream.ts';

/** Null where it did not come to its end. */
export function readLearn(printed: string, { steps, tests }: LearnStream): LearningCurve | null {
  const points = linesOf(printed)
    .filter(({ words }) => words[0] === 'point')
    .map(({ numbers }) => {
      const [step = 0, state = 0, results = 0] = numbers;
      return {
        step,
        state,
        results,
        learned: numbers.slice(3, 6),
        instructions: numbers[6]!,
        tested: numbers.slice(7, 10),
        diverging: numbers[10]!,
      };
    });
  if (points.at(-1)?.step !== steps) return null;
  const most = Math.max(...points.map(({ instructions }) => instructions));
  return {
    points: points.map(({ step, state, results, learned, tested, diverging }, index) => ({
      ...{ step, state, results, diverging },
      learned: index === 0 ? null : tallyOf(learned, step - points[index - 1]!.step),
      tested: tests === 0 ? null : tallyOf(tested, tests),
    })),
    instructions: most === 0 ? null : most,
  };
}

function tallyOf(numbers: readonly number[], samples: number): LearningTally {
  const [correct = 0, refused = 0, bits = 0] = numbers;
  const sum = new Float32Array(Uint32Array.of(bits).buffer)[0]!;
  const counted = samples - refused;
  return { samples, correct, refused, loss: counted === 0 ? null : sum / counted };
}

/** Whether two machines learned the same, byte for byte. */
export function learnedAlike(one: LearningCurve, other: LearningCurve): boolean {
  return JSON.stringify(one.points) === JSON.stringify(other.points);
}
