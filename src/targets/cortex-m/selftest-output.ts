/** Reads what a self-test printed (see print-selftest.ts) and judges it by the manifest and the golden files. */
import { crc32 } from 'node:zlib';
import type { VerifiedTraining } from '../target.ts';
import type { RawKind } from './input/raw.ts';
import type { Manifest, ManifestPort, ManifestVector } from './manifest.ts';
import type { Bundle } from './read-bundle.ts';
import { type Line, linesOf } from './selftest-lines.ts';
import { readTraining } from './training/read-training.ts';

/** The first byte of an output that differs; `expected` and `got` are the element's byte, signed for int8. */
type Mismatch = {
  readonly output: number;
  readonly poison: number;
  readonly differing: number;
  readonly byte: number;
  readonly expected: number;
  readonly got: number;
};

/** Whether the input that a conversion made of raw data is that of the desk; the first byte that differs. */
type ConversionResult = {
  readonly kind: RawKind;
  readonly bitExact: boolean;
  readonly mismatch: (Omit<Mismatch, 'output'> & { readonly input: number }) | null;
  /** Executed by it on an emulated board, of samples of sound; null where nothing counted them. */
  readonly instructions: number | null;
};

type LayerMismatch = { readonly index: number; readonly name: string; readonly kernel: string };

export type VectorResult = {
  readonly name: string;
  /** Outputs, inputs that are made of raw data, and the rows that were asked for. */
  readonly bitExact: boolean;
  /** Null where the inputs are given as they are. */
  readonly conversion: ConversionResult | null;
  /** Executed by the network on an emulated board; null where nothing counted them. */
  readonly instructions: number | null;
  readonly mismatch: Mismatch | null;
  /** First layer whose output differs; null where all agree or layers were not compared. */
  readonly layer: LayerMismatch | null;
};

export type SelftestResult = {
  readonly vectors: readonly VectorResult[];
  readonly training: VerifiedTraining | null;
  /** High-water mark of the stack during inference, conversions of sound included, on an emulated board. */
  readonly stackBytes: number | null;
};

/** Null when the output is not that of a self-test that ran to its end. */
export function readSelftest(bundle: Bundle, printed: string): SelftestResult | null {
  const { manifest } = bundle;
  const lines = linesOf(printed);
  const [head] = lines;
  if (head?.words[0] !== 'selftest' || head.words[1] !== manifest.name) return null;
  if (lines.at(-1)?.words[0] !== 'result') return null;
  const vectors = manifest.vectors.map((vector) => readVector(bundle, vector, lines));
  if (vectors.some((vector) => vector === null)) return null;
  const stacks = lines
    .filter(({ words }) => words[0] === 'count' || words[0] === 'convert')
    .map(({ numbers }) => numbers[2]!);
  return {
    vectors: vectors as VectorResult[],
    training: manifest.training === null ? null : readTraining(manifest.training, lines),
    stackBytes: stacks.length === 0 ? null : Math.max(...stacks),
  };
}

/** First layer of a vector whose CRC differs from the reference's, among the `layer` lines of a self-test. */
export function firstLayerMismatch(
  manifest: Manifest,
  vector: ManifestVector,
  printed: string,
): LayerMismatch | null {
  const lines = linesOf(printed).filter(({ words }) => words[0] === 'layer' && words[1] === vector.name);
  const index = vector.layers.findIndex((expected, layer) => {
    if (expected === null) return false;
    const crcs = lines.filter(({ numbers }) => numbers[0] === layer).map(({ numbers }) => numbers[1]);
    return crcs.length === 0 || crcs.some((crc) => crc !== expected);
  });
  if (index < 0) return null;
  const { name, kernel } = manifest.steps[index]!;
  return { index, name, kernel };
}

/** `output <vector> <poison> <index> <crc> <differing> <first> <expected> <got>`, and the same of `input`. */
function readVector(bundle: Bundle, vector: ManifestVector, lines: readonly Line[]): VectorResult | null {
  const ofVector = lines.filter(({ words }) => words[1] === vector.name);
  const outputs = comparisonsOf(bundle, ofVector, 'output', vector.outputs);
  const inputs = vector.raw === null ? [] : comparisonsOf(bundle, ofVector, 'input', vector.inputs);
  if (outputs === null || inputs === null) return null;
  const wrong = outputs.find(({ isWrong }) => isWrong);
  const wrongInput = inputs.find(({ isWrong }) => isWrong);
  const most = (word: 'count' | 'convert'): number | null => {
    const counts = ofVector
      .filter(({ words, numbers }) => words[0] === word && numbers[1] !== 0)
      .map(({ numbers }) => numbers[1]!);
    return counts.length === 0 ? null : Math.max(...counts);
  };
  const { manifest } = bundle;
  return {
    name: vector.name,
    bitExact: wrong === undefined && wrongInput === undefined && asksForEachRow(bundle, ofVector),
    conversion:
      vector.raw === null
        ? null
        : {
            kind: vector.raw.kind,
            bitExact: wrongInput === undefined,
            mismatch:
              wrongInput === undefined
                ? null
                : { input: wrongInput.port, ...differenceOf(wrongInput, manifest.inputs) },
            instructions: most('convert'),
          },
    instructions: most('count'),
    mismatch: wrong === undefined ? null : { output: wrong.port, ...differenceOf(wrong, manifest.outputs) },
    layer: null,
  };
}

/** `rows <vector> <poison> <rows>`: whether every row that a model needs was asked for once, in order. */
function asksForEachRow({ manifest }: Bundle, lines: readonly Line[]): boolean {
  const wanted = manifest.inputs.flatMap(({ streamed }) => (streamed === null ? [] : [streamed.rowsRead]));
  const asked = lines.filter(({ words }) => words[0] === 'rows');
  return wanted.every((rows) => asked.length > 0 && asked.every(({ numbers }) => numbers[1] === rows));
}

/** One line of a comparison. */
type Comparison = {
  readonly port: number;
  readonly poison: number;
  readonly isWrong: boolean;
  readonly differing: number;
  readonly byte: number;
  readonly expected: number;
  readonly got: number;
};

/** Null where a port is not compared. @param files what they have to be */
function comparisonsOf(
  bundle: Bundle,
  lines: readonly Line[],
  word: 'input' | 'output',
  files: readonly string[],
): readonly Comparison[] | null {
  const crcs = files.map((path) => crc32(bundle.files.get(path)!));
  const compared = lines
    .filter(({ words }) => words[0] === word)
    .map(({ numbers }): Comparison => {
      const [poison = 0, port = 0, crc, differing = 0, byte = 0, expected = 0, got = 0] = numbers;
      const isWrong = differing !== 0 || crc !== crcs[port];
      return { port, poison, isWrong, differing, byte, expected, got };
    });
  return files.every((_, index) => compared.some(({ port }) => port === index)) ? compared : null;
}

function differenceOf(
  { port, poison, differing, byte, expected, got }: Comparison,
  ports: readonly ManifestPort[],
): Omit<Mismatch, 'output'> {
  const signed = ports[port]?.dtype === 'int8';
  const value = (raw: number): number => (signed ? (raw << 24) >> 24 : raw);
  return { poison, differing, byte, expected: value(expected), got: value(got) };
}
