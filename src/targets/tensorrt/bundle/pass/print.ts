/** Prints the folder pass/ of a bundle: a gated model, how its engines are built, and what runs them. */
import type { ReleaseId } from '../../release/release.ts';
import type { BundleFile, BundleInput } from '../input.ts';
import { nativeFile } from '../native-files.ts';
import { printPassBuild } from './build-script.ts';
import { printPassReadme } from './readme.ts';
import { firstThreshold, type PassBundle } from './types.ts';

/** What engines are built from and held against. */
export function printPassData({ pass }: BundleInput): readonly BundleFile[] {
  if (pass === null) return [];
  const { inputs, outputs } = pass.golden;
  return [
    ...pass.networks.map(({ name, onnx }): BundleFile => [`pass/${name}.onnx`, onnx]),
    ...inputs.map((data, i): BundleFile => [`pass/${inputPath(i)}`, bytesOf(data)]),
    ...outputs.flatMap((list, i) => list.map((bytes, k): BundleFile => [`pass/${outputPath(i, k)}`, bytes])),
  ];
}

/** The scripts, and what they have to know. */
export function printPassScripts(input: BundleInput): readonly BundleFile[] {
  const { pass, platform } = input;
  if (pass === null) return [];
  return [
    ['pass/build.sh', printPassBuild(pass, input)],
    ['pass/pass.json', `${JSON.stringify(factsOf(pass, platform.release.id), null, 1)}\n`],
    ['pass/run_pass.py', nativeFile('pass/run_pass.py')],
    ['pass/README.md', printPassReadme(pass, input)],
  ];
}

/** What run_pass.py reads. */
function factsOf(pass: PassBundle, release: ReleaseId) {
  const { golden, networks } = pass;
  return {
    kind: 'tinyml-pass',
    schema: 1,
    // TensorRT 8.2 knows tensors of an engine by their index alone.
    bindings: release === '8.2' ? 'by index' : 'by name',
    patches: pass.patches,
    grid: pass.grid,
    patch: pass.patch,
    threshold: firstThreshold(pass),
    parts: Object.fromEntries(
      networks.map(({ name, inputs, outputs, ties }) => [
        name,
        { engine: `build/${name}.engine`, inputs, outputs, ties },
      ]),
    ),
    caches: pass.caches,
    results: pass.results,
    golden: {
      frames: golden.inputs.length,
      inputs: golden.inputs.map((_, i) => inputPath(i)),
      outputs: golden.outputs.map((list, i) => list.map((_, k) => outputPath(i, k))),
      active: golden.active,
      tolerances: golden.tolerances,
    },
  };
}

const inputPath = (frame: number): string => `golden/frame${frame}-input.bin`;
const outputPath = (frame: number, output: number): string => `golden/frame${frame}-output${output}.bin`;

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
