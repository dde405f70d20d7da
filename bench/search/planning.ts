import { explore } from '../../src/search/explore.ts';
import { BUDGET, planOf, SPACE, say } from './setup.ts';

export async function planning(): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  const { planned, fitting, chosen } = await explore({
    space: SPACE,
    plan: planOf,
    score: ({ cost }) => cost.macs,
    count: 2000,
    seed: 1,
    signal: new AbortController().signal,
    onPlanned: () => {},
  });
  const { user, system } = process.cpuUsage(before);
  say({
    part: 'plan',
    planned,
    fitting: fitting.length,
    width: chosen.width,
    budget: BUDGET,
    wallSeconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
  });
}
