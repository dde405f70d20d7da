import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { RemovedChannels } from '../passes/dead-channels.ts';
import { passingTensors, stretchesOf } from '../program/loops.ts';
import { type Bar, barChart } from './charts.ts';
import { FORM_COLUMNS, type formFacts, formRows } from './forms.ts';
import { htmlFacts, htmlLimits, htmlNote, htmlPage, htmlTable, htmlVerdict, type Limit } from './html.ts';
import { KEPT_COLUMNS, keptRows, layerCosts, layerTable } from './layer-rows.ts';
import { type MemoryBlock, memoryMap } from './memory-map.ts';
import { estimateFields, flashOf, inputFields, type Need, ramOf, tablesOf, verdictOf } from './need.ts';
import { removedFields } from './removed-channels.ts';
import { shareTone } from './tones.ts';

/**
 * The memory plan of a model on a device, as a page.
 * @param forms what it takes in each
 * @param removed channels that it is computed without
 * @param limits that were asked for
 */
export function planPage(
  need: Need,
  forms: ReturnType<typeof formFacts>,
  removed: RemovedChannels | null,
  limits: readonly Limit[],
): string {
  const { planned, sizes, misfit } = need;
  const { program, plan, machine } = planned;
  const { steps, macs, kept } = need.summary;
  const fits = misfit === null;
  const last = program.steps.length;
  const buffers = new Set(stretchesOf(program).flatMap((stretch) => [...passingTensors(program, stretch)]));
  const blocks: readonly MemoryBlock[] = [
    ...plan.placements.map(({ tensor, offset, bytes, firstStep, lastStep }) => ({
      label: program.tensors[tensor]!.name,
      offset,
      bytes,
      firstStep,
      lastStep,
      kind: buffers.has(tensor) ? ('rows' as const) : ('tensor' as const),
    })),
    ...plan.scratch.map(({ step, offset, bytes }) => ({
      label: step < 0 ? FRONT_END : `scratch of ${program.steps[step]!.name}`,
      offset,
      bytes,
      firstStep: step,
      lastStep: step,
      kind: 'scratch' as const,
    })),
  ];
  const facts = htmlFacts([
    ['target', `${machine.name} (${machine.core})`],
    ['arena', `${formatCount(plan.arenaBytes)} of ${formatCount(machine.ramBytes)} bytes`],
    ['live peak', `${formatCount(plan.livePeakBytes)} bytes`],
    ['largest scratch', `${formatCount(plan.scratchBytes)} bytes`],
    ['constant tables', formatBytes(tablesOf(need))],
    ...inputFields(planned),
    [
      'smallest firmware',
      sizes === null
        ? 'not built: RAM is the arena and flash the tables alone'
        : `${formatCount(sizes.flashBytes)} bytes of flash, ${formatCount(sizes.ramBytes)} bytes of RAM without stack`,
    ],
    ['multiply-accumulates', formatCount(macs)],
    ...removedFields(removed),
    ...estimateFields(planned.estimate),
  ]);
  const needs = {
    flash: { bytes: flashOf(need), limit: machine.flashBytes },
    RAM: { bytes: ramOf(need), limit: machine.ramBytes },
  };
  const summary = [
    htmlVerdict(fits, sentenceOf(need, needs)),
    htmlLimits(limits),
    barChart(
      Object.entries(needs).map(([name, need]) => gauge(name, need)),
      { full: 1 },
    ),
    facts,
  ].join('\n');
  const { columns, rows } = layerTable(layerCosts(steps, plan.peakStep, planned.estimate));
  const layers = htmlTable(columns, rows);
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
        name: plan.peakStep < 0 ? FRONT_END : (steps[plan.peakStep]?.name ?? ''),
      }),
    },
    { title: 'Forms', body: `${htmlNote(FORMS_NOTE)}\n${htmlTable(FORM_COLUMNS, formRows(forms))}` },
    { title: 'Live bytes by layer', body: `${htmlNote(LIVE)}\n${barChart(live)}` },
    { title: 'Layers', body: layers },
    ...(kept.length === 0
      ? []
      : [{ title: 'Kept from call to call', body: htmlTable(KEPT_COLUMNS, keptRows(kept)) }]),
  ]);
}

/** What works in the arena before the first step. */
const FRONT_END = 'front end';

const FORMS_NOTE =
  'How activations may lie, with the same bytes out: each whole and apart, outputs where inputs have been read, or images row by row.';

const LIVE =
  'Live: what must be in RAM while a layer runs: its inputs, outputs and scratch, and what later layers still read.';

type Share = { readonly bytes: number; readonly limit: number };

function sentenceOf(need: Need, { flash, RAM }: { readonly flash: Share; readonly RAM: Share }): string {
  const part = ({ bytes, limit }: Share): string =>
    `${formatCount(bytes)} of ${formatCount(limit)} bytes (${formatPercent(bytes / limit)})`;
  const verdict = need.misfit !== null ? 'Does NOT fit' : `Fits${need.certain ? '' : `, ${verdictOf(need)}`}`;
  return `${verdict}: flash ${part(flash)}, RAM ${part(RAM)}.`;
}

function gauge(name: string, { bytes, limit }: Share): Bar {
  const share = bytes / limit;
  return {
    label: `${name}, of ${formatBytes(limit)}`,
    value: share,
    text: formatPercent(share),
    tone: shareTone(share),
  };
}
