/** Prints the README.md of a bundle: how to use it in a project. */
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { BuildInput } from './build-input.ts';
import { C_TYPES, floatLiteral, markdownText } from './c-text.ts';
import type { Layout, Port } from './layout.ts';

export function printReadme(input: BuildInput, plan: MemoryPlan, layout: Layout): string {
  const { name, library, core, sources } = input;
  const macro = name.toUpperCase();
  const inputs = layout.ports.filter((port) => port.direction === 'input');
  const outputs = layout.ports.filter((port) => port.direction === 'output');
  return `# ${name}

An int8 model as C99 for ${core}: one function, one static arena of ${plan.arenaBytes} bytes, ${layout.tableBytes} bytes of
tables in flash, no allocation, no operating system. Made by tinyml.

| port | type and shape | scale | zero point | name in the model |
|---|---|---|---|---|
${layout.ports.map((port) => portRow(port, name)).join('\n')}

## Use

Add these files to the project, with this folder in the include path (or \`add_subdirectory\` it in CMake and link
\`${name}\`):

${sources.map((path) => `- \`${path}\``).join('\n')}

\`\`\`c
#include "${name}.h"

void infer(void) {
${inputs.map((port) => inputExample(port, name)).join('\n')}
  ${name}_invoke();
${outputs.map((port) => outputExample(port, name)).join('\n')}
}
\`\`\`

The arena is reused while the model runs: write the inputs before every call; the outputs stay until then.
\`${name}.h\` states the quantisation of every port.
${plan.stateBytes === 0 ? '' : stateText(name, plan)}${library === 'cmsis-nn' ? CMSIS_NN_TEXT : ''}
## Check

\`\`\`sh
make selftest        # the golden vectors on this machine, every output byte
make qemu            # the same on an emulated board (BOARD=m4, m7 or m55)
make size            # sections of the smallest firmware
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

function portRow({ label, details, name: portName }: Port, name: string): string {
  const { quant, dtype, shape } = details;
  const numbers = quant === null ? '| - | - |' : `| ${floatLiteral(quant.scale)} | ${quant.zeroPoint} |`;
  return `| \`${name}_${label}()\` | ${C_TYPES[dtype]} [${shape.join(', ')}] ${numbers} \`${markdownText(portName)}\` |`;
}

function inputExample({ label, details }: Port, name: string): string {
  const count = `${name}_${label}_elements`.toUpperCase();
  return `  ${C_TYPES[details.dtype]} *${label} = ${name}_${label}();
  for (int i = 0; i < ${count}; i++) ${label}[i] = 0; /* your data */`;
}

function outputExample({ label, details }: Port, name: string): string {
  const count = `${name}_${label}_elements`.toUpperCase();
  return `  const ${C_TYPES[details.dtype]} *${label} = ${name}_${label}();
  for (int i = 0; i < ${count}; i++) use(${label}[i]);`;
}
