import { planDepthFirst } from '../../../program/depth-first.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { type PlanOptions, planMemory } from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import { packFor } from './index.ts';

/** A Program with the loops that lower its plan, packed behind them, since what is best for a step depends on the rows that it has; and its plan. */
export function planPacked(
  program: Program,
  options: PlanOptions,
): { readonly program: Program; readonly plan: MemoryPlan } {
  const whole = planDepthFirst(program, options);
  const packed = packFor(whole.program, options.library, options.core);
  return packed === whole.program ? whole : { program: packed, plan: planMemory(packed, options) };
}
