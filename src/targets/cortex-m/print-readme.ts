/** Prints the README.md of a bundle: how to use it in a project. */
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { BuildInput } from './build-input.ts';
import { C_TYPES, floatLiteral, markdownText } from './c-text.ts';
import type { DeviceInput } from './input/print-input.ts';
import type { Layout, Port } from './layout.ts';
import { printExample } from './print-example.ts';
import { printTrainingReadme } from './training/print-training-readme.ts';
import type { Training } from './training/training.ts';

/** @param inputTableBytes of what makes the inputs, and names of classes */
export function printReadme(
  input: BuildInput,
  plan: MemoryPlan,
  layout: Layout,
  device: DeviceInput,
  inputTableBytes: number,
  training: Training | null,
): string {
  const { name, library, core } = input;
  const macro = name.toUpperCase();
  const asks = layout.ports.some(({ streamed }) => streamed !== null);
  return `# ${name}

An int8 model as C99 for ${core}: one function, one static arena of ${plan.arenaBytes} bytes, ${layout.tableBytes + inputTableBytes} bytes of
tables in flash, no allocation, no operating system. Made by tinyml.

| port | type and shape | scale | zero point | name in the model |
|---|---|---|---|---|
${layout.ports.map((port) => portRow(port, name)).join('\n')}

## Use

Add this folder to the project: every \`.c\` in it, compiled as C, and the folder itself in the include path. Files that are not
for your core, the self-test and \`mcu/\` compile to nothing. In CMake, \`add_subdirectory\` it and link \`${name}\`. Then, for
example:

\`\`\`c
${printExample(device, name)}\`\`\`

${asks ? rowsText(name) : residentText(name)}${training !== null ? printTrainingReadme(training, name) : plan.stateBytes === 0 ? '' : stateText(name, plan)}${library === 'cmsis-nn' ? CMSIS_NN_TEXT : ''}
## Check

\`\`\`sh
make selftest        # the golden vectors on this machine, every output byte
make qemu            # the same on an emulated board (BOARD=m4, m7 or m55)
make size            # of the smallest firmware: flash is text + data, RAM is data + bss
tinyml verify .      # all of it, with instructions and stack
\`\`\`

## Knobs

| define | does |
|---|---|
| \`${macro}_ARENA_ATTR\` | attributes of the arena, such as \`__attribute__((section(".dtcm")))\` |
| \`${macro}_WEIGHTS_ATTR\` | the same for the tables |
| \`${macro}_LAYER_HOOK\` | calls your \`${name}_layer_hook(layer, output, bytes)\` after each layer |
| \`${macro}_ALIGN(bytes)\` | alignment attribute, for compilers other than GCC, Clang and C11 ones |
`;
}

function residentText(name: string): string {
  return `The arena is reused while the model runs: write the inputs before every call; the outputs stay until then. \`${name}_input.h\` has
what makes inputs of the data of a device, byte for byte as where the model was trained; \`${name}.h\` states the quantisation of
every port, for inputs that you write yourself.
`;
}

function rowsText(name: string): string {
  return `The input is never whole in RAM: \`${name}_invoke()\` asks your \`${name}_read_rows()\` for its rows, in order and none twice. The outputs stay until
the next call. \`${name}.h\` states how many rows it asks for at a time, and the quantisation of every port.
`;
}

function stateText(name: string, { stateBytes }: MemoryPlan): string {
  return `
The model keeps ${stateBytes} bytes of state at the start of the arena from call to call. They have their first values at the
first call; \`${name}_reset()\` gives them back before a new sequence.
`;
}

const CMSIS_NN_TEXT = `
## CMSIS-NN

The kernels call Arm's CMSIS-NN. Set \`CMSIS_NN_DIR\` to a checkout of it (\`make CMSIS_NN_DIR=... selftest\`), or link the
library that your project already builds.
`;

function portRow({ label, details, name: portName, streamed }: Port, name: string): string {
  const { quant, dtype, shape } = details;
  const numbers = quant === null ? '| - | - |' : `| ${floatLiteral(quant.scale)} | ${quant.zeroPoint} |`;
  const by = streamed === null ? `${name}_${label}()` : `${name}_read_rows()`;
  return `| \`${by}\` | ${C_TYPES[dtype]} [${shape.join(', ')}] ${numbers} \`${markdownText(portName)}\` |`;
}
