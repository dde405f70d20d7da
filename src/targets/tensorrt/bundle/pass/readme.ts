/** Prints pass/README.md. */
import { formatPercent } from '../../../../diagnostics/units.ts';
import type { BundleInput } from '../input.ts';
import { markdownCode } from '../quote/markdown.ts';
import { firstThreshold, type PassBundle } from './types.ts';

export function printPassReadme(pass: PassBundle, { platform }: BundleInput): string {
  const { grid, patch, networks, results, golden, cost } = pass;
  const rest = networks.some(({ name }) => name === 'rest');
  return `# The gated model

A frame is cut into ${grid.rows} x ${grid.columns} patches of ${patch} x ${patch} pixels; a gate compares each with what was last computed of it. Four engines:

| network | what it does | precision |
|---|---|---|
${networks.map(({ name, precision }) => `| ${name}.onnx | ${PURPOSES[name]} | ${name === 'gate' ? 'fp32' : precision} |`).join('\n')}

\`\`\`sh
./build.sh                       # builds them: minutes
python3 run_pass.py --measure    # finds the share of patches from which dense.onnx is quicker
python3 run_pass.py              # the golden frames: ${golden.inputs.length} in a row, each compared
\`\`\`

Then, at the desk, \`tinyml verify\` with \`--results\` holds \`build/results.json\` against the bundle and says the times.

For every frame run_pass.py runs the gate, fetches the list of the patches that depend on a change, and runs the stage for these; where they are more than
${formatPercent(firstThreshold(pass))} of all (until --measure has found where ${markdownCode('dense.onnx')} is quicker on this board), the whole frame; where there are none, nothing.
${rest ? `Then what comes behind, ${markdownCode('rest.onnx')}.\n` : ''}What the stage gave stays on the device and is its input for the next frame: two buffers that change places, nothing is copied.

A patch in a list is computed with what lies around it, layer by layer: it costs ${cost.toFixed(1)} times its share of a whole frame. Lists can pay below ${formatPercent(1 / cost)} of the patches, at
best. Where that is too little, gate with larger patches (${markdownCode('tinyml gate --patch')}) or fewer layers (${markdownCode('--layers')}).

In a program of your own:

\`\`\`python
from run_pass import PassRunner

runner = PassRunner()
for frame in frames:            # bytes of float32, as the model takes them
    outputs = runner.run(frame) # a list: ${results.map(({ name, shape }) => `${markdownCode(name)} [${shape.join(', ')}]`).join(', ')}
runner.reset()                  # before another clip
\`\`\`

It needs the Python package of TensorRT ${platform.software.tensorrt} and libcudart of the JetPack, nothing else.${platform.dlaCore === null ? '' : ' All of it runs on the GPU: a DLA takes no lists of patches.'}
`;
}

const PURPOSES = {
  gate: 'frame and state in; the frame with the new patches in it, and which patches depend on one',
  stage:
    'the layers behind it, for a list of patches: gathered with what lies around them, computed, put back',
  dense: 'the same layers for a whole frame',
  rest: 'what comes behind',
} as const;
