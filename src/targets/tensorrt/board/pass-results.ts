/** What run_pass.py of a gated bundle wrote on a board, held against the bundle at the desk. */
import * as z from 'zod';
import { TinymlError } from '../../../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../../../diagnostics/json-file.ts';
import { formatPercent } from '../../../diagnostics/units.ts';
import { readBundle } from '../bundle/read-bundle.ts';

const KIND = 'tinyml-pass-results';

const count = z.int().min(0);
const milliseconds = z.number().min(0);
const share = z.number().min(0).max(1);

const schema = z.strictObject({
  kind: z.literal(KIND),
  schema: z.literal(1),
  /** SHA-256 of the manifest; null where it was not there. */
  manifest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  passed: z.boolean(),
  threshold: share,
  /** What --measure found; null where nobody asked. */
  measured: z
    .strictObject({
      threshold: share,
      dense_ms: milliseconds,
      lists: z.array(z.strictObject({ patches: count.min(1), ms: milliseconds })).max(1000),
    })
    .nullable(),
  tolerances: z.array(z.number()).max(1000),
  frames: z
    .array(
      z.strictObject({
        active: count,
        wanted: count,
        way: z.enum(['nothing', 'stage', 'dense']),
        /** Of every result, how far it is off at most; null where it is no finite number. */
        errors: z.array(z.number().min(0).nullable()).max(1000),
        good: z.boolean(),
      }),
    )
    .max(100_000),
});

/** What of pass.json is needed here. */
const factsSchema = z.object({
  patches: count.min(1),
  results: z.array(z.object({ name: z.string().max(65536) })).max(1000),
  golden: z.object({
    frames: count,
    active: z.array(count).max(100_000),
    tolerances: z.array(z.number()).max(1000),
  }),
});

type PassFacts = z.infer<typeof factsSchema>;

type PassVerification = {
  readonly name: string;
  readonly profile: string;
  readonly json: object;
  readonly text: readonly string[];
};

/** Whether results are of the gated form of a model. @throws TinymlError E_FILE, E_BUNDLE */
export function isPassResults(file: string): boolean {
  const value = readJsonFile(file, 'E_BUNDLE');
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === KIND;
}

/**
 * @param folder the bundle @param file pass/build/results.json of the board
 * @throws TinymlError E_FILE, E_BUNDLE (no results, or not of this bundle), E_MISMATCH naming every frame that is off, E_GATE for whole
 *   frames that take longer than the limit, E_USAGE for a limit where nothing was measured
 */
export function verifyPass(
  folder: string,
  file: string,
  { maxLatencyMs }: { readonly maxLatencyMs: number | null },
): PassVerification {
  const { manifest, sha256, files } = readBundle(folder);
  const results = checkJson(schema, readJsonFile(file, 'E_BUNDLE'), file, 'E_BUNDLE');
  if (manifest.pass === null || results.manifest !== sha256) {
    throw new TinymlError('E_BUNDLE', 'the results are of another bundle', {
      at: `${file}: manifest`,
      hint:
        manifest.pass === null
          ? 'this one has no gates'
          : 'copy the whole bundle to the board, and run pass/build.sh and pass/run_pass.py there',
    });
  }
  const facts = factsOf(files.get('pass/pass.json'));
  const { frames, measured, threshold } = results;
  requireFrames(facts, frames, file);
  requireInTime(measured, maxLatencyMs, file);
  const moved = frames.filter(({ active }, i) => active !== facts.golden.active[i]).length;
  const notes = [
    ...(moved === 0 ? [] : [`in ${moved} frames the gate chose other patches than here`]),
    ...(measured === null ? ['nothing was timed: run run_pass.py --measure, then run_pass.py'] : []),
  ];
  const ways = (way: string): number => frames.filter((frame) => frame.way === way).length;
  return {
    name: manifest.name,
    profile: manifest.target.profile,
    json: { pass: { frames, threshold, measured, notes } },
    text: [
      `${manifest.name} with its gates on ${manifest.target.profile}: ${frames.length} golden frames are within tolerance (${ways('dense')} as a whole, ${ways('stage')} by lists, ${ways('nothing')} without computing)`,
      `${measured === null ? 'assumed' : 'measured'}: whole frames from ${formatPercent(threshold)} of ${facts.patches} patches on`,
      ...(measured === null ? [] : timesText(measured, facts.patches)),
      ...notes.map((note) => `note: ${note}`),
    ],
  };
}

type Results = z.infer<typeof schema>;

function timesText(
  { dense_ms: whole, lists }: NonNullable<Results['measured']>,
  all: number,
): readonly string[] {
  return [
    `a whole frame takes ${whole.toFixed(3)} ms (medians, gate and rest left out)`,
    ...lists.map(
      ({ patches, ms }) =>
        `${patches} of ${all} patches take ${ms.toFixed(3)} ms, ${(whole / ms).toFixed(2)} times as fast`,
    ),
  ];
}

/** @throws TinymlError E_BUNDLE: a manifest may be anybody's */
function factsOf(bytes: Uint8Array | undefined): PassFacts {
  try {
    return factsSchema.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
  } catch (cause) {
    throw new TinymlError('E_BUNDLE', 'the bundle does not say what its gated form is', {
      at: 'pass/pass.json',
      hint: 'make the bundle again with "tinyml deploy"',
      cause,
    });
  }
}

function requireFrames({ golden, results }: PassFacts, frames: Results['frames'], file: string): void {
  const { tolerances } = golden;
  if (frames.length !== golden.frames || frames.some(({ errors }) => errors.length !== tolerances.length)) {
    throw new TinymlError('E_BUNDLE', 'the results do not hold every golden frame as it is in the bundle', {
      at: `${file}: frames`,
      hint: 'run pass/run_pass.py on the board to its end',
    });
  }
  const wrong = frames.flatMap(({ errors, way }, i) =>
    errors.flatMap((error, k) =>
      error !== null && error <= tolerances[k]!
        ? []
        : [
            `frame ${i} (${way}), output ${JSON.stringify(results[k]?.name ?? k)}: off by ${error ?? 'no finite number'}, more than ${tolerances[k]}`,
          ],
    ),
  );
  if (wrong.length === 0) return;
  throw new TinymlError('E_MISMATCH', `${wrong.length} outputs of gated frames are out of tolerance`, {
    at: wrong,
    hint: 'see whether the model without gates is right there: verify.sh',
  });
}

function requireInTime(measured: Results['measured'], limit: number | null, file: string): void {
  if (limit === null) return;
  if (measured === null) {
    throw new TinymlError('E_USAGE', 'the results hold no times', {
      at: '--max-latency',
      hint: 'on the board run pass/run_pass.py --measure, then pass/run_pass.py',
    });
  }
  if (measured.dense_ms <= limit) return;
  throw new TinymlError('E_GATE', `a whole frame takes ${measured.dense_ms} ms, more than ${limit} ms`, {
    at: `${file}: measured.dense_ms`,
    hint: 'frames of few patches are quicker; the limit is for the slowest',
  });
}
