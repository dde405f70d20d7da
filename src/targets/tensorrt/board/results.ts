/** What verify.sh of a bundle wrote on a board, held against the bundle at the desk. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../../../diagnostics/json-file.ts';
import type { BundlePort, PortType } from '../bundle/input.ts';
import type { ManifestCase } from '../bundle/manifest.ts';
import { type Bundle, readBundle } from '../bundle/read-bundle.ts';
import { versionOfNumber } from '../release/version-number.ts';
import { type Results, resultsSchema } from './results-schema.ts';

/** Results that are of the bundle and within all tolerances. */
type VerifiedResults = Omit<Results, 'schema' | 'bundle' | 'golden'> & {
  readonly name: string;
  readonly profile: string;
  readonly precision: string;
  /** Of every golden case and output, how far it is off, as a part of its tolerance. */
  readonly golden: readonly {
    readonly case: string;
    readonly output: string;
    readonly error: number;
    readonly tolerance: number;
  }[];
  /** What of the conditions was not as the bundle says: a reader of the times should know. */
  readonly notes: readonly string[];
};

type Limits = { /** Of the median; null for none. */ readonly maxLatencyMs: number | null };

/**
 * @param folder the bundle @param file the JSON that verify.sh wrote
 * @throws TinymlError E_FILE, E_BUNDLE (no results, or not of this bundle), E_QUANT, E_MISMATCH naming every output that is off with
 *   its worst element, E_GATE for a median above the limit
 */
export function verifyResults(folder: string, file: string, { maxLatencyMs }: Limits): VerifiedResults {
  const bundle = readBundle(folder);
  const results = checkJson(resultsSchema, readJsonFile(file, 'E_BUNDLE'), file, 'E_BUNDLE');
  checkOrigin(bundle, results, file);
  const compared = bundle.manifest.golden.flatMap((golden) => compareCase(bundle, golden, results, file));
  const wrong = compared.filter(({ fault }) => fault !== null);
  if (wrong.length > 0) {
    throw new TinymlError(
      'E_MISMATCH',
      `${wrong.length} of ${compared.length} golden outputs are out of tolerance on the board`,
      {
        at: wrong.map(({ fault }) => fault!),
        hint: 'run "tinyml lint" on the model; then look at which layers fell out of their precision with "tinyml report --trt-profile"',
      },
    );
  }
  const { medianMs } = results.latency;
  if (maxLatencyMs !== null && medianMs > maxLatencyMs) {
    throw new TinymlError(
      'E_GATE',
      `one inference takes ${medianMs} ms (median), more than ${maxLatencyMs} ms`,
      {
        at: `${file}: latency.medianMs`,
        hint: `measured in power mode ${results.board.powerMode || 'unknown'} with clocks ${results.board.clocks}`,
      },
    );
  }
  const { engine, board, latency, at } = results;
  const { name, target, precision } = bundle.manifest;
  const golden = compared.map(({ fault: _, ...rest }) => rest);
  return {
    name,
    profile: target.profile,
    precision,
    engine,
    board,
    latency,
    at,
    golden,
    notes: notesOf(bundle, results),
  };
}

/** In words. */
export function resultsText(verified: VerifiedResults): readonly string[] {
  const { name, profile, precision, board, latency, golden, engine, notes } = verified;
  const worst = Math.max(...golden.map(({ error, tolerance }) => (error === 0 ? 0 : error / tolerance)));
  return [
    `${name} on ${board.module || profile}: ${golden.length} golden outputs are within tolerance, the worst at ${(100 * worst).toFixed(1)} % of it`,
    `${latency.medianMs.toFixed(3)} ms (median of ${latency.runs} runs; p99 ${latency.p99Ms.toFixed(3)} ms), ${precision.toUpperCase()}, power mode ${board.powerMode || 'unknown'}, clocks ${board.clocks}`,
    `engine of ${engine.bytes} bytes, built in ${engine.buildSeconds} s by trtexec ${board.trtexec}`,
    ...notes.map((note) => `note: ${note}`),
  ];
}

function checkOrigin({ manifest, sha256 }: Bundle, { bundle, board }: Results, file: string): void {
  if (bundle.manifest !== sha256) {
    throw new TinymlError('E_BUNDLE', 'the results are of another bundle', {
      at: `${file}: bundle.manifest`,
      hint:
        bundle.name === manifest.name
          ? 'the bundle was made again since: copy it to the board and run verify.sh there'
          : `they are of "${bundle.name}", the bundle is "${manifest.name}"`,
    });
  }
  const { from, below } = manifest.target.tensorrt;
  const version = versionOfNumber(board.trtexec);
  const isOurs = compare(version, numbersOf(from)) >= 0 && compare(version, numbersOf(below)) < 0;
  if (isOurs) return;
  throw new TinymlError(
    'E_BUNDLE',
    `the results are of TensorRT ${version.join('.')}, the bundle is for ${from} to below ${below}`,
    {
      at: `${file}: board.trtexec`,
      hint: 'deploy again with --jetpack for what is on the board',
    },
  );
}

function compareCase(
  { manifest, files }: Bundle,
  golden: ManifestCase,
  results: Results,
  file: string,
): readonly (VerifiedResults['golden'][number] & { readonly fault: string | null })[] {
  const missing = (what: string): TinymlError =>
    new TinymlError('E_BUNDLE', `the results hold no ${what}`, {
      at: `${file}: golden`,
      hint: 'run verify.sh on the board to its end',
    });
  const measured = results.golden.find(({ name }) => name === golden.name);
  if (measured === undefined) throw missing(`golden case "${golden.name}"`);
  return manifest.outputs.map((port, i) => {
    const output = measured.outputs[i];
    const want = goldenValues(port, files.get(golden.outputs[i]!)!);
    const { worst, over } = output ?? { worst: null, over: 0 };
    if (output?.name !== port.name || output.elements !== want.length || want[worst!.index] !== worst!.want) {
      throw missing(
        `output ${JSON.stringify(port.name)} of golden case "${golden.name}" as it is in the bundle`,
      );
    }
    const { index, got } = worst!;
    const tolerance = golden.tolerances[i]!;
    const error = got === null ? Number.POSITIVE_INFINITY : Math.abs(got - want[index]!);
    // Every element that the board did not name is nearer: it says so, and no tolerance here is from there.
    const fault =
      error <= tolerance && over === 0
        ? null
        : `golden case "${golden.name}", output ${JSON.stringify(port.name)}: element ${index} is ${got ?? 'no finite number'} instead of ${want[index]}, off by more than ${tolerance}; ${over} of ${want.length} elements are`;
    return { case: golden.name, output: port.name, error, tolerance, fault };
  });
}

function notesOf({ manifest }: Bundle, { board }: Results): readonly string[] {
  const { moduleIds, module, powerMode } = manifest.target;
  const isModule = moduleIds.some((id) => board.compatible.some((one) => one.includes(id)));
  return [
    ...(isModule
      ? []
      : [`the board is no ${module}: its device tree says ${board.compatible.join(', ') || 'nothing'}`]),
    ...(board.clocks === 'locked' ? [] : ['the clocks were free: times vary']),
    ...(board.powerMode.replace(/^MODE_/, '') === powerMode
      ? []
      : [`measured in power mode ${board.powerMode || 'unknown'}, the bundle is for ${powerMode}`]),
  ];
}

const READERS: Readonly<Record<PortType, (view: DataView, element: number) => number>> = {
  float32: (view, i) => view.getFloat32(4 * i, true),
  int8: (view, i) => view.getInt8(i),
  uint8: (view, i) => view.getUint8(i),
  bool: (view, i) => view.getUint8(i),
  int32: (view, i) => view.getInt32(4 * i, true),
  int64: (view, i) => Number(view.getBigInt64(8 * i, true)),
};

const BYTES: Readonly<Record<PortType, number>> = {
  float32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
  int32: 4,
  int64: 8,
};

function goldenValues({ bound }: BundlePort, bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.length / BYTES[bound]);
  return Array.from({ length }, (_, i) => READERS[bound](view, i));
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((one, i) => one - b[i]!).find((difference) => difference !== 0) ?? 0;
}
