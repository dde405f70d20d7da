import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount, formatDecibels, formatPercent } from '../diagnostics/units.ts';
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
} as const;

/** What a measurement takes. */
const MEASURED_BY = {
  labels: 'Accuracy is measured on labelled data; quantize takes it with --eval.',
  samples: 'It is measured on the samples of --eval, else of --data.',
  build: 'It is measured by building firmware with arm-none-eabi-gcc; verify does so with --on qemu.',
  both: 'Both results must state the figure: those of plan, verify and deploy do.',
  board: 'Instructions are counted on an emulated board: --on qemu.',
} as const;

type GateName = keyof typeof GATES;

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
export function evaluateGates(
  options: Options,
  measured: Readonly<Partial<Record<GateName, number>>>,
): readonly GateResult[] {
  return (Object.keys(GATES) as GateName[]).flatMap((gate) => {
    const limit = numberOption(options, gate);
    if (limit === undefined) return [];
    const actual = measured[gate] ?? null;
    const passed = actual !== null && (GATES[gate].bound === 'at least' ? actual >= limit : actual <= limit);
    return [{ gate, limit, actual, passed }];
  });
}

/**
 * Refuses, before any work, limits on what a call will not measure.
 * @param measured what it takes, of what limits are on, is there
 * @throws TinymlError E_USAGE
 */
export function requireMeasurable(options: Options, measured: readonly (keyof typeof MEASURED_BY)[]): void {
  const blind = (Object.keys(GATES) as GateName[]).find(
    (gate) => numberOption(options, gate) !== undefined && !measured.includes(GATES[gate].by),
  );
  if (blind === undefined) return;
  throw new TinymlError(
    'E_USAGE',
    `this call does not measure ${GATES[blind].measured}, so the limit means nothing`,
    {
      at: `--${blind}`,
      hint: MEASURED_BY[GATES[blind].by],
    },
  );
}

/** The error that reports every gate that did not pass, or null. */
export function gateFailure(results: readonly GateResult[]): TinymlError | null {
  const failed = results.filter((result) => !result.passed);
  if (failed.length === 0) return null;
  const unmeasured = failed.find(({ actual }) => actual === null);
  return new TinymlError('E_GATE', failed.map(describe).join('; '), {
    at: failed.map(({ gate, limit }) => `--${gate} ${GATES[gate].format(limit)}`),
    ...(unmeasured === undefined ? {} : { hint: MEASURED_BY[GATES[unmeasured.gate].by] }),
  });
}

function describe({ gate, limit, actual }: GateResult): string {
  const { measured, bound, format } = GATES[gate];
  if (actual === null) return `${measured} was not measured, so --${gate} cannot be checked`;
  return `${measured} is ${format(actual)}, and must be ${bound} ${format(limit)}`;
}
