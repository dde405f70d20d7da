"""Stands in for the Python API of TensorRT in rehearsals. The release is that of FAKE_TENSORRT, e.g. 10.3.0.

Real: which names a release has (from python/src of NVIDIA/TensorRT at 8.2.1, 8.5.3, v8.6.1, v10.3.0, v10.13.3, v10.16, v11.1: the builder's
side, as far as bundles use it); any other name raises AttributeError. That Q and DQ need INT8 mode, that a cache must be of the release.
Simulated: parsing (the file must hold bytes), and the engine, which is a record of what was configured, as JSON.
"""
import json
import os

__version__ = os.environ["FAKE_TENSORRT"]
_RELEASE = tuple(int(part) for part in __version__.split(".")[:3])
_IS_WEAK = _RELEASE < (11, 0)


def _number():
    major, minor, patch = _RELEASE
    return major * (10000 if major >= 10 else 1000) + minor * 100 + patch


class _Names:
    """Names that are there in some releases: of enumerations, and of attributes that can be set."""

    def __init__(self, *names):
        for name in names:
            setattr(self, name, name)


def __getattr__(name):
    raise AttributeError("tensorrt {} has no {}".format(__version__, name))


NetworkDefinitionCreationFlag = _Names(*(["EXPLICIT_BATCH"] if _IS_WEAK else []), *(["STRONGLY_TYPED"] if _RELEASE >= (10, 0) else []))
if _IS_WEAK:
    NetworkDefinitionCreationFlag.EXPLICIT_BATCH = 0
BuilderFlag = _Names("GPU_FALLBACK", *(["FP16", "INT8", "OBEY_PRECISION_CONSTRAINTS"] if _IS_WEAK else []))
DeviceType = _Names("GPU", "DLA")
ProfilingVerbosity = _Names("LAYER_NAMES_ONLY", "DETAILED", "NONE")
if _RELEASE >= (8, 4):
    MemoryPoolType = _Names("WORKSPACE")
float32, float16, int8 = "float32", "float16", "int8"


class Logger:
    INFO = 3

    def __init__(self, severity):
        self.severity = severity


def init_libnvinfer_plugins(logger, namespace):
    return True


if _IS_WEAK:
    class IInt8EntropyCalibrator2:
        pass


class _Layer:
    __slots__ = ("name", "precision") if _IS_WEAK else ("name",)

    def __init__(self, name):
        self.name = name


class _Network:
    def __init__(self):
        self.num_layers = 0
        self.layers = []
        self.has_pairs = False

    def get_layer(self, index):
        return self.layers[index]


class OnnxParser:
    def __init__(self, network, logger):
        self.network = network
        self.num_errors = 0

    def parse(self, model, path=None):
        if not model.startswith(b"\x08"):
            self.num_errors = 1
            return False
        self.network.has_pairs = b"QuantizeLinear" in model
        self.network.layers = [_Layer(name) for name in json.loads(os.environ.get("FAKE_LAYERS", "[]"))]
        self.network.num_layers = len(self.network.layers)
        return True

    def get_error(self, index):
        return "this is no ONNX model"


class _Serialized(bytes):
    def serialize(self):
        return self


class _Config:
    """What is no attribute of a release cannot be set, as in the real one."""

    __slots__ = tuple(
        ["profiling_verbosity", "default_device_type", "DLA_core", "_flags", "_pools", "_cache"]
        + (["int8_calibrator"] if _IS_WEAK else [])
        + (["max_workspace_size"] if _RELEASE < (10, 0) else [])
    )

    def __init__(self):
        self._flags = []
        self._pools = {}

    def set_flag(self, flag):
        self._flags.append(flag)

    def create_timing_cache(self, contents):
        return _Serialized(contents)

    def set_timing_cache(self, cache, ignore_mismatch):
        self._cache = cache

    def get_timing_cache(self):
        return _Serialized(b"timings")

    if _RELEASE >= (8, 4):
        def set_memory_pool_limit(self, pool, size):
            self._pools[pool] = size


class Builder:
    def __init__(self, logger):
        pass

    def create_network(self, flags=0):
        # Before 10, networks from ONNX have to be of explicit batches.
        assert _RELEASE >= (10, 0) or flags == 1, flags
        return _Network()

    def create_builder_config(self):
        return _Config()

    def build_serialized_network(self, network, config):
        flags = config._flags
        if network.has_pairs and _IS_WEAK and "INT8" not in flags:
            return None
        if "INT8" in flags and not network.has_pairs:
            cache = config.int8_calibrator.read_calibration_cache()
            if not cache.startswith("TRT-{}-EntropyCalibration2\n".format(_number()).encode()):
                config.int8_calibrator.get_batch([])
        record = {name: getattr(config, name) for name in _Config.__slots__ if hasattr(config, name) and name[0] != "_" and name != "int8_calibrator"}
        precisions = {layer.name: layer.precision for layer in network.layers if hasattr(layer, "precision")}
        record.update(flags=sorted(flags), pools=config._pools, precisions=precisions)
        return json.dumps(record, sort_keys=True).encode()
