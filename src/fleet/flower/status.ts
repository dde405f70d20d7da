/** What a server says of its fleet, as its app writes it (`app/tinyml_fleet/checkpoint.py`). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';

const count = z.int().min(0);
const sums = z.object({
  devices: count,
  /** Tests that were made, and that were right, of the model as it was sent. */
  tested: count,
  correct: count,
  /** Bytes from gateways to devices, and back. */
  sent: count,
  received: count,
  accuracy: z.number().nullable(),
});

const schema = z.object({
  state: z.enum(['waiting', 'training', 'finished']),
  pid: count,
  generation: count,
  /** Rounds that there will be. */
  of: count,
  nodes: count,
  rounds: z.array(
    sums.extend({
      round: count,
      /** Those whose updates are in it, and how many models old the oldest of these is. */
      nodes: count,
      staleness: count.default(0),
      seconds: z.number(),
      /** What rounds with noise have cost so far; null where one of them had none. */
      epsilon: z.number().nullable().default(null),
    }),
  ),
  /** Of the model after the last round. */
  final: sums.nullable(),
});

export type FleetStatus = z.infer<typeof schema>;

const MAX_BYTES = 64 * 2 ** 20;

/** @returns null where no server has said anything yet. @throws TinymlError E_FILE, E_FLEET for a file that is no status */
export function readStatus(folder: string): FleetStatus | null {
  const path = join(folder, 'status.json');
  if (!existsSync(path)) return null;
  const wrong = (): TinymlError =>
    new TinymlError('E_FLEET', 'the file does not say how a fleet is', {
      at: path,
      hint: 'give the folder of "tinyml fleet serve"',
    });
  const bytes = readRegularFile(path, MAX_BYTES, wrong);
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    throw wrong();
  }
}
