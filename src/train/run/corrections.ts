import type { Optimizer } from '../options.ts';

/**
 * Adam's 1 / (1 - beta^t), 1 for others. Powers by multiplication alone: the same bits on every machine.
 * @param t steps, this one included
 */
export function corrections(optimizer: Optimizer, t: number): readonly [number, number] {
  if (optimizer.kind === 'sgd') return [1, 1];
  return [1 / (1 - power(optimizer.beta1, t)), 1 / (1 - power(optimizer.beta2, t))];
}

function power(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
