import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import { summariseProgram } from '../program/summary.ts';
import type { Machine } from '../targets/target.ts';
import { barChart, type MemoryBlock, memoryMap } from './charts.ts';
import { htmlPage, htmlTable } from './html.ts';
import { KEPT_COLUMNS, keptRows, STEP_COLUMNS, stepRows } from './layer-rows.ts';

/** What is known beyond the plan: what a linker says of the firmware (null: not built), and whether all of it fits. */
type Firmware = {
  readonly sizes: { readonly flashBytes: number; readonly ramBytes: number } | null;
  readonly fits: boolean;
};

/** The memory plan of a model on a device, as a page. */
export function planPage(
  program: Program,
  plan: MemoryPlan,
  machine: Machine,
  { sizes, fits }: Firmware,
): string {
  const { steps, macs, weightsBytes, kept } = summariseProgram(program, plan);
  const last = program.steps.length;
  const blocks: readonly MemoryBlock[] = [
    ...plan.placements.map(({ tensor, offset, bytes, firstStep, lastStep }) => ({
      label: program.tensors[tensor]!.name,
      offset,
      bytes,
      firstStep,
      lastStep,
      scratch: false,
    })),
    ...plan.scratch.map(({ step, offset, bytes }) => ({
      label: `scratch of ${program.steps[step]!.name}`,
      offset,
      bytes,
      firstStep: step,
      lastStep: step,
      scratch: true,
    })),
  ];
  const facts = htmlTable(
    [{ title: '' }, { title: '' }],
    [
      ['target', `${machine.name} (${machine.core})`],
      ['arena', `${formatCount(plan.arenaBytes)} of ${formatCount(machine.ramBytes)} bytes`],
      ['live-bytes lower bound', `${formatCount(plan.lowerBoundBytes)} bytes`],
      ['largest scratch', `${formatCount(plan.scratchBytes)} bytes`],
      ['constant tables', formatBytes(weightsBytes)],
      [
        'smallest firmware',
        sizes === null
          ? 'not built'
          : `${formatCount(sizes.flashBytes)} of ${formatCount(machine.flashBytes)} bytes of flash, ${formatCount(sizes.ramBytes)} bytes of RAM without stack`,
      ],
      ['multiply-accumulates', formatCount(macs)],
      ['fits', fits ? 'yes' : 'NO'],
    ],
  );
  const layers = htmlTable(STEP_COLUMNS, stepRows(steps, plan.peakStep));
  const live = steps.map((step) => ({
    label: step.name,
    value: step.liveBytes,
    text: `${formatCount(step.liveBytes)} B`,
  }));
  return htmlPage(`Memory plan: ${program.name}`, `${machine.id}, ${steps.length} steps`, [
    { title: 'Summary', body: facts },
    { title: 'Arena over time', body: memoryMap(blocks, last, plan.arenaBytes, plan.peakStep) },
    { title: 'Live bytes by layer', body: barChart(live) },
    { title: 'Layers', body: layers },
    ...(kept.length === 0
      ? []
      : [{ title: 'Kept from call to call', body: htmlTable(KEPT_COLUMNS, keptRows(kept)) }]),
  ]);
}
