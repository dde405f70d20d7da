/**
 * A process that decides for the app of a server (`app/tinyml_fleet/course.py`), by the same strategies as a simulation: one JSON value a line.
 * The first line that comes names strategy and devices, every other one is an event; each is answered by the actions that follow from it.
 */
import { createInterface } from 'node:readline';
import { type StrategySettings, startOf } from '../strategies/table.ts';
import type { Course, DeviceProfile, FleetEvent } from '../strategies/types.ts';

type Start = { readonly strategy: StrategySettings; readonly devices: readonly DeviceProfile[] };

let course: Course | null = null;
for await (const line of createInterface({ input: process.stdin })) {
  const said: unknown = JSON.parse(line);
  if (course === null) {
    const { strategy, devices } = said as Start;
    course = startOf(strategy, devices);
  } else {
    course = course.next(said as FleetEvent);
  }
  process.stdout.write(`${JSON.stringify(course.actions)}\n`);
}
