import { seededRandom } from '../../src/numbers/random.ts';
import { draw, keyOf } from '../../src/search/candidate.ts';
import { networkOf } from '../../src/search/network.ts';
import { proxyOf } from '../../src/search/proxies.ts';
import { PROXIES } from '../../src/search/ranks.ts';
import { trainable } from '../../src/train/run/model.ts';
import { openFashion, planOf, SPACE, say, train } from './setup.ts';
import { spearman } from './spearman.ts';

const NETWORKS = 32;
const EPOCHS = 2;
const SAMPLES = 32;

/** Random candidates within the budget, of all widths. */
export async function proxies(folder: string): Promise<void> {
  const { trial } = await openFashion(folder);
  const inputs = new Float32Array(SAMPLES * 28 * 28);
  const labels = new Int32Array(SAMPLES);
  trial.data.fill(trial.indices!.subarray(0, SAMPLES), inputs, labels);
  const random = seededRandom(11);
  const rows: Readonly<Record<string, number>>[] = [];
  while (rows.length < NETWORKS) {
    const width = SPACE.widths[Math.floor(random() * SPACE.widths.length)]!;
    const candidate = draw(SPACE, SPACE.sizes[0]!, width, random);
    const cost = planOf(candidate);
    if (cost === null) continue;
    const { graph } = trainable(networkOf(SPACE, candidate), {});
    const batch = { size: SAMPLES, inputs, labels };
    const scores = PROXIES.map((proxy) => [proxy, proxyOf(proxy, graph, batch, { seed: 1, jobs: 1 })]);
    const { accuracy } = await train(candidate, trial, EPOCHS, 1);
    const { macs, instructions, tableBytes } = cost;
    const row = { accuracy, macs, instructions: instructions!, tableBytes, ...Object.fromEntries(scores) };
    rows.push(row);
    say({ part: 'proxies', key: keyOf(candidate), ...row });
  }
  const accuracies = rows.map((row) => row.accuracy!);
  const names = Object.keys(rows[0]!).filter((name) => name !== 'accuracy');
  const correlations = names.map((name) => [
    name,
    spearman(
      rows.map((row) => row[name]!),
      accuracies,
    ),
  ]);
  say({ part: 'proxies', networks: rows.length, spearman: Object.fromEntries(correlations) });
}
