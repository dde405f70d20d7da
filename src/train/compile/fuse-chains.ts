/** Which steps are fused: those that would take more memory than anything has to. */
import { leastBytes } from '../../program/plan.ts';
import { applyEarly } from './apply-early.ts';
import { addingTo, type DeviceSteps, type Fusion, usesOf, withSteps } from './device-steps.ts';
import { gradientFusions } from './fuse-gradients.ts';
import { layerFusions } from './fuse-layers.ts';

/** What is live does not depend on the core but for scratch. */
const PLANNED = {
  library: 'builtin',
  core: { dsp: false, mve: false },
  seed: 1,
  overlap: true,
} as const;

/**
 * Fuses what sets the peak, and leaves the others: fused steps compute what they do not keep, some of it twice. So everything is fused once, and what
 * fits as it is within the bytes that this takes is left as it is.
 * @param first the first step that counts: how those before it are laid out is not said yet
 */
export function fuseChains(given: DeviceSteps, first: number): DeviceSteps {
  const { program } = given;
  const uses = usesOf(program.steps);
  const added = addingTo(given);
  const all = [...gradientFusions(given, uses, added), ...layerFusions(given, uses)];
  if (all.length === 0) return given;
  const fused = (fusions: readonly Fusion[]): DeviceSteps => {
    const none = fusions.flatMap(({ steps }) => steps.map((i) => [i, []] as const));
    const made = fusions.map(({ steps, made: own }) => [Math.min(...steps), own] as const);
    return applyEarly(withSteps(given, added, new Map([...none, ...made])));
  };
  const most = (live: readonly number[]): number => live.reduce((peak, bytes) => Math.max(peak, bytes), 0);
  const least = most(leastBytes(fused(all).program, PLANNED).slice(first));
  const live = leastBytes(program, PLANNED);
  const takesMore = ({ steps }: Fusion): boolean =>
    most(live.slice(Math.min(...steps), Math.max(...steps) + 1)) > least;
  return fused(all.filter(takesMore));
}
