import { TinymlError } from '../../diagnostics/errors.ts';
import { openRegularFile } from '../../diagnostics/read-file.ts';

/** Bytes that come in pieces of any size, taken in the sizes that a reader of a format needs. */
export type ByteStream = {
  /** The next `count` bytes; fewer where they end. */
  readonly take: (count: number) => Promise<Uint8Array>;
  /** The next line without its line feed, null at the end. @throws TinymlError E_DATA beyond `longest` bytes */
  readonly line: (longest: number) => Promise<string | null>;
};

/** @param path what errors name */
export function byteStream(pieces: AsyncIterator<Uint8Array>, path: string): ByteStream {
  let rest = new Uint8Array(0);
  let ended = false;
  const more = async (): Promise<boolean> => {
    const next = ended ? null : await pieces.next();
    if (next === null || next.done === true) {
      ended = true;
      return false;
    }
    rest = rest.length === 0 ? new Uint8Array(next.value) : joined(rest, next.value);
    return true;
  };
  return {
    take: async (count) => {
      const bytes = new Uint8Array(count);
      let done = 0;
      while (done < count && (rest.length > 0 || (await more()))) {
        const part = rest.subarray(0, count - done);
        bytes.set(part, done);
        done += part.length;
        rest = rest.subarray(part.length);
      }
      return done === count ? bytes : bytes.subarray(0, done);
    },
    line: async (longest) => {
      for (;;) {
        const end = rest.indexOf(0x0a);
        if ((end < 0 ? rest.length : end) > longest) {
          throw new TinymlError('E_DATA', `a line of the header is longer than ${longest} bytes`, {
            at: path,
            hint: 'The file is damaged, or it is of another format.',
          });
        }
        if (end >= 0) {
          const text = String.fromCharCode(...rest.subarray(0, end));
          rest = rest.subarray(end + 1);
          return text;
        }
        if (!(await more())) return null;
      }
    },
  };
}

const PIECE = 1 << 20;

/** A file piece by piece. @throws TinymlError E_FILE */
export async function* filePieces(path: string): AsyncGenerator<Uint8Array> {
  const file = openRegularFile(path);
  try {
    for (let offset = 0; offset < file.size; offset += PIECE) {
      const piece = new Uint8Array(Math.min(PIECE, file.size - offset));
      yield piece.subarray(0, file.readInto(piece, offset));
    }
  } finally {
    file.close();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
