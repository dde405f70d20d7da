import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { textTable } from '../report/table.ts';
import type { BoardId } from '../targets/cortex-m/boards.ts';
import { type VerifyResult, type VerifyRun, verifyBundle } from '../targets/cortex-m/verify.ts';
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
  const task = context.progress('build and run', null);
  const result = await verifyBundle(args[0]!, {
    on: [...(wanted.includes('host') ? (['host'] as const) : []), ...(emulated ? (['qemu'] as const) : [])],
    ...(boards.length > 0 ? { cores: boards } : {}),
    layers: flagOption(options, 'layers'),
  }).finally(() => task.finish());
  const most = (key: 'instructions' | 'ramBytes' | 'flashBytes'): number | undefined => {
    const values = result.runs.map((run) => run[key]).filter((value) => value !== null);
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const measured = {
    'max-instructions': most('instructions'),
    'max-ram': most('ramBytes'),
    'max-flash': most('flashBytes'),
  };
  const gates = evaluateGates(
    options,
    Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== undefined)),
  );
  const json = {
    bundle: args[0]!,
    name: result.name,
    target: result.profile,
    kernels: result.library,
    verify: { bitExact: result.bitExact, runs: result.runs },
    gates,
  };
  return { json, text: () => verifyText(result, context), failure: mismatch(result) ?? gateFailure(gates) };
}

function verifyText(result: VerifyResult, context: Context): string {
  const number = (value: number | null): string => (value === null ? '-' : formatCount(value));
  return textTable(
    [
      { title: 'on' },
      { title: 'machine' },
      { title: 'result' },
      { title: 'instructions', align: 'right' },
      { title: 'RAM', align: 'right' },
      { title: 'stack', align: 'right' },
      { title: 'flash', align: 'right' },
    ],
    result.runs.map((run) => [
      run.core,
      run.machine ?? '-',
      run.bitExact
        ? context.paint('green', `bit-exact (${run.vectors.length} inputs)`)
        : context.paint('red', 'DIFFERENT'),
      number(run.instructions),
      number(run.ramBytes),
      number(run.stackBytes),
      number(run.flashBytes),
    ]),
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
