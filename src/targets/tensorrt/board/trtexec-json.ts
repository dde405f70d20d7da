/** JSON as trtexec writes it: names go into it as they are, so that it need not be JSON. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { readRegularFile } from '../../../diagnostics/read-file.ts';

/** Detailed information on a large engine, or the times of many inferences. */
const MAX_BYTES = 1 << 26;

/** @throws TinymlError E_FILE, E_DATA for what is not even nearly JSON */
export function readTrtexecJson(path: string): unknown {
  const bytes = readRegularFile(path, MAX_BYTES, (size) => {
    return new TinymlError('E_DATA', `a file of ${size} bytes is too large for an export of trtexec`, {
      at: path,
      hint: `at most ${MAX_BYTES} bytes are read; fewer --iterations make fewer times`,
    });
  });
  const text = withoutControls(bytes.toString('utf8'));
  try {
    return parsed(text) ?? JSON.parse(withNamesQuoted(text));
  } catch (cause) {
    throw new TinymlError('E_DATA', 'this is no JSON, as trtexec writes it', {
      at: path,
      hint: 'give the files of trtexec --exportProfile, --exportLayerInfo and --exportTimes; a run that was stopped leaves parts',
      cause,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Since 8.6 names and metadata are joined with the separators 1E and 1F, which JSON does not allow. */
function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ');
}

/** A layer is a line of --exportProfile, with its name between these two. Quotes and backslashes in it are not escaped there. */
const LAYER_LINE = /^(\s*,?\s*\{\s*"name"\s*:\s*)"(.*)"(\s*,\s*"timeMs"\s*:.*)$/;

/** Of an engine that took no time at all, shares are nan. */
const NOT_A_NUMBER = /:\s*-?nan\b/g;

function withNamesQuoted(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const match = LAYER_LINE.exec(line);
      if (match === null) return line;
      const [, before, name, after] = match;
      return before + JSON.stringify(name) + after!.replace(NOT_A_NUMBER, ': null');
    })
    .join('\n');
}
