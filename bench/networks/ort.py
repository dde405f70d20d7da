"""The error of ONNX Runtime's own quantiser: `quantize_static`, QDQ, uint8 activations, int8 weights per channel.

usage: python ort.py FOLDER [NAME.EXPORTER ...]

Every model of the folder that has data beside it (NAME.calibration.npz, NAME.evaluation.npz) is cleaned
(`quant_pre_process`), calibrated with all of the first by each of its three calibrators, and held against the float model on
the second. MODEL.case.json, where it is there, says shapes, constant inputs and state.
Writes MODEL.ort.json: {calibrator: {output: SQNR in dB} | message}.
"""

import argparse
import glob
import json
import os
import tempfile

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Reader(CalibrationDataReader):
    """All that a float model reads: the samples, its constant inputs and the state that it carries."""

    def __init__(self, path, arrays, case):
        self.feeds = (feed for feed, _ in frames(session_of(path), arrays, case))

    def get_next(self):
        return next(self.feeds, None)


def session_of(path):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return ort.InferenceSession(path, options)


def frames(session, arrays, case):
    """Samples one after another: (what goes in, {output: array}); state starts at zero and is carried on."""
    inputs, outputs = session.get_inputs(), [output.name for output in session.get_outputs()]
    shapes = {i.name: case.get("shape", {}).get(i.name, i.shape) for i in inputs}
    state = {name: np.zeros(shapes[name], np.float32) for name in case.get("state", {})}
    # an input that a cleaned model computes nothing with is gone from it
    bound = {i.name: np.array(case["bind"][i.name], np.int64) for i in inputs if i.name in case.get("bind", {})}
    for k in range(len(next(iter(arrays.values())))):
        feed = {**{name: values[k : k + 1] for name, values in arrays.items()}, **bound, **state}
        results = dict(zip(outputs, session.run(None, feed)))
        yield feed, results
        state = {name: results[output] for name, output in case.get("state", {}).items()}


def outputs(path, arrays, case):
    """All samples through a model: {output: array}, without state."""
    results = [got for _, got in frames(session_of(path), arrays, case)]
    carried = set(case.get("state", {}).values())
    return {name: np.stack([r[name] for r in results]).astype(np.float64) for name in results[0] if name not in carried}


def sqnr(exact, got):
    noise = ((exact - got) ** 2).sum()
    return None if noise == 0 else float(10 * np.log10((exact**2).sum() / noise))


def measure(path, calibration, evaluation, case):
    exact, results = outputs(path, evaluation, case), {}
    with tempfile.TemporaryDirectory() as folder:
        clean, quantised = os.path.join(folder, "clean.onnx"), os.path.join(folder, "quantised.onnx")
        model = onnx.load(path)
        if next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")) < 13:
            path = os.path.join(folder, "13.onnx")  # scales of channels came with opset 13
            onnx.save(onnx.version_converter.convert_version(model, 13), path)
        try:
            quant_pre_process(path, clean, skip_symbolic_shape=True)
        except Exception:
            clean = path
        for name, method in (
            ("min-max", CalibrationMethod.MinMax), ("entropy", CalibrationMethod.Entropy), ("percentile", CalibrationMethod.Percentile),
        ):
            try:
                quantize_static(
                    clean, quantised, Reader(clean, calibration, case), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=method,
                )
                got = outputs(quantised, evaluation, case)
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
        base = os.path.join(flags.folder, model)
        data = base if os.path.exists(f"{base}.calibration.npz") else os.path.join(flags.folder, model.split(".")[0])
        out = os.path.join(flags.folder, f"{model}.ort.json")
        if model.endswith(".int8") or not os.path.exists(f"{data}.calibration.npz"):
            continue
        if flags.names and model not in flags.names or not flags.names and os.path.exists(out):
            continue
        arrays = [dict(np.load(f"{data}.{part}.npz")) for part in ("calibration", "evaluation")]
        case = json.load(open(f"{base}.case.json")) if os.path.exists(f"{base}.case.json") else {}
        results = measure(path, *arrays, case)
        with open(out, "w") as file:
            json.dump(results, file, indent=1)
        print(model, json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
