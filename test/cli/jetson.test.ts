/** What docs/jetson.md says, done: from the export of PyTorch to a bundle, and back from a rehearsed board. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { withBoard } from '../targets/tensorrt/bundle/board.ts';
import { platformOf } from '../targets/tensorrt/bundle/small-input.ts';
import { filesIn } from './files-in.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';
import { words } from './words.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'jetson.md'), 'utf8');

test('docs/jetson.md: from PyTorch to a board and back, with the figures of the page', () =>
  inFolder(async (folder) => {
    const [desk, onBoard, back] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) =>
      match[1]!.trim().replaceAll('demo/', `${folder}/`).split('\n'),
    );
    const run = async (line: string, ...more: readonly string[]): Promise<unknown> => {
      const { status, stdout, stderr } = await tinyml([...words(line).slice(1), ...more, '--json']);
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };
    const [inspect, quantize, lint, deploy] = desk!;

    const inspected = (await run(inspect!)) as {
      readonly integer: { readonly macs: Part };
    };
    const { integer, total } = inspected.integer.macs;
    assert.match(page, new RegExp(`${((100 * integer) / total).toFixed(2)} % of the multiply-accumulates`));

    const { accuracy } = (await run(quantize!)) as { readonly accuracy: Record<'float' | 'int8', number> };
    const right = (share: number): number => Math.round(share * 1000);
    const said = `${right(accuracy.float)} of the 1,000 evaluation images in float, ${right(accuracy.int8)} with Q\nand DQ`;
    assert.ok(page.replaceAll('\n   ', '\n').includes(said), said);

    await run(lint!);
    await run(deploy!);
    const bundle = join(folder, 'clothes');
    await withBoard(filesIn(bundle), platformOf('jetson-orin-nano', { jetpack: '6.2' }), async (board) => {
      for (const line of onBoard!) {
        const { status, stderr, stdout } = board.run(words(line));
        assert.equal(status, 0, stderr + stdout);
      }
      cpSync(join(board.folder, 'build'), join(bundle, 'build'), { recursive: true });
    });
    await run(back![0]!);
  }));

type Part = { readonly integer: number; readonly total: number };
