/** What profiles of every kind have. */
import * as z from 'zod';

export const source = z
  .string()
  .min(8)
  .describe('Document and section, or public file, that supports the number.');

export const common = {
  $schema: z.string().optional(),
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'an id is lower-case letters, digits and single dashes')
    .describe('What --target takes.'),
  name: z.string().min(3).describe('Part, board or runtime, as its vendor writes it.'),
  vendor: z.string().min(2),
};
