/** The C files of the conversions of a bundle. */
import { type NativeSources, prefixed } from '../native-sources.ts';
import { FRONT_END_SOURCES, printFrontEnd, printFrontEndHeader } from '../print-front-end.ts';
import { type DeviceInput, frontEndOf, printInput, printInputHeader } from './print-input.ts';

type InputFile = { readonly path: string; readonly contents: string };

/** Headers, and sources to compile. @param scratch where in the arena conversions may work */
export function inputFiles(
  device: DeviceInput,
  native: NativeSources,
  name: string,
  scratch: number,
): readonly InputFile[] {
  const copied = (path: string): InputFile => ({
    path: prefixed(path, name),
    contents: prefixed(native.get(path)!, name),
  });
  const images = device.inputs.some(({ conversions }) => conversions.some(({ kind }) => kind === 'image'));
  const frontEnd = frontEndOf(device.inputs);
  return [
    { path: `${name}_input.h`, contents: printInputHeader(device, name) },
    { path: `${name}_input.c`, contents: printInput(device, name, scratch) },
    ...(images ? [copied('input/tinyml_image.h')] : []),
    ...(frontEnd === null
      ? []
      : [
          { path: `${name}_front_end_tables.h`, contents: printFrontEndHeader(name, frontEnd) },
          { path: `${name}_front_end_tables.c`, contents: printFrontEnd(name, frontEnd) },
          copied(FRONT_END_SOURCES.header),
          copied(FRONT_END_SOURCES.source),
        ]),
  ];
}
