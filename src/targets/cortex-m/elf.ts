/** Reads the sections of a 32-bit little-endian ELF file (System V ABI, chapter 4): sizes of a firmware image. */
import { TinymlError } from '../../diagnostics/errors.ts';

type Section = {
  readonly name: string;
  readonly bytes: number;
  /** Stored in the image (PROGBITS and the like), not only reserved (NOBITS). */
  readonly stored: boolean;
  readonly writable: boolean;
};

const SHT_NOBITS = 8;
const SHF_WRITE = 1;
const SHF_ALLOC = 2;

/**
 * Sections that take memory on the device, empty ones left out.
 * @throws TinymlError E_TOOLCHAIN when the file is not such an ELF file
 */
export function allocatedSections(file: Uint8Array): readonly Section[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 52 || view.getUint32(0) !== 0x7f454c46 || file[4] !== 1 || file[5] !== 1) {
    throw new TinymlError('E_TOOLCHAIN', 'the linker did not write a 32-bit little-endian ELF file');
  }
  const [table, entry, count, namesIndex] = [
    view.getUint32(32, true),
    view.getUint16(46, true),
    view.getUint16(48, true),
    view.getUint16(50, true),
  ];
  const field = (index: number, offset: number): number =>
    view.getUint32(table + index * entry + offset, true);
  const names = field(namesIndex, 16);
  const nameAt = (start: number): string =>
    Buffer.from(file.subarray(start, file.indexOf(0, start))).toString('latin1');
  return Array.from({ length: count }, (_, index) => ({
    name: nameAt(names + field(index, 0)),
    bytes: field(index, 20),
    stored: field(index, 4) !== SHT_NOBITS,
    writable: (field(index, 8) & SHF_WRITE) !== 0,
    allocated: (field(index, 8) & SHF_ALLOC) !== 0,
  }))
    .filter((section) => section.allocated && section.bytes > 0)
    .map(({ name, bytes, stored, writable }) => ({ name, bytes, stored, writable }));
}
