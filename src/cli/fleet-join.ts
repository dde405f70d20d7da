import { resolve } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { type GatewayEvent, runGateway } from '../fleet/gateway/gateway.ts';
import { sharedTensors } from '../fleet/gateway/record.ts';
import { type Device, openDevice } from '../fleet/serial/device.ts';
import { startEmulated } from '../fleet/serial/emulated.ts';
import { paced } from '../fleet/serial/paced.ts';
import { loadFleetFirmware } from '../targets/index.ts';
import type { EmulatedDevice, LearningInput } from '../targets/target.ts';
import { epochOrder, upTo } from '../train/run/batches.ts';
import { checkClasses } from '../train/run/labels.ts';
import type { CommandResult, Context } from './context.ts';
import { bundleDataFor } from './dataset.ts';
import { type Options, requiredNumber, requiredText, textOption } from './options.ts';

/** `tinyml fleet join bundle/ -d D`: a gateway of emulated devices, until the server lets it go. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [folder] = args as readonly [string];
  const firmware = await loadFleetFirmware(folder);
  const shared = sharedTensors(firmware.state);
  const journal = resolve(textOption(options, 'journal') ?? `${firmware.name}.gateway.json`);
  const { answered, devices } = await firmware.emulate(async (device) => {
    const devices = await emulatedDevices(device, firmware.input, options, context);
    const { signal, end } = context.deferInterrupt();
    try {
      return await runGateway({
        ...{ address: requiredText(options, 'server'), journal, devices, shared, signal },
        seed: context.seed,
        patienceMs: 1000 * requiredNumber(options, 'patience'),
        onEvent: (event) => tell(event, context),
      });
    } finally {
      for (const one of devices) one.close();
      end();
    }
  });
  return {
    json: { bundle: folder, journal, answered, devices },
    text: `answered ${answered} tasks with ${devices} devices`,
  };
}

/** Devices that have a part each of the data: those of this gateway, of all gateways that share them. */
async function emulatedDevices(
  device: EmulatedDevice,
  input: LearningInput,
  options: Options,
  context: Context,
): Promise<readonly Device[]> {
  const open = (path: string) => bundleDataFor(path, input, undefined, context);
  const samples = await open(dataOption(options));
  const { classes } = input;
  const warning = classes === null ? null : checkClasses(samples, classes);
  if (warning !== null) context.warn('W_CLASSES', warning);
  const path = textOption(options, 'eval');
  const tests = path === undefined ? null : await open(path);
  if (tests !== null && classes !== null) checkClasses(tests, classes);
  const count = requiredNumber(options, 'devices');
  const { part, of } = shareOf(options);
  const pace = requiredNumber(options, 'pace');
  const own = (length: number, nth: number): readonly number[] =>
    [...epochOrder(upTo(length), context.seed, 0)].filter((_, at) => at % (of * count) === nth);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const nth = part * count + index;
      const { program, args } = device(
        { set: samples, indices: own(samples.length, nth) },
        { set: tests, indices: own(tests?.length ?? 0, nth) },
      );
      return paced(await openDevice(startEmulated(program, args, `device ${nth + 1}`)), pace);
    }),
  );
}

/** @throws TinymlError E_USAGE where there is none */
function dataOption(options: Options): string {
  const path = textOption(options, 'data');
  if (path !== undefined) return path;
  throw new TinymlError('E_USAGE', 'the sensors of emulated devices see nothing', {
    at: 'fleet join',
    hint: 'give --data',
  });
}

/** `--share 2/3`, counted from 0. @throws TinymlError E_USAGE */
function shareOf(options: Options): { readonly part: number; readonly of: number } {
  const text = requiredText(options, 'share');
  const [, first, second] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const [part, of] = [Number(first), Number(second)];
  if (part >= 1 && part <= of) return { part: part - 1, of };
  throw new TinymlError('E_USAGE', `"${text}" is no share of the data`, {
    at: '--share',
    hint: 'which of how many gateways this is: 1/2, 2/2',
  });
}

function tell(event: GatewayEvent, context: Context): void {
  switch (event.kind) {
    case 'joined':
      context.note(`joined as node ${event.node}`);
      break;
    case 'unreachable':
      context.note(`the server does not answer: ${event.why}`);
      break;
    case 'lost':
      context.warn('W_DEVICE', `a device is asked no more: ${event.why}`, { at: event.device });
      break;
    case 'unwanted':
      context.note(`the server does not want the answer to ${event.task}: ${event.why}`);
      break;
    case 'answered':
      tellAnswer(event, context);
      break;
  }
}

function tellAnswer(
  { reply, task, group }: Extract<GatewayEvent, { kind: 'answered' }>,
  context: Context,
): void {
  const what = task === group ? task : `${task} ${group}`;
  if (reply.kind === 'error') context.warn('W_DEVICE', reply.reason, { at: what });
  else context.note(`${what} in ${reply.seconds.toFixed(2)} s`);
}
