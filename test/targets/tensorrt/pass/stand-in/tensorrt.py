"""Stands in for the runtime half of TensorRT's Python package, for releases 8.2 to 11.

Engines are files of JSON that a stand-in of trtexec wrote: the ONNX file, and the shapes of the profile. They run in ONNX Runtime,
in a process of Node (STAND_IN_SERVER). Names that a release does not have are not there (STAND_IN_RELEASE, e.g. 8.2): tensors by name came
with 8.5, by index they went with 10. Addresses are those of the stand-in of the CUDA runtime.
"""
import ctypes
import json
import os
import subprocess
import time

RELEASE = tuple(int(part) for part in os.environ['STAND_IN_RELEASE'].split('.'))


class Logger(object):
    WARNING = 2

    def __init__(self, severity=WARNING):
        self.severity = severity


class DataType(object):
    def __init__(self, itemsize):
        self.itemsize = itemsize


float32 = DataType(4)
int32 = DataType(4)
if RELEASE >= (10,):
    int64 = DataType(8)


class _Server(object):
    def __init__(self):
        self.process = subprocess.Popen(
            ['node', os.environ['STAND_IN_SERVER']], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, question, data=b''):
        self.process.stdin.write(json.dumps(question).encode() + b'\n' + data)
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline().decode())
        if 'error' in answer:
            raise RuntimeError(answer['error'])
        return answer, [self.process.stdout.read(one['bytes']) for one in answer.get('outputs', [])]


_server = None


class Runtime(object):
    def __init__(self, logger):
        assert isinstance(logger, Logger)

    def deserialize_cuda_engine(self, data):
        global _server
        if _server is None:
            _server = _Server()
        try:
            plan = json.loads(data.decode())
        except ValueError:
            return None
        return _Engine(plan)


class _Engine(object):
    def __init__(self, plan):
        self.plan = plan
        self.facts, _ = _server.ask({'load': plan['onnx']})
        self.ports = self.facts['inputs'] + self.facts['ports']
        if RELEASE < (10,):
            self.num_bindings = len(self.ports)

    def create_execution_context(self):
        return _Context(self)

    def _dtype(self, port):
        if port['dtype'] == 'int64':
            return int64 if RELEASE >= (10,) else int32
        return float32

    def _port(self, name):
        found = [port for port in self.ports if port['name'] == name]
        return found[0] if found else None

    def __getattr__(self, name):
        if RELEASE < (10,) and name == 'get_binding_index':
            return lambda wanted: next((i for i, port in enumerate(self.ports) if port['name'] == wanted), -1)
        if RELEASE < (10,) and name == 'get_binding_dtype':
            return lambda index: self._dtype(self.ports[index])
        if RELEASE >= (8, 5) and name == 'get_tensor_dtype':
            return lambda wanted: self._dtype(self._port(wanted))
        raise AttributeError(name)


class _Context(object):
    def __init__(self, engine):
        self.engine = engine
        self.shapes = {}
        self.addresses = {}

    def _set_shape(self, name, shape):
        profile = self.engine.plan['profile'].get(name)
        if profile is None or len(shape) != 1 or not profile[0] <= shape[0] <= profile[1]:
            return False
        self.shapes[name] = list(shape)
        return True

    def _set_address(self, name, address):
        if self.engine._port(name) is None:
            return False
        self.addresses[name] = address
        return True

    def _run(self, stream):
        """Reads the inputs where they lie, and writes the outputs."""
        assert stream != 0, 'the default stream'
        facts = self.engine.facts
        inputs, data, read = [], b'', set()
        for port in facts['inputs']:
            shape = self.shapes.get(port['name'], port['shape'])
            address = self.addresses.get(port['name'])
            if address is None or not all(isinstance(size, int) for size in shape):
                return False
            size = self.engine._dtype(port).itemsize
            for one in shape:
                size *= one
            read.add(address)
            inputs.append({'name': port['name'], 'dtype': port['dtype'], 'shape': shape, 'bytes': size})
            data += ctypes.string_at(address, size)
        if any(port['name'] not in self.addresses for port in facts['ports']):
            return False
        assert not any(self.addresses[port['name']] in read for port in facts['ports']), 'an output lies where an input does'
        answer, outputs = _server.ask({'run': self.engine.plan['onnx'], 'inputs': inputs}, data)
        for port, one in zip(answer['outputs'], outputs):
            ctypes.memmove(self.addresses[port['name']], one, len(one))
        # Milliseconds for each patch, or for the whole, where a test wants to know what takes how long.
        pace = json.loads(os.environ.get('STAND_IN_PACE', '{}')).get(os.path.basename(self.engine.plan['onnx']), 0)
        time.sleep(pace * self.shapes.get('ids', [1])[0] / 1000.0)
        return True

    def __getattr__(self, name):
        if RELEASE < (10,) and name == 'set_binding_shape':
            return lambda index, shape: self._set_shape(self.engine.ports[index]['name'], shape)
        if RELEASE < (10,) and name == 'execute_async_v2':
            return self._run_by_index
        if RELEASE >= (8, 5) and name in ('set_input_shape', 'set_tensor_address', 'execute_async_v3'):
            return {'set_input_shape': self._set_shape, 'set_tensor_address': self._set_address, 'execute_async_v3': self._run}[name]
        raise AttributeError(name)

    def _run_by_index(self, bindings, stream_handle):
        self.addresses = {port['name']: address for port, address in zip(self.engine.ports, bindings) if address != 0}
        return self._run(stream_handle)
