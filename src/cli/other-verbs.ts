/** Commands of other tools (STM32Cube.AI, eIQ, Vela, TVM, TensorFlow Lite, Edge Impulse), and what does here what they do there. */
const VERBS: readonly (readonly [verbs: readonly string[], here: string])[] = [
  [
    ['analyse', 'info', 'show', 'summary', 'stat', 'stats'],
    'tinyml inspect says what is in a model, tinyml analyze what it needs on devices',
  ],
  [['generate', 'compile', 'build', 'codegen', 'emit', 'export'], 'tinyml deploy writes the C of a model'],
  [
    ['validate', 'test', 'check'],
    'tinyml verify compares firmware with the model byte for byte, tinyml evaluate measures accuracy',
  ],
  [['convert', 'calibrate', 'compress'], 'tinyml quantize makes the INT8 model'],
  [
    ['optimize', 'optimise', 'simplify'],
    'every command folds and simplifies what it reads; tinyml fit says what would make a model fit',
  ],
  [
    ['benchmark', 'profile', 'bench'],
    'tinyml analyze estimates time and memory, tinyml verify counts instructions of firmware',
  ],
  [
    ['run', 'infer', 'inference', 'predict', 'classify', 'eval'],
    'tinyml evaluate model.onnx --data image.png says what a model makes of a file or a folder, and how good it is where samples have labels',
  ],
  [['finetune', 'fine-tune', 'retrain'], 'tinyml train goes on with the weights of a model'],
  [['version'], 'tinyml --version prints the version'],
  [
    ['flash', 'upload', 'download'],
    'the bundle of tinyml deploy has a Makefile; a flasher of your board takes its .elf',
  ],
];

/** Options of other tools, and the option that is meant here. */
const OPTIONS: readonly (readonly [words: readonly string[], option: string])[] = [
  [['device', 'mcu', 'board', 'chip', 'part', 'hardware'], 'target'],
  [['learning-rate', 'rate'], 'lr'],
  [['dataset', 'calibration-data', 'calibration', 'calib', 'images', 'samples'], 'data'],
  [['eval', 'test', 'test-data', 'validation', 'val'], 'eval'],
  [['eval', 'test', 'test-data', 'validation', 'val'], 'data'],
  [['out', 'out-dir', 'output-dir', 'out-file'], 'output'],
  [['threads', 'workers', 'num-threads'], 'jobs'],
  [['ram', 'ram-limit'], 'max-ram'],
  [['flash', 'flash-limit', 'rom'], 'max-flash'],
];

/** The option that a word of another tool stands for. @param known names of those that there are */
export function optionFor(word: string, known: readonly string[]): string | undefined {
  return OPTIONS.find(([words, option]) => words.includes(word) && known.includes(option))?.[1];
}

/** What to use instead of a command that other tools have; undefined where none has it. */
export function hereFor(verb: string): string | undefined {
  const wanted = verb.toLowerCase();
  return VERBS.find(([verbs]) => verbs.includes(wanted))?.[1];
}
