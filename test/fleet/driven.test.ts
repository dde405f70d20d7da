/** The side of the server for strategies that do not wait, with nodes that go and come; Flower's SuperLink is left out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { usualSettings } from '../../src/fleet/strategies/table.ts';
import { packageRoot } from '../../src/package-root.ts';
import { inFolder } from '../cli/small.ts';

const root = packageRoot();
const python = join(process.env.TINYML_TEST_FLOWER ?? join(root, '.flower'), 'bin', 'python');
const skip = existsSync(python) ? false : 'no Flower: sh scripts/python-packages.sh says why';

type Drive = {
  readonly asked: readonly (readonly [number, number, number])[];
  readonly figures: readonly {
    readonly nodes: number;
    readonly staleness: number;
    readonly devices: number;
  }[];
  readonly models: readonly number[];
  readonly made: number;
  readonly owing: number;
};

test(
  'petrel drives nodes: unlike ones work more steps, none is waited for, nobody is staler than the bound',
  {
    skip,
  },
  () =>
    inFolder(async (folder) => {
      const strategy = usualSettings('petrel', 4, 4);
      assert.ok(strategy.kind === 'petrel');
      const command = [process.execPath, join(root, 'dist/src/fleet/flower/course-process.js')];
      writeFileSync(join(folder, 'strategy.json'), JSON.stringify({ command, strategy }));
      const script = join(root, 'test/fleet/drive.py');
      const { stdout, stderr, status } = spawnSync(python, [script, folder], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.equal(status, 0, stderr);
      const { asked, figures, models, made, owing } = JSON.parse(stdout) as Drive;
      assert.equal(made, figures.length);
      assert.equal(owing, 0, 'who is new is let in when nobody is at work');
      const stepsOf = (node: number): number[] =>
        asked.flatMap(([one, , steps]) => (one === node ? [steps] : []));
      assert.deepEqual([stepsOf(1)[0], stepsOf(3)[0]], [32, 4]);
      assert.ok(stepsOf(4).length > 2, 'who was away is asked again');
      assert.ok(figures.every(({ staleness }) => staleness <= strategy.bound));
      assert.ok(figures.some(({ staleness }) => staleness > 0));
      assert.ok(
        models.every((value, at) => value >= (models[at - 1] ?? 0)) && models.at(-1)! > 0.9,
        `${models}`,
      );
      // Samples are taken in turn: every task of a node has the next number.
      for (const node of [1, 2, 3, 4]) {
        const numbers = asked.flatMap(([one, number]) => (one === node ? [number] : []));
        assert.deepEqual(
          numbers,
          [...numbers.keys()].map((at) => at + 1),
        );
      }
    }),
);
