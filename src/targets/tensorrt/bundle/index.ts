/** The files of a bundle for a Jetson. */
import { listingFile } from '../../bundle-folder.ts';
import { printBuildEngine } from './build-engine.ts';
import { printCalibrationCache } from './calibration-cache.ts';
import { printDeepStream } from './deepstream.ts';
import { printInfer } from './infer.ts';
import type { BundleFile, BundleInput, Printer } from './input.ts';
import { printManifest } from './manifest.ts';
import { nativeFile } from './native-files.ts';
import { printPassData, printPassScripts } from './pass/print.ts';
import * as paths from './paths.ts';
import { printReadme } from './readme.ts';
import { printSettings } from './settings.ts';
import { printTriton } from './triton.ts';

/** What an engine is built from and held against: scripts check that it came whole. */
const DATA_PRINTERS: readonly Printer[] = [printModels, printCalibrationCache, printGolden, printPassData];

/** The rest, in no particular order. Paths are unique. */
const PRINTERS: readonly Printer[] = [
  printBuildEngine,
  printInfer,
  printReadme,
  printPassScripts,
  printDeepStream,
  printTriton,
];

/** The same in every bundle: under native/jetson. */
const SCRIPTS = ['board.sh', 'build.sh', 'results.py', 'verify.sh'];

/** All files by path, sorted, the manifest last; equal inputs give equal bytes. */
export function bundleFiles(input: BundleInput): ReadonlyMap<string, string | Uint8Array> {
  const data = DATA_PRINTERS.flatMap((print) => print(input));
  const files = [
    ...data,
    printSettings(input, data),
    ...PRINTERS.flatMap((print) => print(input)),
    ...SCRIPTS.map((name): BundleFile => [name, nativeFile(name)]),
  ];
  const listing = listingFile(files.map(([path]) => path));
  const sorted = [...files, [listing.path, listing.contents] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map([...sorted, printManifest(input, sorted)]);
}

function printModels({ onnx }: BundleInput): readonly BundleFile[] {
  return [
    [paths.MODEL, onnx.model],
    [paths.FLOAT_MODEL, onnx.float],
  ];
}

function printGolden({ golden }: BundleInput): readonly BundleFile[] {
  return golden.flatMap(({ name, inputs, outputs }): readonly BundleFile[] => [
    ...inputs.map((bytes, i): BundleFile => [paths.goldenPath(name, 'input', i), bytes]),
    ...outputs.map((bytes, i): BundleFile => [paths.goldenPath(name, 'output', i), bytes]),
  ]);
}
