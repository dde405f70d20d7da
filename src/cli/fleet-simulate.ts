/** `tinyml fleet simulate`: a fleet under each of its strategies, on a virtual clock. */
import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { type FleetConfig, readFleet } from '../fleet/simulate/config.ts';
import { createLearner } from '../fleet/simulate/learner.ts';
import { partition } from '../fleet/simulate/partition.ts';
import { type Simulated, type SimulatedDevice, simulate } from '../fleet/simulate/simulate.ts';
import { fleetPage } from '../report/fleet-page.ts';
import { fleetText, type StrategyRow, strategyRow } from '../report/fleet-rows.ts';
import { trainable } from '../train/run/model.ts';
import { parseScheme } from '../train/run/option-texts.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor, HOLD_BYTES } from './dataset.ts';
import { dimensions, openModel } from './model.ts';
import { type Options, textOption } from './options.ts';

export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  context.reads('the fleet', [path]);
  const fleet = readFleet(path);
  const seed = fleet.seed ?? context.seed;
  const { graph } = trainable(await openModel(fleet.model, options, context), dimensions(options));
  const open = (data: string): Promise<IndexedDataset> =>
    datasetFor(data, graph, options, context, { hold: HOLD_BYTES });
  const [data, test] = [await open(fleet.data), await open(fleet.eval)];
  const devices = devicesOf(fleet);
  const parts = partition(labelsOf(data), devices.length, fleet.split, seed);
  const learner = createLearner(graph, data, parts, test, {
    ...fleet.training,
    scheme: await parseScheme(fleet.training.scheme),
    ...fleet.wire,
    seed,
    jobs: context.jobs,
  });
  const withSamples = devices.map((device, i) => ({ ...device, samples: parts[i]!.length }));
  const limits = { ...fleet.limits, target: fleet.target, seed };
  const rows: StrategyRow[] = [];
  for (const strategy of fleet.strategies) {
    const task = context.progress(strategy.kind, fleet.limits.updates, 'updates');
    const found: Simulated = await simulate(learner, withSamples, strategy, limits, (point) =>
      task.update(point.updates, formatPercent(point.accuracy)),
    );
    task.finish();
    rows.push(strategyRow(strategy, found));
  }
  const report = textOption(options, 'report');
  if (report !== undefined) context.outputs.file(report, fleetPage(path, rows, fleet.target));
  return {
    json: {
      fleet: path,
      seed,
      devices: devices.length,
      samples: data.length,
      target: fleet.target,
      messageBytes: learner.bytes,
      strategies: rows,
    },
    text: () => fleetText(rows, fleet.target, learner.bytes),
  };
}

function devicesOf({ devices }: FleetConfig): readonly Omit<SimulatedDevice, 'samples'>[] {
  return devices.flatMap(({ count, ...device }) => Array.from({ length: count }, () => device));
}

/** @throws TinymlError E_DATA where samples have none */
function labelsOf(data: IndexedDataset): Int32Array {
  const labels = data.labels();
  const without = labels.indexOf(-1);
  if (without < 0) return labels;
  throw new TinymlError('E_DATA', `sample ${without} has no label`, {
    at: data.name,
    hint: 'A fleet learns classes: give labelled data.',
  });
}
