#!/usr/bin/env python3
"""Runs a gated model on a Jetson: the gate says which patches of a frame changed, and engines compute these.

    python3 run_pass.py               run the golden frames and compare; results go to build/results.json
    python3 run_pass.py --measure     find the share of patches from which a whole frame is quicker; it goes to build/threshold.json
    python3 run_pass.py --input frames.bin --output out.bin
                                      frames of float32, one after another, as the model takes them; all outputs of each frame

What stays on the device: the frame, the blended frame, the caches, all state. What crosses: a frame in, the list of patches out
and back in, the outputs of the model. What a frame leaves for the next is never copied: each tie has two buffers, and they change
places. Needs nothing but the Python package of TensorRT and the CUDA runtime of the JetPack.
"""
import argparse
import array
import ctypes
import ctypes.util
import hashlib
import json
import os
import sys
import time

import tensorrt as trt

HERE = os.path.dirname(os.path.abspath(__file__))
TO_DEVICE, TO_HOST = 1, 2


class Cuda(object):
    """The calls of the CUDA runtime that are needed, on one stream."""

    def __init__(self):
        name = os.environ.get('CUDART') or ctypes.util.find_library('cudart') or 'libcudart.so'
        self.library = ctypes.CDLL(name)
        self.library.cudaGetErrorString.restype = ctypes.c_char_p
        self.stream = ctypes.c_void_p()
        self._call('cudaStreamCreate', ctypes.byref(self.stream))

    def _call(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        if status != 0:
            raise RuntimeError('%s: %s' % (name, self.library.cudaGetErrorString(status).decode()))

    def allocate(self, size):
        """Zeroed bytes on the device; gives their address. They live as long as the process."""
        address = ctypes.c_void_p()
        self._call('cudaMalloc', ctypes.byref(address), ctypes.c_size_t(size))
        self.zero(address.value, size)
        return address.value

    def zero(self, address, size):
        self._call('cudaMemset', ctypes.c_void_p(address), 0, ctypes.c_size_t(size))

    def copy(self, to, source, size, kind):
        self._call('cudaMemcpyAsync', ctypes.c_void_p(to), ctypes.c_void_p(source), ctypes.c_size_t(size), kind, self.stream)

    def wait(self):
        self._call('cudaStreamSynchronize', self.stream)


class Engine(object):
    """An engine of TensorRT 8.5 and later: addresses by name."""

    def __init__(self, runtime, path, cuda):
        with open(path, 'rb') as file:
            self.engine = runtime.deserialize_cuda_engine(file.read())
        if self.engine is None:
            raise RuntimeError('%s is no engine of this TensorRT on this GPU: build it anew' % path)
        self.context = self.engine.create_execution_context()
        self.cuda = cuda

    def item_size(self, name):
        return self.engine.get_tensor_dtype(name).itemsize

    def run(self, addresses, shapes):
        for name, shape in shapes.items():
            if not self.context.set_input_shape(name, shape):
                raise RuntimeError('%s takes no shape %s' % (name, shape))
        for name, address in addresses.items():
            if not self.context.set_tensor_address(name, address):
                raise RuntimeError('the engine has no tensor %s' % name)
        if not self.context.execute_async_v3(self.cuda.stream.value or 0):
            raise RuntimeError('the engine did not run')


class IndexedEngine(Engine):
    """An engine of TensorRT 8.2: addresses by index."""

    def item_size(self, name):
        return self.engine.get_binding_dtype(self._index(name)).itemsize

    def _index(self, name):
        index = self.engine.get_binding_index(name)
        if index < 0:
            raise RuntimeError('the engine has no tensor %s' % name)
        return index

    def run(self, addresses, shapes):
        for name, shape in shapes.items():
            if not self.context.set_binding_shape(self._index(name), shape):
                raise RuntimeError('%s takes no shape %s' % (name, shape))
        bindings = [0] * self.engine.num_bindings
        for name, address in addresses.items():
            bindings[self._index(name)] = address
        if not self.context.execute_async_v2(bindings, self.cuda.stream.value or 0):
            raise RuntimeError('the engine did not run')


def elements(shape):
    product = 1
    for size in shape:
        product *= size
    return product


class Ties(object):
    """What outputs leave for inputs of the next frame: two buffers each, which change places."""

    def __init__(self, cuda, ties, shapes):
        self.cuda = cuda
        self.front = 0
        self.pairs = {}
        for tie in ties:
            size = 4 * elements(shapes[tie['input']])
            self.pairs[(tie['input'], tie['output'])] = (cuda.allocate(size), cuda.allocate(size), size)

    def inputs(self):
        return {names[0]: pair[self.front] for names, pair in self.pairs.items()}

    def outputs(self):
        return {names[1]: pair[1 - self.front] for names, pair in self.pairs.items()}

    def results(self):
        """Where the outputs of the last run are."""
        return {names[1]: pair[self.front] for names, pair in self.pairs.items()}

    def turn(self):
        self.front = 1 - self.front

    def reset(self):
        for first, second, size in self.pairs.values():
            self.cuda.zero(first, size)
            self.cuda.zero(second, size)


class PassRunner(object):
    """A gated model that runs frame by frame."""

    def __init__(self, folder=HERE):
        with open(os.path.join(folder, 'pass.json')) as file:
            self.facts = json.load(file)
        facts = self.facts
        self.folder = folder
        self.cuda = Cuda()
        runtime = trt.Runtime(trt.Logger(trt.Logger.WARNING))
        kind = IndexedEngine if facts['bindings'] == 'by index' else Engine
        self.engines = {}
        self.shapes = {}
        for name, part in facts['parts'].items():
            self.engines[name] = kind(runtime, os.path.join(folder, part['engine']), self.cuda)
            for port in part['inputs'] + part['outputs']:
                self.shapes[(name, port['name'])] = port['shape']
        self.patches = facts['patches']
        self.measured = self._measured()
        self.threshold = facts['threshold'] if self.measured is None else self.measured['threshold']
        self.ties = {'gate': self._ties('gate', facts['parts']['gate']['ties']), 'caches': self._ties('stage', facts['caches'])}
        if 'rest' in facts['parts']:
            self.ties['rest'] = self._ties('rest', facts['parts']['rest']['ties'])
        self.frame_bytes = self._bytes('gate', 'frame')
        self.frame = self.cuda.allocate(self.frame_bytes)
        self.own = {}
        for name in ('gate', 'rest'):
            if name in facts['parts']:
                tied = self.ties[name].outputs()
                for port in facts['parts'][name]['outputs']:
                    if port['name'] not in tied:
                        self.own[port['name']] = self.cuda.allocate(4 * elements(port['shape']))
        self.stale = (ctypes.c_float * self.patches)()
        self.id_bytes = self.engines['stage'].item_size('ids')
        self.ids = self.cuda.allocate(self.id_bytes * self.patches)
        self.last = None
        self.last_active = None
        self.last_way = None

    def _measured(self):
        """What --measure found; None where nobody asked."""
        path = os.path.join(self.folder, 'build', 'threshold.json')
        if not os.path.exists(path):
            return None
        with open(path) as file:
            return json.load(file)

    def _ties(self, part, ties):
        return Ties(self.cuda, ties, {name: shape for (of, name), shape in self.shapes.items() if of == part})

    def _bytes(self, part, name):
        return 4 * elements(self.shapes[(part, name)])

    def reset(self):
        """Begins a new clip: its first frame is computed as a whole."""
        for ties in self.ties.values():
            ties.reset()
        self.last = None

    def run(self, frame):
        """All outputs of the model for a frame, as bytes of float32; both in the shapes that pass.json gives.

        last_active is then the number of patches that had to be computed, and last_way how: nothing, stage or dense.
        """
        if len(frame) != self.frame_bytes:
            raise ValueError('a frame has %d bytes, not %d' % (self.frame_bytes, len(frame)))
        source = ctypes.create_string_buffer(bytes(frame), self.frame_bytes)
        self.cuda.copy(self.frame, ctypes.addressof(source), self.frame_bytes, TO_DEVICE)
        ids = self._decide()
        self.last_active = len(ids)
        rest = self.engines.get('rest')
        if not ids and self.last is not None and (rest is None or not self.ties['rest'].pairs):
            self.last_way = 'nothing'
            return self.last
        if ids:
            self._compute(ids)
        else:
            self.last_way = 'nothing'
        if rest is not None:
            ties = self.ties['rest']
            inputs = {port['name']: self._given(port['name']) for port in self.facts['parts']['rest']['inputs'] if port['name'] not in ties.inputs()}
            outputs = {port['name']: self.own[port['name']] for port in self.facts['parts']['rest']['outputs'] if port['name'] in self.own}
            rest.run(dict(inputs, **dict(outputs, **dict(ties.inputs(), **ties.outputs()))), {})
            ties.turn()
        self.last = self._results()
        return self.last

    def _decide(self):
        """The gate; gives the patches that have to be computed."""
        ties = self.ties['gate']
        outputs = {port['name']: self.own[port['name']] for port in self.facts['parts']['gate']['outputs'] if port['name'] in self.own}
        self.engines['gate'].run(dict(outputs, frame=self.frame, **dict(ties.inputs(), **ties.outputs())), {})
        ties.turn()
        self.cuda.copy(ctypes.addressof(self.stale), self._of_gate('stale'), ctypes.sizeof(self.stale), TO_HOST)
        self.cuda.wait()
        return [patch for patch, stale in enumerate(self.stale) if stale > 0.5]

    def _compute(self, ids):
        self.last_way = 'dense' if len(ids) > self.threshold * self.patches else 'stage'
        if self.last_way == 'dense':
            self._dense()
        else:
            self._stage(ids)

    def _dense(self):
        caches = self.ties['caches']
        self.engines['dense'].run(dict(caches.outputs(), blended=self._of_gate('blended')), {})
        caches.turn()

    def _stage(self, ids):
        caches = self.ties['caches']
        numbers = array.array('q' if self.id_bytes == 8 else 'i', ids)
        self.cuda.copy(self.ids, numbers.buffer_info()[0], self.id_bytes * len(ids), TO_DEVICE)
        addresses = dict(caches.inputs(), **caches.outputs())
        self.engines['stage'].run(dict(addresses, ids=self.ids, blended=self._of_gate('blended')), {'ids': (len(ids),)})
        # The list is read by the copy: it must live until that is done.
        self.cuda.wait()
        caches.turn()

    def _of_gate(self, name):
        return self.ties['gate'].results().get(name) or self.own[name]

    def _given(self, name):
        return self.ties['caches'].results().get(name) or self._of_gate(name)

    def _results(self):
        found = []
        for result in self.facts['results']:
            size = 4 * elements(result['shape'])
            data = ctypes.create_string_buffer(size)
            tied = self.ties['rest'].results() if 'rest' in self.ties else {}
            address = self.ties['caches'].results().get(result['port']) or tied.get(result['port']) or self.own[result['port']]
            self.cuda.copy(ctypes.addressof(data), address, size, TO_HOST)
            found.append(data)
        self.cuda.wait()
        return [data.raw for data in found]

    def measure(self, rounds):
        """Milliseconds of a whole frame and of lists of several lengths, each the median of runs in turns."""
        counts = sorted({max(1, self.patches * part // 16) for part in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)})
        ways = [('dense', None)] + [('stage', count) for count in counts]
        times = {way: [] for way in ways}
        for turn in range(rounds + 1):
            for way in ways:
                start = time.perf_counter()
                if way[1] is None:
                    self._dense()
                else:
                    self._stage([i * self.patches // way[1] for i in range(way[1])])
                self.cuda.wait()
                # The first turn allocates and warms up.
                if turn > 0:
                    times[way].append(1000.0 * (time.perf_counter() - start))
        self.reset()
        return {way: sorted(all)[len(all) // 2] for way, all in times.items()}


def quicker_share(times, patches):
    """The largest share of patches up to which every list was quicker than the whole frame; 0.0 where none was."""
    share = 0.0
    for way in sorted((way for way in times if way[1] is not None), key=lambda way: way[1]):
        if times[way] >= times[('dense', None)]:
            break
        share = way[1] / float(patches)
    return share


def measure(runner, rounds):
    times = runner.measure(rounds)
    share = quicker_share(times, runner.patches)
    lists = [{'patches': way[1], 'ms': times[way]} for way in sorted(times, key=lambda way: way[1] or 0) if way[1] is not None]
    found = {'threshold': share, 'dense_ms': times[('dense', None)], 'lists': lists}
    write('threshold.json', found)
    print('a whole frame %.3f ms' % found['dense_ms'])
    for one in lists:
        print('%d of %d patches %.3f ms' % (one['patches'], runner.patches, one['ms']))
    print('whole frames from %.1f %% of the patches on' % (100 * share))
    return 0


def compare(runner):
    """Runs the golden frames; gives the exit status."""
    golden = runner.facts['golden']
    frames, passed = [], True
    runner.reset()
    for index in range(golden['frames']):
        outputs = runner.run(read(golden['inputs'][index]))
        errors = [largest_error(got, read(path)) for got, path in zip(outputs, golden['outputs'][index])]
        good = all(error <= limit for error, limit in zip(errors, golden['tolerances']))
        same = runner.last_active == golden['active'][index]
        passed = passed and good
        # JSON knows no infinity.
        finite = [error if error < float('inf') else None for error in errors]
        frames.append({'active': runner.last_active, 'wanted': golden['active'][index], 'way': runner.last_way, 'errors': finite, 'good': good})
        print('frame %d: %d patches%s, %s, %s' % (
            index, runner.last_active, '' if same else ' (%d here before)' % golden['active'][index], runner.last_way,
            'good' if good else 'WRONG: off by %s of %s' % (errors, golden['tolerances'])))
    write('results.json', {
        'kind': 'tinyml-pass-results', 'schema': 1, 'manifest': manifest_hash(), 'passed': passed, 'threshold': runner.threshold,
        'measured': runner.measured, 'tolerances': golden['tolerances'], 'frames': frames})
    print('pass' if passed else 'FAIL')
    return 0 if passed else 1


def stream(runner, source, target):
    with open(source, 'rb') as given, open(target, 'wb') as out:
        while True:
            frame = given.read(runner.frame_bytes)
            if not frame:
                return 0
            if len(frame) < runner.frame_bytes:
                sys.stderr.write('error: %s ends in the middle of a frame: a frame has %d bytes\n' % (source, runner.frame_bytes))
                return 2
            for data in runner.run(frame):
                out.write(data)


def largest_error(got, wanted):
    a, b = array.array('f', got), array.array('f', wanted)
    # Not a number is as far off as can be.
    differences = [abs(x - y) for x, y in zip(a, b)]
    return max((d if d == d else float('inf') for d in differences), default=0.0)


def manifest_hash():
    """By which the results are known at the desk; None where the folder was taken out of its bundle."""
    path = os.path.join(HERE, os.pardir, 'manifest.json')
    if not os.path.exists(path):
        return None
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def read(path):
    with open(os.path.join(HERE, path), 'rb') as file:
        return file.read()


def write(name, facts):
    folder = os.path.join(HERE, 'build')
    if not os.path.isdir(folder):
        os.makedirs(folder)
    with open(os.path.join(folder, name), 'w') as file:
        json.dump(facts, file, indent=2)
        file.write('\n')


def main():
    parser = argparse.ArgumentParser(description='Runs a gated model.')
    parser.add_argument('--measure', action='store_true', help='find the share of patches from which a whole frame is quicker')
    parser.add_argument('--rounds', type=int, default=50, help='turns that --measure takes (default: 50)')
    parser.add_argument('--input', help='frames of float32, one after another')
    parser.add_argument('--output', help='where the outputs of --input go')
    options = parser.parse_args()
    if (options.input is None) != (options.output is None):
        parser.error('--input and --output go together')
    runner = PassRunner()
    if options.measure:
        return measure(runner, options.rounds)
    if options.input is not None:
        return stream(runner, options.input, options.output)
    return compare(runner)


if __name__ == '__main__':
    sys.exit(main())
