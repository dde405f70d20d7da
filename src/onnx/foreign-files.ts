/** What a file that is not ONNX really is, by its first bytes. */
type ForeignFile = { readonly what: string; readonly hint: string };

const EXPORT = 'export the model to ONNX first';
const PASS_MODEL = 'pass a model file (.onnx)';
const UNPACK = 'unpack it and pass the .onnx file inside';

const SIGNATURES: readonly (ForeignFile & { readonly offset: number; readonly bytes: readonly number[] })[] =
  [
    { offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG image', hint: PASS_MODEL },
    { offset: 0, bytes: [0xff, 0xd8, 0xff], what: 'a JPEG image', hint: PASS_MODEL },
    {
      offset: 0,
      bytes: [0x50, 0x4b, 0x03, 0x04],
      what: 'a zip archive or a PyTorch .pt file',
      hint: `${UNPACK}, or ${EXPORT}`,
    },
    { offset: 0, bytes: [0x1f, 0x8b], what: 'a gzip file', hint: UNPACK },
    {
      offset: 4,
      bytes: [0x54, 0x46, 0x4c, 0x33],
      what: 'a TensorFlow Lite model',
      hint: 'convert it to ONNX first',
    },
    { offset: 0, bytes: [0x89, 0x48, 0x44, 0x46], what: 'an HDF5 file (Keras .h5)', hint: EXPORT },
    { offset: 0, bytes: [0x80, 0x02], what: 'a Python pickle (PyTorch .pth)', hint: EXPORT },
    { offset: 0, bytes: [0x80, 0x03], what: 'a Python pickle', hint: EXPORT },
    { offset: 0, bytes: [0x80, 0x04], what: 'a Python pickle', hint: EXPORT },
    { offset: 0, bytes: [0x80, 0x05], what: 'a Python pickle', hint: EXPORT },
    {
      offset: 4,
      bytes: [0x4f, 0x52, 0x54, 0x4d],
      what: 'an ORT-format model',
      hint: 'pass the .onnx file it was made from',
    },
    { offset: 0, bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'an ELF program', hint: PASS_MODEL },
    { offset: 0, bytes: [0x93, 0x4e, 0x55, 0x4d], what: 'a NumPy .npy array', hint: PASS_MODEL },
  ];

/** Says what the bytes are when they are a well-known other format; null when they are not. */
export function describeForeignFile(bytes: Uint8Array): ForeignFile | null {
  if (bytes.length === 0) return { what: 'an empty file', hint: 'copy, download or export the model again' };
  const known = SIGNATURES.find((s) => s.bytes.every((byte, i) => bytes[s.offset + i] === byte));
  return known ?? describeText(bytes);
}

function describeText(bytes: Uint8Array): ForeignFile | null {
  const head = bytes.subarray(0, 512);
  if (!head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))) return null;
  const text = new TextDecoder().decode(head).trimStart().toLowerCase();
  if (text.startsWith('version https://git-lfs')) {
    return { what: 'a Git LFS pointer', hint: 'run `git lfs pull` to fetch the real file' };
  }
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) {
    return { what: 'a web page', hint: 'the download failed; fetch the raw file' };
  }
  return { what: 'a text file', hint: PASS_MODEL };
}
