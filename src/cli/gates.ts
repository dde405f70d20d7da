import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount, formatDecibels, formatMs, formatPercent } from '../diagnostics/units.ts';
import type { Limit } from '../report/html.ts';
import { numberOption, type Options } from './options.ts';

/** Limits a user can set; a limit not met ends a command with exit status 1, after its result was printed. */
const GATES = {
  'min-accuracy': { measured: 'accuracy', bound: 'at least', format: formatPercent, by: 'labels' },
  'max-drop': { measured: 'accuracy drop', bound: 'at most', format: formatPercent, by: 'labels' },
  'min-sqnr': {
    measured: 'signal to error of the outputs',
    bound: 'at least',
    format: formatDecibels,
    by: 'samples',
  },
  'max-ram': { measured: 'RAM', bound: 'at most', format: formatBytes, by: 'build' },
  'max-flash': { measured: 'flash', bound: 'at most', format: formatBytes, by: 'build' },
  'max-instructions': {
    measured: 'the number of instructions',
    bound: 'at most',
    format: formatCount,
    by: 'board',
  },
  'max-growth': {
    measured: 'the growth of RAM, flash or instructions',
    bound: 'at most',
    format: formatPercent,
    by: 'both',
  },
  'max-latency': {
    measured: 'the longest time of an inference',
    bound: 'at most',
    format: formatMs,
    by: 'clock',
  },
} as const;

/** What a measurement takes. */
const MEASURED_BY = {
  labels: 'Accuracy is measured on labelled data; quantize takes it with --eval.',
  samples: 'It is measured on the samples of --eval, else of --data.',
  build: 'It is measured by building firmware with arm-none-eabi-gcc; verify does so with --on qemu.',
  both: 'The second result must state every figure of the first: measure the same, on the same cores.',
  board: 'Instructions are counted on an emulated board: --on qemu.',
  clock: 'It is estimated from instructions and the clock of the target.',
} as const;

export type GateName = keyof typeof GATES;

export const GATE_NAMES = Object.keys(GATES) as readonly GateName[];

/** What was measured, by the name of the limit on it. */
export type GateValues = Readonly<Partial<Record<GateName, number>>>;

/** `actual` is null where nothing was measured; such a gate does not pass. */
type GateResult = {
  readonly gate: GateName;
  readonly limit: number;
  readonly actual: number | null;
  readonly passed: boolean;
};

/**
 * Holds what was measured against the limits among the options; shares are fractions, sizes bytes. A limit
 * without a measurement does not pass: nobody should think it was checked.
 */
export function evaluateGates(options: Options, measured: GateValues): readonly GateResult[] {
  return GATE_NAMES.flatMap((gate) => {
    const limit = numberOption(options, gate);
    if (limit === undefined) return [];
    const actual = measured[gate] ?? null;
    const passed = actual !== null && meets(actual, limit, GATES[gate].bound);
    return [{ gate, limit, actual, passed }];
  });
}

/** What is on the limit but for the rounding of a difference of shares (0.9 - 0.89) is on it. */
const ROUNDING = 1e-12;

function meets(actual: number, limit: number, bound: 'at least' | 'at most'): boolean {
  return bound === 'at least' ? actual >= limit - ROUNDING : actual <= limit + ROUNDING;
}

/**
 * The error that reports every gate that did not pass, or null.
 * @param missing why something was not measured; default: what the measurement takes
 * @param remedy what would meet a limit, for some
 */
export function gateFailure(
  results: readonly GateResult[],
  missing?: string,
  remedy: (gate: GateName, limit: number) => string | null = () => null,
): TinymlError | null {
  const failed = results.filter((result) => !result.passed);
  if (failed.length === 0) return null;
  const unmeasured = failed.find(({ actual }) => actual === null);
  const hints = [
    ...(unmeasured === undefined ? [] : [missing ?? MEASURED_BY[GATES[unmeasured.gate].by]]),
    ...failed.flatMap(({ gate, limit }) => remedy(gate, limit) ?? []),
  ];
  return new TinymlError('E_GATE', failed.map(describe).join('; '), {
    at: failed.map(({ gate, limit }) => `--${gate} ${GATES[gate].format(limit)}`),
    ...(hints.length === 0 ? {} : { hint: hints.join('; ') }),
  });
}

/** For people: every limit, met or not. */
export function limitsMet(results: readonly GateResult[]): readonly Limit[] {
  return results.map((result) => ({
    text: `${result.passed ? 'Limit met' : 'Limit NOT met'}: ${describe(result)}.`,
    passed: result.passed,
  }));
}

function exact(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toPrecision(9);
}

function describe({ gate, limit, actual }: GateResult): string {
  const { measured, bound, format } = GATES[gate];
  if (actual === null) return `${measured} was not measured, so --${gate} cannot be checked`;
  const [is, must] = [actual, limit].map(format);
  if (is !== must || actual === limit) return `${measured} is ${is}, and must be ${bound} ${must}`;
  // A byte too many is rounded away where sizes are told in KiB.
  return `${measured} is ${is}, and must be ${bound} ${must} (${exact(actual)}, not ${exact(limit)})`;
}
