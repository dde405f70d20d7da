/** The C files of the conversions of a bundle. */
import { type NativeSources, prefixed } from '../native-sources.ts';
import { type DeviceInput, printInput, printInputHeader } from './print-input.ts';

const IMAGE = 'input/tinyml_image.h';

type InputFiles = {
  readonly files: readonly { readonly path: string; readonly contents: string }[];
  /** Those to compile. */
  readonly sources: readonly string[];
};

export function inputFiles(device: DeviceInput, native: NativeSources, name: string): InputFiles {
  const images = device.inputs.some(({ conversions }) => conversions.some(({ kind }) => kind === 'image'));
  const source = `${name}_input.c`;
  return {
    files: [
      { path: `${name}_input.h`, contents: printInputHeader(device, name) },
      { path: source, contents: printInput(device, name) },
      ...(images ? [{ path: prefixed(IMAGE, name), contents: prefixed(native.get(IMAGE)!, name) }] : []),
    ],
    sources: [source],
  };
}
