/** How good the answers of a task's network are, frame by frame. */
import { argMax } from '../../src/execute/evaluate.ts';
import { STRIDE } from './networks.ts';
import { TASK_SIZE, type Task } from './training.ts';

export type Accuracy = {
  /** Share of frames with the right answer: the class, or a cell that the centre is in or next to. */
  readonly right: number;
  /** Mean distance from the centre of the cell to that of the item, in pixels; null where classes are asked for. */
  readonly pixels: number | null;
};

const COLUMNS = TASK_SIZE.width / STRIDE;

type Place = { readonly x: number; readonly y: number };

/** What a network answers: the greatest of its outputs. */
export const answerOf = (output: ArrayLike<number>): number => argMax(Float32Array.from(output));

/** The answers against the truths, of as many frames. */
export function accuracyOf(
  task: Task,
  answers: readonly number[],
  truths: readonly { readonly label: number; readonly centre: Place }[],
): Accuracy {
  switch (task) {
    case 'classify':
      return { right: mean(answers.map((answer, i) => Number(answer === truths[i]!.label))), pixels: null };
    case 'locate': {
      const places = answers.map(middleOf);
      const away = (i: number): Place => ({
        x: Math.abs(places[i]!.x - truths[i]!.centre.x),
        y: Math.abs(places[i]!.y - truths[i]!.centre.y),
      });
      const near = ({ x, y }: Place): boolean => Math.max(x, y) <= 1.5 * STRIDE;
      return {
        right: mean(answers.map((_, i) => Number(near(away(i))))),
        pixels: mean(answers.map((_, i) => Math.hypot(away(i).x, away(i).y))),
      };
    }
  }
}

/** The answers of a model that sees every `interval`th frame, and holds its answer until the next. */
export function held(answers: readonly number[], interval: number): readonly number[] {
  return answers.map((_, i) => answers[i - (i % interval)]!);
}

/** The middle of a cell, in pixels. */
function middleOf(cell: number): Place {
  return { x: ((cell % COLUMNS) + 0.5) * STRIDE, y: (Math.floor(cell / COLUMNS) + 0.5) * STRIDE };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
