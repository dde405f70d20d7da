/** The files of a bundle for a Jetson. */
import type { BundleFile, BundleInput, Printer } from './input.ts';

/** In no particular order: paths are unique. */
const PRINTERS: readonly Printer[] = [printModels];

/** Sorted by path; equal inputs give equal bytes. */
export function bundleFiles(input: BundleInput): readonly BundleFile[] {
  return PRINTERS.flatMap((print) => print(input)).sort(([a], [b]) => (a < b ? -1 : 1));
}

function printModels({ onnx }: BundleInput): readonly BundleFile[] {
  return [
    ['model.onnx', onnx.model],
    ['model.fp32.onnx', onnx.float],
  ];
}
