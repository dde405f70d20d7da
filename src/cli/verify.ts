import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { firstDifference, learningText, learningWarnings } from '../report/learning.ts';
import { rangeText } from '../report/need.ts';
import { type Cell, textTable } from '../report/table.ts';
import { bundleSource, verifyBundle } from '../targets/index.ts';
import {
  type ByteMismatch,
  type DeviceFit,
  type EngineVerification,
  type FirmwareVerification,
  type LinkedSizes,
  shortageText,
  type VerifiedRun,
} from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, type GateValues, gateFailure } from './gates.ts';
import { learningRequest } from './learning-request.ts';
import { flagOption, listOption, numberOption, type Options, textOption } from './options.ts';

/** `tinyml verify dir`: builds the firmware of a bundle, runs it and compares every byte; or reads what a board says of an engine. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const task = context.progress('verify', null, 'runs');
  const result = await during(
    task,
    verifyBundle(args[0]!, {
      on: listOption(options, 'on'),
      layers: flagOption(options, 'layers'),
      steps: numberOption(options, 'steps') ?? null,
      learning: learningRequest(options, context),
      jobs: context.jobs,
      results: textOption(options, 'results') ?? null,
      maxLatencyMs: numberOption(options, 'max-latency') ?? null,
      onStage: (stage) => task.update(0, stage),
    }),
  );
  const { sha256, toolVersion } = bundleSource(args[0]!);
  context.origins.model(args[0]!, sha256);
  return result.kind === 'firmware'
    ? firmwareResult(args[0]!, toolVersion, result, options, context)
    : engineResult(args[0]!, toolVersion, result);
}

/** What the board wrote of an engine. Its time was held against --max-latency where it was read. */
function engineResult(
  bundle: string,
  madeBy: string,
  { name, profile, json, text }: EngineVerification,
): CommandResult {
  return {
    json: { bundle, madeBy, name, target: profile, ...json, gates: [] },
    text: text.map(oneLine).join('\n'),
  };
}

function firmwareResult(
  bundle: string,
  madeBy: string,
  result: FirmwareVerification,
  options: Options,
  context: Context,
): CommandResult {
  for (const message of learningWarnings(result.runs))
    context.warn('W_TRAINING', message, { hint: 'lower --lr' });
  const gates = evaluateGates(options, gateValues(result));
  const json = {
    bundle,
    madeBy,
    name: result.name,
    target: result.profile,
    kernels: result.library,
    verify: { bitExact: result.bitExact, runs: result.runs, linked: result.linked, unfit: result.unfit },
    fit: result.fit,
    floatLayers: result.floatLayers,
    ms: result.ms,
    gates,
  };
  const failure = mismatch(result, flagOption(options, 'layers')) ?? result.missed ?? gateFailure(gates);
  return { json, text: () => verifyText(result, context), failure };
}

/** Limits are held against what the device runs: instructions of the core that stands for it, sizes of its own; against the largest figure where there are none. */
function gateValues(result: FirmwareVerification): GateValues {
  const { runs, linked, boardCore, ownCore } = result;
  const largest = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const counted = runs.filter(({ core }) => core === boardCore);
  const instructions = largest((counted.length > 0 ? counted : runs).map((run) => run.instructions));
  const sizes = [...runs, ...(linked === null ? [] : [linked])];
  const own = sizes.filter(({ core }) => core === ownCore);
  const judged = own.length > 0 ? own : sizes;
  const [ram, flash] = [
    largest(judged.map((one) => one.ramBytes)),
    largest(judged.map((one) => one.flashBytes)),
  ];
  return {
    ...(instructions === null ? {} : { 'max-instructions': instructions }),
    ...(ram === null ? {} : { 'max-ram': ram }),
    ...(flash === null ? {} : { 'max-flash': flash }),
    ...(result.ms === null ? {} : { 'max-latency': result.ms.high }),
  };
}

function verifyText(result: FirmwareVerification, context: Context): string {
  const sequences = sequenceTable(result);
  const { ms, profile, floatLayers } = result;
  return [
    runTable(result, context),
    ...(floatLayers.length === 0 ? [] : [`in float32: ${floatLayers.join(', ')}`]),
    ...result.runs.filter(({ layers }) => layers.length > 0).map(layerTable),
    ...(sequences === null ? [] : [sequences]),
    ...trainingTables(result, context),
    ...learningText(result.runs, context.paint),
    ...(result.fit === null ? [] : [fitText(profile, result.fit, context)]),
    ...(ms === null ? [] : [`time on ${profile} at its highest clock: ${rangeText(ms)} (estimate)`]),
  ].join('\n\n');
}

/** What the device has beside what is needed of it. */
function fitText(profile: string, { fits, linked, memories }: DeviceFit, { paint }: Context): string {
  const parts = memories.map(
    ({ kind, memory, neededBytes, limitBytes }) =>
      `${formatCount(neededBytes)} B of ${formatBytes(limitBytes)} ${kind === 'arena' ? `in ${memory} for the arena` : memory}`,
  );
  const what = linked ? 'firmware with its stack' : 'tables and arena alone, as nothing was linked';
  const verdict = fits ? paint('green', 'fits') : paint('red', 'DOES NOT FIT');
  return `${verdict} ${profile}: ${parts.join(', ')} (${what})`;
}

/** What each layer took on a board, beside what was predicted for the device. */
function layerTable({ core, layers }: VerifiedRun): string {
  const counts = ['predicted', core].map((title) => ({ title, align: 'right' }) as const);
  return textTable(
    [{ title: '#', align: 'right' }, { title: 'layer' }, { title: 'kernel' }, ...counts],
    layers.map(({ first, last, names, kernels, predicted, instructions }) => [
      first === last ? `${first}` : `${first}..${last}`,
      first === last ? names[0]! : `${names[0]} .. ${names.at(-1)}`,
      first === last ? kernels[0]! : [...new Set(kernels)].join(', '),
      predicted === null ? '-' : formatCount(predicted),
      formatCount(instructions),
    ]),
  );
}

/** What frames of sequences cost; null for a model without state, and where nothing counted. */
function sequenceTable({ runs }: FirmwareVerification): string | null {
  const rows = runs.flatMap(({ core, sequences }) =>
    sequences.flatMap(({ name, frames, instructions }) =>
      instructions === null
        ? []
        : [[core, name, formatCount(frames), formatCount(instructions.mean), formatCount(instructions.most)]],
    ),
  );
  if (rows.length === 0) return null;
  const columns = ['frames', 'instructions per frame', 'at most'];
  return textTable(
    [{ title: 'on' }, { title: 'sequence' }, ...columns.map((title) => ({ title, align: 'right' }) as const)],
    rows,
  );
}

/** What training came to, run by run; nothing where firmware has none. */
function trainingTables({ runs }: FirmwareVerification, { paint }: Context): readonly string[] {
  const rows = runs.flatMap(({ core, training }) =>
    training === null
      ? []
      : [
          [
            core,
            formatCount(training.steps),
            {
              painted: training.bitExact
                ? paint('green', 'bit-exact, parameters saved and loaded')
                : paint('red', 'DIFFERENT'),
            },
            training.instructions === null ? '-' : formatCount(training.instructions),
          ],
        ],
  );
  if (rows.length === 0) return [];
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return [
    textTable([{ title: 'on' }, right('steps'), { title: 'training' }, right('instructions per step')], rows),
  ];
}

function runTable(result: FirmwareVerification, context: Context): string {
  const number = (value: number | null): string => (value === null ? '-' : formatCount(value));
  const counted = result.runs.some(({ inputInstructions }) => inputInstructions !== null);
  return textTable(
    [
      { title: 'on' },
      { title: 'machine' },
      { title: 'result' },
      { title: 'instructions', align: 'right' },
      ...(counted ? [{ title: 'front end', align: 'right' } as const] : []),
      { title: 'RAM B', align: 'right' },
      { title: 'stack B', align: 'right' },
      { title: 'flash B', align: 'right' },
    ],
    [
      ...result.runs.map((run) => [
        run.core,
        run.memory === 'external' ? `${run.machine}, external memory` : (run.machine ?? '-'),
        {
          painted: run.bitExact
            ? context.paint('green', `bit-exact (${inputsText(run)})`)
            : context.paint('red', 'DIFFERENT'),
        },
        number(run.instructions),
        ...(counted ? [number(run.inputInstructions)] : []),
        number(run.ramBytes),
        number(run.stackBytes),
        number(run.flashBytes),
      ]),
      ...(result.linked === null ? [] : [linkedRow(result.linked, counted)]),
      ...result.unfit.map((misfit) => [
        misfit.core,
        misfit.machine,
        { painted: context.paint('yellow', `did not run: ${shortageText(misfit)}`) },
        ...(counted ? ['-'] : []),
        ...['-', '-', '-', '-'],
      ]),
    ],
  );
}

/** What the device takes of memory, where no board runs its code. */
function linkedRow({ core, ramBytes, flashBytes }: LinkedSizes, counted: boolean): readonly Cell[] {
  const front = counted ? ['-'] : [];
  return [core, '-', 'linked, not run', '-', ...front, formatCount(ramBytes), '-', formatCount(flashBytes)];
}

function inputsText({ vectors }: VerifiedRun): string {
  const raw = vectors.filter(({ conversion }) => conversion !== null).length;
  return `${vectors.length} inputs${raw === 0 ? '' : `, ${raw} of raw data`}`;
}

function mismatch(result: FirmwareVerification, layers: boolean): TinymlError | null {
  const wrong = result.runs.filter((run) => !run.bitExact);
  if (wrong.length === 0) return null;
  return new TinymlError('E_MISMATCH', `${wrong.map((run) => run.core).join(', ')} computed other bytes`, {
    at: wrong.flatMap((run) => [...mismatchPlaces(run), ...learningPlaces(run, result.runs)]),
    hint: layers
      ? 'deploy again; if that differs too, the compiler or tinyml is at fault: "tinyml doctor" says which compilers it takes'
      : 'verify --layers names the first layer that differs',
  });
}

function mismatchText({ differing, byte, expected, got }: ByteMismatch): string {
  return `${formatCount(differing)} bytes differ; byte ${formatCount(byte)} is ${got}, and must be ${expected}`;
}

function mismatchPlaces(run: VerifiedRun): readonly string[] {
  return [...vectorPlaces(run), ...trainingPlaces(run)];
}

/** What it learned of data, where that is not what the first of all runs learned. */
function learningPlaces(run: VerifiedRun, runs: readonly VerifiedRun[]): readonly string[] {
  const step = firstDifference(run, runs);
  return step === null
    ? []
    : [`${run.core}, what was learned after ${formatCount(step)} steps: other than on ${runs[0]!.core}`];
}

function trainingPlaces({ core, training }: VerifiedRun): readonly string[] {
  if (training === null) return [];
  const { mismatch, records } = training;
  return [
    ...(mismatch === null
      ? []
      : [
          `${core}, step ${mismatch.step} of training: other ${mismatch.what === 'state' ? 'parameters' : 'results'}`,
        ]),
    ...records.map(
      ({ record, expected, got }) =>
        `${core}, parameters ${record}: status ${got} and must be ${expected}, or they are other parameters`,
    ),
  ];
}

function vectorPlaces(run: VerifiedRun): readonly string[] {
  return run.vectors
    .filter((vector) => !vector.bitExact)
    .map((vector) => {
      const place = vector.mismatch === null ? '' : `: ${mismatchText(vector.mismatch)}`;
      const { conversion } = vector;
      const input =
        conversion === null || conversion.bitExact
          ? ''
          : `, converted from ${conversion.kind}${conversion.mismatch === null ? '' : `: ${mismatchText(conversion.mismatch)}`}`;
      const layer =
        vector.layer === null ? '' : `, first in layer ${vector.layer.index} "${vector.layer.name}"`;
      return `${run.core}, input ${vector.name}${input}${place}${layer}`;
    });
}
