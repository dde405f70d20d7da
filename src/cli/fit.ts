import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatMs } from '../diagnostics/units.ts';
import { floatSteps } from '../program/float-steps.ts';
import { OPTIMISE, type Optimise } from '../program/implementation.ts';
import { TARGET_COLUMNS, targetRow } from '../report/analysis.ts';
import {
  ASSUMED,
  flashOf,
  type Need,
  needJson,
  ramOf,
  sampleFields,
  tablesOf,
  undescribedFields,
} from '../report/need.ts';
import { removedFields, removedJson } from '../report/removed-channels.ts';
import { fieldList, textTable } from '../report/table.ts';
import { survey } from '../targets/index.ts';
import type { AssessOptions } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { type Change, changesOf } from './fit-changes.ts';
import { type Form, formJson, formsText } from './fit-forms.ts';
import { assessOptions, type OpenedSubject, openSubject } from './model.ts';
import { leastFormText, needWhereItMatters } from './need.ts';
import { flagOption, numberOption, type Options } from './options.ts';

/** `tinyml fit m.onnx`: which microcontrollers a model fits, by how much it misses the others, and what would make it fit them. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const subject = await openSubject(args[0]!, options, context);
  const asked = assessOptions(options, context);
  const limits = limitsOf(options);
  const forms: Form<Row>[] = [];
  for (const optimise of OPTIMISE) {
    forms.push({ optimise, rows: await rowsOf(subject, { ...asked, optimise }, limits, context) });
  }
  const formOf = (optimise: Optimise | undefined) => forms.find((form) => form.optimise === optimise)!;
  const { rows } = formOf(asked.optimise);
  const missed = rows.some(({ misses }) => misses.length > 0);
  const changes = missed ? changesOf(subject, asked, flagOption(options, 'keep-dead-channels')) : [];
  const tried: Tried[] = [];
  for (const change of changes) {
    const isForm = change.subject.graph === subject.graph && change.asked.library === asked.library;
    tried.push({
      change,
      rows: isForm
        ? formOf(change.asked.optimise).rows
        : await rowsOf(change.subject, change.asked, limits, context),
    });
  }
  const helpful = tried.filter((one) => rows.some((row) => helps(one, row)));
  const fitting = rows.filter(({ misses }) => misses.length === 0);
  return {
    json: {
      assumed: subject.float,
      deadChannels: removedJson(subject.removed),
      limits,
      targets: rows.map((row) => ({
        ...needJson(row.need),
        fits: row.misses.length === 0,
        misses: row.misses,
        change: changeFor(row, tried)?.id ?? null,
      })),
      forms: forms.map(formJson),
      estimateError: ESTIMATE_ERROR,
      changes: tried.map(({ change, rows: changed }) => changeJson(change, changed)),
    },
    text: () => fitText(rows, forms, helpful, subject),
    brief: () => verdictText(rows, subject),
    failure: fitting.length > 0 ? null : nothingFits(rows, tried),
  };
}

/** As measured (docs/estimates.md). */
const ESTIMATE_ERROR =
  'instructions are off by 1 % in the median and 6 % at worst of whole firmware counted in QEMU; 14 of 16 published times of MLPerf Tiny lie in the range (docs/estimates.md)';

/** Of the user, beside what each part has. */
type Limits = {
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
  readonly latencyMs: number | null;
};

function limitsOf(options: Options): Limits {
  return {
    ramBytes: numberOption(options, 'max-ram') ?? null,
    flashBytes: numberOption(options, 'max-flash') ?? null,
    latencyMs: numberOption(options, 'max-latency') ?? null,
  };
}

type Miss = Shortage | { readonly kind: 'FPU' };

type Shortage = { readonly kind: 'RAM' | 'flash' | 'latency'; readonly by: number; readonly limit: number };

type Row = { readonly need: Need; readonly misses: readonly Miss[] };

type Tried = { readonly change: Change; readonly rows: readonly Row[] };

/** Parts with the least RAM first. */
async function rowsOf(
  subject: Parameters<typeof survey>[0],
  asked: AssessOptions,
  limits: Limits,
  { jobs }: Context,
): Promise<readonly Row[]> {
  const needs = await Promise.all(
    (await survey(subject, asked)).map((one) => needWhereItMatters(one, limits.flashBytes, jobs)),
  );
  const size = ({ planned: { machine } }: Need): number => machine.ramBytes;
  return [...needs]
    .sort((a, b) => size(a) - size(b))
    .map((need) => ({ need, misses: missesOf(need, limits) }));
}

/**
 * What is short. RAM of the device is held against the arena, as its linker script has it, and samples that are held whole; that of
 * the user against all RAM of the firmware.
 */
function missesOf(need: Need, limits: Limits): readonly Miss[] {
  const { program, machine, estimate, missingRamBytes } = need.planned;
  const over = (kind: Shortage['kind'], needed: number, limit: number | null): readonly Shortage[] =>
    limit === null || needed <= limit ? [] : [{ kind, by: needed - limit, limit }];
  const worst = (misses: readonly Shortage[]): readonly Shortage[] =>
    [...misses].sort((a, b) => b.by - a.by).slice(0, 1);
  return [
    ...(machine.fpu || floatSteps(program.steps).length === 0 ? [] : [{ kind: 'FPU' } as const]),
    ...worst([
      ...over('RAM', machine.ramBytes + missingRamBytes, machine.ramBytes),
      ...over('RAM', ramOf(need), limits.ramBytes),
    ]),
    ...worst([
      ...over('flash', flashOf(need), machine.flashBytes),
      ...over('flash', flashOf(need), limits.flashBytes),
    ]),
    ...over('latency', estimate?.ms.high ?? Number.POSITIVE_INFINITY, limits.latencyMs),
  ];
}

/** The cheapest change that makes the model fit where it does not. */
function changeFor({ need, misses }: Row, tried: readonly Tried[]): Change | null {
  if (misses.length === 0) return null;
  return tried.find((one) => helps(one, { need, misses }))?.change ?? null;
}

/** Whether the model fits a part with a change, and not without. */
function helps({ rows }: Tried, { need, misses }: Row): boolean {
  const { id } = need.planned.machine;
  return (
    misses.length > 0 && rows.some((row) => row.need.planned.machine.id === id && row.misses.length === 0)
  );
}

function changeJson({ id, text, price }: Change, rows: readonly Row[]): object {
  const [{ need }] = rows as readonly [Row];
  return {
    id,
    text,
    price,
    arenaBytes: need.planned.plan.arenaBytes,
    weightsBytes: need.summary.weightsBytes,
    inputTableBytes: need.planned.dataIn?.tableBytes ?? 0,
    macs: need.summary.macs,
    fits: rows.filter(({ misses }) => misses.length === 0).map((row) => row.need.planned.machine.id),
  };
}

function fitText(
  rows: readonly Row[],
  forms: readonly Form[],
  tried: readonly Tried[],
  subject: OpenedSubject,
): string {
  const verdict = (row: Row): string =>
    row.misses.length === 0 ? 'yes' : row.misses.map(missText).join(', ');
  const columns = [...TARGET_COLUMNS, { title: 'would fit with' }];
  return [
    textTable(
      columns,
      rows.map((row) => [...targetRow(row.need, verdict(row)), changeFor(row, tried)?.text ?? '']),
    ),
    formsText(forms),
    ...(tried.length === 0
      ? []
      : [
          textTable(
            CHANGE_COLUMNS,
            tried.map((one) => changeRow(one)),
          ),
        ]),
    verdictText(rows, subject),
  ].join('\n\n');
}

function verdictText(rows: readonly Row[], { float, removed }: OpenedSubject): string {
  const fitting = rows.filter(({ misses }) => misses.length === 0);
  const names = fitting.slice(0, 3).map(({ need }) => need.planned.machine.id);
  return fieldList([
    ...(float ? [ASSUMED] : []),
    ...rows
      .slice(0, 1)
      .flatMap(({ need: { planned } }) => [...undescribedFields(planned), ...sampleFields(planned)]),
    ...removedFields(removed),
    ['estimates', ESTIMATE_ERROR],
    ['fits', `${fitting.length} of ${rows.length}${smallestText(names, fitting.length)}`],
  ]);
}

/** `: a and b` where all are named, else `; the least RAM of these have a, b and c`. @param names of the first of `count` */
function smallestText(names: readonly string[], count: number): string {
  if (count === 0) return '';
  if (count <= names.length) return `: ${listText(names)}`;
  return `; the least RAM of these have ${listText(names)}`;
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const CHANGE_COLUMNS = [
  { title: 'change, cheapest first' },
  { title: 'arena', align: 'right' },
  { title: 'tables', align: 'right' },
  { title: 'fits', align: 'right' },
  { title: 'price' },
] as const;

function changeRow({ change, rows }: Tried): readonly string[] {
  const [{ need }] = rows as readonly [Row];
  return [
    change.text,
    formatBytes(need.planned.plan.arenaBytes),
    formatBytes(tablesOf(need)),
    String(rows.filter(({ misses }) => misses.length === 0).length),
    change.price,
  ];
}

/** By how much, e.g. `RAM +12 KiB`. */
function missText(miss: Miss): string {
  switch (miss.kind) {
    case 'FPU':
      return 'no FPU';
    case 'latency':
      return `latency +${formatMs(miss.by)}`;
    case 'RAM':
    case 'flash':
      return `${miss.kind} +${formatBytes(miss.by)}`;
  }
}

function nothingFits(rows: readonly Row[], tried: readonly Tried[]): TinymlError {
  const nearest = [...rows].sort(byShortage).slice(0, 3);
  const helpful = tried.find(({ rows: changed }) => changed.some(({ misses }) => misses.length === 0));
  const isShort = nearest[0]!.misses.some(({ kind }) => kind === 'RAM');
  const least = isShort ? leastFormText(nearest[0]!.need.planned) : null;
  return new TinymlError('E_MEMORY', `the model fits none of the ${rows.length} parts`, {
    at: nearest.map(({ need, misses }) => `${need.planned.machine.id}: ${misses.map(missText).join(', ')}`),
    hint:
      helpful === undefined
        ? `none of the changes that were tried makes it fit: fewer channels or layers, a smaller input, or larger limits${least === null ? '' : `; ${least}`}`
        : `${helpful.change.text} makes it fit (${helpful.change.price})`,
  });
}

/** Parts that are nearest to taking the model first: by the worst share by which they are short, then by the next; farthest without an FPU. */
function byShortage(a: Row, b: Row): number {
  const [here, there] = [sharesOf(a), sharesOf(b)];
  const other = here.findIndex((share, k) => share !== there[k]);
  return other < 0 ? here.length - there.length : here[other]! - (there[other] ?? 0);
}

function sharesOf({ misses }: Row): readonly number[] {
  const share = (miss: Miss): number =>
    miss.kind === 'FPU' ? Number.MAX_VALUE : miss.by / Math.max(1, miss.limit);
  return misses.map(share).sort((a, b) => b - a);
}
