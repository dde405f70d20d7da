"""The error of ONNX Runtime's own quantiser: `quantize_static`, QDQ, uint8 activations, int8 weights per channel.

usage: python ort.py FOLDER [NAME.EXPORTER ...]

Every model of the folder that has data beside it (NAME.calibration.npz, NAME.evaluation.npz) is cleaned
(`quant_pre_process`), calibrated with 128 samples by each of its three calibrators, and held against the float model.
Writes MODEL.ort.json: {calibrator: {output: SQNR in dB} | message}.
"""

import argparse
import glob
import json
import os
import tempfile

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Reader(CalibrationDataReader):
    def __init__(self, arrays):
        self.feeds = iter(feeds(arrays))

    def get_next(self):
        return next(self.feeds, None)


def feeds(arrays):
    count = len(next(iter(arrays.values())))
    return [{name: values[i : i + 1] for name, values in arrays.items()} for i in range(count)]


def outputs(path, arrays):
    """All samples through a model: {output: array}."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options)
    results = [session.run(None, feed) for feed in feeds(arrays)]
    return {o.name: np.stack([r[i] for r in results]).astype(np.float64) for i, o in enumerate(session.get_outputs())}


def sqnr(exact, got):
    noise = ((exact - got) ** 2).sum()
    return None if noise == 0 else float(10 * np.log10((exact**2).sum() / noise))


def measure(path, calibration, evaluation):
    exact, results = outputs(path, evaluation), {}
    with tempfile.TemporaryDirectory() as folder:
        clean, quantised = os.path.join(folder, "clean.onnx"), os.path.join(folder, "quantised.onnx")
        try:
            quant_pre_process(path, clean, skip_symbolic_shape=True)
        except Exception:
            clean = path
        for name, method in (
            ("min-max", CalibrationMethod.MinMax), ("entropy", CalibrationMethod.Entropy), ("percentile", CalibrationMethod.Percentile),
        ):
            try:
                quantize_static(
                    clean, quantised, Reader(calibration), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=method,
                )
                got = outputs(quantised, evaluation)
                results[name] = {o: sqnr(exact[o], got[o]) for o in exact}
            except Exception as error:
                results[name] = f"{type(error).__name__}: {str(error)[:200]}"
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    flags = parser.parse_args()
    for path in sorted(glob.glob(os.path.join(flags.folder, "*.onnx"))):
        model = os.path.basename(path)[: -len(".onnx")]
        data = os.path.join(flags.folder, model.split(".")[0])
        out = os.path.join(flags.folder, f"{model}.ort.json")
        if model.endswith(".int8") or not os.path.exists(f"{data}.calibration.npz"):
            continue
        if flags.names and model not in flags.names or not flags.names and os.path.exists(out):
            continue
        arrays = [dict(np.load(f"{data}.{part}.npz")) for part in ("calibration", "evaluation")]
        results = measure(path, *arrays)
        with open(out, "w") as file:
            json.dump(results, file, indent=1)
        print(model, json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
