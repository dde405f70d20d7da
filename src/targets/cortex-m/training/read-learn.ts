/** Reads what `<name>_learn.c` printed (print-learn.ts). */
import { areaUnderRoc } from '../../../execute/roc.ts';
import type { LearningCurve, LearningTally } from '../../target.ts';
import { type Line, linesOf } from '../selftest-lines.ts';
import type { LearnStream } from './learn-stream.ts';

/** Null where it did not come to its end. */
export function readLearn(printed: string, stream: LearnStream): LearningCurve | null {
  const { steps, tests, reconstructs, classes } = stream;
  const lines = linesOf(printed).filter(({ words }) => words[0] === 'point' || words[0] === 'error');
  const points = lines.flatMap(({ words, numbers }, line) => {
    if (words[0] !== 'point') return [];
    const [step = 0, state = 0, results = 0] = numbers;
    return {
      step,
      state,
      results,
      learned: numbers.slice(3, 6),
      instructions: numbers[6]!,
      tested: numbers.slice(7, 10),
      diverging: numbers[10]!,
      auc: areaOf(errorsBefore(lines, line), classes),
    };
  });
  if (points.at(-1)?.step !== steps) return null;
  const most = Math.max(...points.map(({ instructions }) => instructions));
  return {
    points: points.map(({ step, state, results, learned, tested, diverging, auc }, index) => ({
      ...{ step, state, results, diverging },
      learned: index === 0 ? null : tallyOf(learned, step - points[index - 1]!.step, reconstructs, null),
      tested: tests === 0 ? null : tallyOf(tested, tests, reconstructs, auc),
    })),
    instructions: most === 0 ? null : most,
  };
}

/** What was said of tests between the point before and this one. */
function errorsBefore(lines: readonly Line[], point: number): readonly Line[] {
  const before = lines.findLastIndex(({ words }, line) => line < point && words[0] === 'point');
  return lines.slice(before + 1, point);
}

/** How well errors tell tests of class 0 from others. */
function areaOf(errors: readonly Line[], classes: readonly number[]): number | null {
  const of = (isNormal: boolean): readonly number[] =>
    errors.flatMap(({ numbers: [test = 0, bits = 0] }) =>
      (classes[test] === 0) === isNormal ? [floatOf(bits)] : [],
    );
  return areaUnderRoc(of(true), of(false));
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

function tallyOf(
  numbers: readonly number[],
  samples: number,
  reconstructs: boolean,
  auc: number | null,
): LearningTally {
  const [correct = 0, refused = 0, bits = 0] = numbers;
  const counted = samples - refused;
  const loss = counted === 0 ? null : floatOf(bits) / counted;
  return { samples, correct: reconstructs ? null : correct, refused, loss, auc };
}

/** Whether two machines learned the same, byte for byte. */
export function learnedAlike(one: LearningCurve, other: LearningCurve): boolean {
  return JSON.stringify(one.points) === JSON.stringify(other.points);
}
