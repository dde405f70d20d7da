/** The C++ program of a bundle: what is the same for all, how its release of TensorRT binds ports, and what it has to know of the model. */
import { numberOfVersion } from '../release/version-number.ts';
import type { BundleFile, BundleInput, BundlePort, PortType } from './input.ts';
import { nativeFile } from './native-files.ts';
import * as paths from './paths.ts';
import { cppQuote } from './quote/cpp.ts';

const SAME = [
  'CMakeLists.txt',
  'Makefile',
  'common.h',
  'compare.h',
  'cuda.h',
  'engine.h',
  'files.h',
  'infer.cpp',
];

export function printInfer(input: BundleInput): readonly BundleFile[] {
  // TensorRT binds by name from 8.5 on, and by index alone before.
  const bindings = input.platform.release.id === '8.2' ? 'bindings-by-index.h' : 'bindings-by-name.h';
  return [
    ...SAME.map((name): BundleFile => [`infer/${name}`, nativeFile(`infer/${name}`)]),
    ['infer/bindings.h', nativeFile(`infer/${bindings}`)],
    ['infer/settings.h', settingsText(input)],
  ];
}

export function inferText(): string {
  return `
## From C++

\`\`\`sh
make -C infer             # builds build/infer; or: mkdir -p build/cmake && cd build/cmake && cmake ../../infer && make
build/infer               # golden cases within their tolerances
build/infer --iterations 1000 --cuda-graph
build/infer --input image.bin --output scores.bin   # one for each port, as above
\`\`\`

It is also where to start from for a program of your own: \`engine.h\` runs the engine, \`infer.cpp\` is the rest.
`;
}

function settingsText({ platform, name, source, inputs, outputs, golden }: BundleInput): string {
  const { software, profile, dlaCore } = platform;
  const [major, minor] = software.tensorrt.split('.').map(Number) as [number, number];
  const cases = golden.map((one) => {
    const files = (direction: 'input' | 'output'): string =>
      (direction === 'input' ? inputs : outputs)
        .map((_, i) => cppQuote(paths.goldenPath(one.name, direction, i)))
        .join(', ');
    return `    {${cppQuote(one.name)}, {${files('input')}}, {${files('output')}}, {${one.tolerances.join(', ')}}},`;
  });
  return `// What infer.cpp has to know of this bundle: a model for ${profile.name}, JetPack ${software.jetpack}, TensorRT ${software.tensorrt}, CUDA ${software.cuda}.
// Made by tinyml ${source.toolVersion}.
#ifndef INFER_SETTINGS_H
#define INFER_SETTINGS_H

#include "common.h"

#include <cuda_runtime_api.h>

static_assert(NV_TENSORRT_MAJOR == ${major}, "this bundle is for TensorRT ${software.tensorrt}: make one for the JetPack of this board");

static const char TENSORRT[] = ${cppQuote(software.tensorrt)};
static const int TENSORRT_RELEASE = ${numberOfVersion([major, minor, 0]) / 100}; // of the number that the library states, without its patch
static const char ENGINE[] = ${cppQuote(paths.enginePath(name))};
static const int DLA_CORE = ${dlaCore ?? -1}; // negative for the GPU

static const std::vector<Port> INPUTS = {
${inputs.map(portText).join('\n')}
};

static const std::vector<Port> OUTPUTS = {
${outputs.map(portText).join('\n')}
};

static const std::vector<GoldenCase> GOLDEN = {
${cases.join('\n')}
};

inline cudaError_t instantiate_graph(cudaGraphExec_t *runnable, cudaGraph_t graph) {
  return cudaGraphInstantiate(runnable, graph, ${Number(software.cuda.split('.')[0]) >= 12 ? '0' : 'nullptr, nullptr, 0'});
}

#endif
`;
}

function portText({ name, bound, shape }: BundlePort): string {
  const [type, trt] = CPP_TYPES[bound];
  return `    {${cppQuote(name)}, Type::${type}, nvinfer1::DataType::${trt}, {${shape.join(', ')}}},`;
}

/** Names in infer/common.h and in TensorRT; 8.2 has no kUINT8, and none before 10 has kINT64: models with such ports do not get there. */
const CPP_TYPES: Readonly<Record<PortType, readonly [string, string]>> = {
  float32: ['float32', 'kFLOAT'],
  int8: ['int8', 'kINT8'],
  uint8: ['uint8', 'kUINT8'],
  int32: ['int32', 'kINT32'],
  int64: ['int64', 'kINT64'],
  bool: ['boolean', 'kBOOL'],
};
