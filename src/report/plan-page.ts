import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import { summariseProgram } from '../program/summary.ts';
import type { Machine } from '../targets/target.ts';
import { type Bar, barChart } from './charts.ts';
import { htmlFacts, htmlNote, htmlPage, htmlTable, htmlVerdict } from './html.ts';
import { KEPT_COLUMNS, keptRows, STEP_COLUMNS, stepRows } from './layer-rows.ts';
import { type MemoryBlock, memoryMap } from './memory-map.ts';
import { shareTone } from './tones.ts';

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
  const facts = htmlFacts([
    ['target', `${machine.name} (${machine.core})`],
    ['arena', `${formatCount(plan.arenaBytes)} of ${formatCount(machine.ramBytes)} bytes`],
    ['live-bytes lower bound', `${formatCount(plan.lowerBoundBytes)} bytes`],
    ['largest scratch', `${formatCount(plan.scratchBytes)} bytes`],
    ['constant tables', formatBytes(weightsBytes)],
    [
      'smallest firmware',
      sizes === null
        ? 'not built: RAM is the arena and flash the tables alone'
        : `${formatCount(sizes.flashBytes)} bytes of flash, ${formatCount(sizes.ramBytes)} bytes of RAM without stack`,
    ],
    ['multiply-accumulates', formatCount(macs)],
  ]);
  const needs = {
    flash: { bytes: sizes?.flashBytes ?? weightsBytes, limit: machine.flashBytes },
    RAM: { bytes: sizes?.ramBytes ?? plan.arenaBytes, limit: machine.ramBytes },
  };
  const summary = [
    htmlVerdict(fits, verdictOf(fits, needs)),
    barChart(
      Object.entries(needs).map(([name, need]) => gauge(name, need)),
      { full: 1 },
    ),
    facts,
  ].join('\n');
  const layers = htmlTable(STEP_COLUMNS, stepRows(steps, plan.peakStep));
  const live = steps.map((step) => ({
    label: step.name,
    value: step.liveBytes,
    text: `${formatCount(step.liveBytes)} B`,
  }));
  return htmlPage(`Memory plan: ${program.name}`, `${machine.id}, ${steps.length} steps`, [
    { title: 'Summary', body: summary },
    {
      title: 'Arena over time',
      body: memoryMap(blocks, last, plan.arenaBytes, {
        step: plan.peakStep,
        name: steps[plan.peakStep]?.name ?? '',
      }),
    },
    { title: 'Live bytes by layer', body: `${htmlNote(LIVE)}\n${barChart(live)}` },
    { title: 'Layers', body: layers },
    ...(kept.length === 0
      ? []
      : [{ title: 'Kept from call to call', body: htmlTable(KEPT_COLUMNS, keptRows(kept)) }]),
  ]);
}

const LIVE =
  'Live: what must be in RAM while a layer runs: its inputs, outputs and scratch, and what later layers still read.';

type Need = { readonly bytes: number; readonly limit: number };

function verdictOf(fits: boolean, { flash, RAM }: { readonly flash: Need; readonly RAM: Need }): string {
  const part = ({ bytes, limit }: Need): string =>
    `${formatCount(bytes)} of ${formatCount(limit)} bytes (${formatPercent(bytes / limit)})`;
  return `${fits ? 'Fits' : 'Does NOT fit'}: flash ${part(flash)}, RAM ${part(RAM)}.`;
}

function gauge(name: string, { bytes, limit }: Need): Bar {
  const share = bytes / limit;
  return {
    label: `${name}, of ${formatBytes(limit)}`,
    value: share,
    text: formatPercent(share),
    tone: shareTone(share),
  };
}
