/**
 * What the C beside the network costs that firmware calls for one inference: the first conversion into each input, where it is
 * known what is done to data, and the names of the classes.
 */
import type { InputContract } from '../../../input/contract.ts';
import type { Program } from '../../../program/program.ts';
import type { DataIn } from '../../target.ts';
import { modelPorts } from '../layout.ts';
import { frontEndTableBytes, needsAllSamples } from '../print-front-end.ts';
import type { Conversion, Encoder, SoundConversion } from './conversions.ts';
import { deviceInputOf } from './device-input.ts';
import { type DeviceInput, inputScratchBytes, type PortInput } from './print-input.ts';

/** A conversion that firmware calls, and the input that it makes. */
export type CalledConversion = Pick<PortInput, 'port'> & { readonly conversion: Conversion };

/** Those that the smallest firmware calls. */
export function calledConversions({ inputs, described }: DeviceInput): readonly CalledConversion[] {
  if (!described) return [];
  return inputs.flatMap(({ port, conversions: [conversion] }) =>
    conversion === undefined ? [] : [{ port, conversion }],
  );
}

/** The conversion that an input of sound is made with; null without one. */
export function soundOf(device: DeviceInput): SoundConversion | null {
  const sounds = calledConversions(device).flatMap(({ conversion }) =>
    conversion.kind === 'pcm16' ? [conversion] : [],
  );
  return sounds[0] ?? null;
}

/** Before anything is planned. */
export function deviceInputOfProgram(program: Program, contract: InputContract): DeviceInput {
  return deviceInputOf(modelPorts(program), contract);
}

/** Null where firmware is given inputs as they are, and classes have no names. */
export function dataInOf(device: DeviceInput): DataIn | null {
  const called = calledConversions(device).map(({ conversion }) => conversion);
  if (called.length === 0 && device.labels.length === 0) return null;
  const [first] = called;
  const sound = soundOf(device);
  return {
    from: first === undefined ? null : first.kind === 'image' ? first.formats[0]! : first.kind,
    scratchBytes: inputScratchBytes(device),
    tableBytes: encoderTableBytes(called) + featureTableBytes(sound) + nameBytes(device.labels),
    sampleBytes: sound === null ? 0 : 2 * sound.samples,
    wholeSamples: sound !== null && sound.features !== null && needsAllSamples(sound.features.tables),
  };
}

function featureTableBytes(sound: SoundConversion | null): number {
  return sound === null || sound.features === null ? 0 : frontEndTableBytes(sound.features.tables);
}

/** Tables of bytes, and of the least numbers of codes; encoders that are alike share one. */
function encoderTableBytes(called: readonly Conversion[]): number {
  const tables = called
    .flatMap(({ encoders }) => [...new Set(encoders)])
    .flatMap((encoder) => tableOf(encoder) ?? []);
  const bytes = new Map(tables.map(({ table, bytes }) => [table, bytes]));
  return [...bytes.values()].reduce((sum, one) => sum + one, 0);
}

function tableOf(encoder: Encoder): { readonly table: object; readonly bytes: number } | null {
  switch (encoder.kind) {
    case 'affine':
    case 'wide':
      return null;
    case 'table':
      return { table: encoder.elements, bytes: encoder.elements.byteLength };
    case 'steps':
    case 'real':
      return encoder.steps === null ? null : { table: encoder.steps, bytes: 4 * encoder.steps.least.length };
  }
}

/** Pointers, and text that ends in a zero; a linker may share the ends of names. */
function nameBytes(labels: readonly string[]): number {
  const texts = [...new Set(labels)].reduce((sum, label) => sum + Buffer.byteLength(label) + 1, 0);
  return 4 * labels.length + texts;
}
