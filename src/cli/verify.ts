import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { textTable } from '../report/table.ts';
import { BOARDS, type BoardId } from '../targets/cortex-m/boards.ts';
import { type Misfit, type VerifyResult, type VerifyRun, verifyBundle } from '../targets/cortex-m/verify.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { flagOption, listOption, type Options } from './options.ts';

/** `tinyml verify dir`: builds the bundle, runs it, compares every byte. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const wanted = listOption(options, 'on');
  const boards = wanted.filter((place): place is BoardId => place !== 'host' && place !== 'qemu');
  const emulated = boards.length > 0 || wanted.includes('qemu');
  const task = context.progress('build and run', null, 'runs');
  const result = await verifyBundle(args[0]!, {
    on: [...(wanted.includes('host') ? (['host'] as const) : []), ...(emulated ? (['qemu'] as const) : [])],
    ...(boards.length > 0 ? { cores: boards } : {}),
    layers: flagOption(options, 'layers'),
    jobs: context.jobs,
  }).finally(() => task.finish());
  const gates = evaluateGates(options, gateValues(result));
  const json = {
    bundle: args[0]!,
    name: result.name,
    target: result.profile,
    kernels: result.library,
    verify: { bitExact: result.bitExact, runs: result.runs, unfit: result.unfit },
    gates,
  };
  const failure = mismatch(result) ?? unfitFailure(result, boards) ?? gateFailure(gates);
  return { json, text: () => verifyText(result, context), failure };
}

/** Limits are held against the core that stands for the target; against the largest figure where that did not run. */
function gateValues(result: VerifyResult): Parameters<typeof evaluateGates>[1] {
  const own = result.runs.filter((run) => run.core === result.boardCore);
  const runs = own.length > 0 ? own : result.runs;
  const largest = (key: 'instructions' | 'ramBytes' | 'flashBytes'): number | null => {
    const values = runs.map((run) => run[key]).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  const [instructions, ram, flash] = [largest('instructions'), largest('ramBytes'), largest('flashBytes')];
  return {
    ...(instructions === null ? {} : { 'max-instructions': instructions }),
    ...(ram === null ? {} : { 'max-ram': ram }),
    ...(flash === null ? {} : { 'max-flash': flash }),
  };
}

function verifyText(result: VerifyResult, context: Context): string {
  const number = (value: number | null): string => (value === null ? '-' : formatCount(value));
  return textTable(
    [
      { title: 'on' },
      { title: 'machine' },
      { title: 'result' },
      { title: 'instructions', align: 'right' },
      { title: 'RAM B', align: 'right' },
      { title: 'stack B', align: 'right' },
      { title: 'flash B', align: 'right' },
    ],
    [
      ...result.runs.map((run) => [
        run.core,
        run.machine ?? '-',
        {
          painted: run.bitExact
            ? context.paint('green', `bit-exact (${run.vectors.length} inputs)`)
            : context.paint('red', 'DIFFERENT'),
        },
        number(run.instructions),
        number(run.ramBytes),
        number(run.stackBytes),
        number(run.flashBytes),
      ]),
      ...result.unfit.map((misfit) => [
        misfit.core,
        misfit.machine,
        { painted: context.paint('yellow', `did not run: ${shortage(misfit)}`) },
        ...['-', '-', '-', '-'],
      ]),
    ],
  );
}

function shortage({ memory, neededBytes, availableBytes }: Misfit): string {
  return `it needs ${formatCount(neededBytes)} bytes of ${memory}, the board has ${formatCount(availableBytes)}`;
}

/**
 * Whoever asks for emulated boards in general (`qemu`) gets those that can hold the bundle, and must get one. A board that
 * is asked for by name must run it.
 */
function unfitFailure({ runs, unfit }: VerifyResult, named: readonly BoardId[]): TinymlError | null {
  const emulated = runs.some((run) => run.on === 'qemu');
  const missed = unfit.filter(({ core }) => !emulated || named.some((board) => BOARDS[board].core === core));
  if (missed.length === 0) return null;
  return new TinymlError(
    'E_MEMORY',
    `the bundle does not fit ${emulated ? 'every board that was asked for' : 'the emulated boards'}`,
    {
      at: missed.map((misfit) => `${misfit.machine} (${misfit.core}): ${shortage(misfit)}`),
      hint: emulated
        ? `use --on with boards that hold it; ${runs.map((run) => run.core).join(', ')} ran it`
        : 'verify it on this machine alone with --on host',
    },
  );
}

function mismatch(result: VerifyResult): TinymlError | null {
  const wrong = result.runs.filter((run) => !run.bitExact);
  if (wrong.length === 0) return null;
  return new TinymlError('E_MISMATCH', `${wrong.map((run) => run.core).join(', ')} computed other bytes`, {
    at: wrong.flatMap(mismatchPlaces),
    hint: 'verify --layers names the first layer that differs',
  });
}

function mismatchPlaces(run: VerifyRun): readonly string[] {
  return run.vectors
    .filter((vector) => !vector.bitExact)
    .map((vector) => {
      const place = vector.mismatch === null ? '' : `: ${JSON.stringify(vector.mismatch)}`;
      const layer =
        vector.layer === null ? '' : `, first in layer ${vector.layer.index} "${vector.layer.name}"`;
      return `${run.core}, input ${vector.name}${place}${layer}`;
    });
}
