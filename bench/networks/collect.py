"""Gathers whole ONNX files of others and makes the data that they are quantised and judged with.

usage: python collect.py --models MODELS --data DATA --out FOLDER [NAME ...]

MODELS has the folders zoo/, light/ and real/, DATA what `tasks.py` reads. Writes of every MODEL.onnx a copy,
MODEL.calibration.npz, MODEL.evaluation.npz (arrays by the names of the inputs; of a model with state consecutive frames),
and MODEL.case.json: {folder, shape: {input: [size ..]}, bind: {input: value}, state: {input: output},
options: [option of quantize ..]}.
"""

import argparse
import glob
import json
import os
import shutil
import wave
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import numpy as np
import onnx

import tasks


@dataclass(frozen=True)
class Case:
    make: Callable[[str, int], np.ndarray]
    """(folder of data, n) -> the first input of n samples, float32."""
    calibration: int = 128
    evaluation: int = 64
    shape: dict[str, list[int]] = field(default_factory=dict)
    bind: dict[str, Any] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    """More options of `tinyml quantize`."""


def images(size):
    return lambda data, n: tasks.cifar(data, size, n)[0].numpy()


def grey(size):
    return lambda data, n: images(size)(data, n).mean(1, keepdims=True)


def clip(size):
    """Pictures that move by two pixels from frame to frame, 16 frames each."""

    def make(data, n):
        stills = images(size)(data, -(-n // 16))
        return np.stack([np.roll(stills[i // 16], 2 * (i % 16), axis=2) for i in range(n)])

    return make


def log_mel(data, n):
    """Spoken digits [n, 49, 40]: one frame more than those of tasks.sounds, which is its last once more."""
    sounds = tasks.sounds(data, 48)[0].numpy()
    picked = sounds[np.random.default_rng(1).permutation(len(sounds))[:n], 0]
    return np.pad(picked, ((0, 0), (0, 1), (0, 0)), mode="edge")


def ramp(data, n):
    """Inputs of the ONNX project's tests of these networks: 0 .. 1 in the order of the elements; then uniform noise."""
    shape = (3, 224, 224)
    first = np.arange(np.prod(shape), dtype=np.float32).reshape(1, *shape) / np.prod(shape)
    return np.concatenate([first, np.random.default_rng(2).random((n - 1, *shape), np.float32)])


def speech(data, n):
    """Windows [n, 576] of spoken digits with pauses at 16 kHz, 512 samples apart."""
    random = np.random.default_rng(3)
    paths = sorted(glob.glob(os.path.join(data, "audio/fsdd/*.wav")))
    parts, length = [], 0
    while length < 512 * n + 64:
        with wave.open(paths[random.integers(len(paths))]) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
        spectrum = np.fft.rfft(sound)
        twice = np.fft.irfft(np.concatenate([spectrum, np.zeros(len(spectrum))]), 2 * len(sound)) * 2
        parts += [np.zeros(int(16000 * random.uniform(0.2, 1.2))), twice]
        length += len(parts[-2]) + len(parts[-1])
    sound = np.concatenate(parts)
    sound += random.uniform(-8, 8, len(sound)) / 32768
    return np.stack([sound[512 * i : 512 * i + 576] for i in range(n)]).clip(-1, 1).astype(np.float32)


def music(data, n):
    """Two seconds [n, 43844, 1] at 22050 Hz of three decaying notes with harmonics each."""
    random = np.random.default_rng(4)
    time = np.arange(43844) / 22050
    out = np.zeros((n, 43844))
    for sample in out:
        for _ in range(3):
            pitch, start = 110 * 2 ** (random.integers(36) / 12), random.uniform(0, 1.5)
            after = np.maximum(0, time - start)
            tone = sum(np.sin(2 * np.pi * pitch * k * after) / k for k in range(1, 6))
            sample += 0.1 * tone * np.exp(-2 * after) * (time > start)
    return out[:, :, None].astype(np.float32)


def text(height, width, mean, deviation, turned=False):
    """Lines of text [n, 3, height, width] as a camera sees them: dark on light, shaded, noisy; `turned`: each second upside down."""

    def make(data, n):
        from PIL import Image, ImageDraw, ImageFont

        random = np.random.default_rng(5)
        out = np.empty((n, 3, height, width), np.float32)
        letters = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        for i in range(n):
            size = min(40, height * 2 // 3)
            rows = max(1, height // (size * 2))
            image = Image.new("L", (width, height), int(random.integers(180, 255)))
            draw = ImageDraw.Draw(image)
            for row in range(rows):
                word = "".join(random.choice(letters, int(random.integers(3, 9))))
                place = (int(random.integers(2, 12)), row * size * 2 + int(random.integers(0, max(1, height - rows * size * 2 + size // 2))))
                draw.text(place, word, fill=int(random.integers(0, 90)), font=ImageFont.load_default(size * 3 // 4))
            pixels = np.asarray(image, np.float32)
            pixels = pixels[::-1, ::-1] if turned and i % 2 else pixels
            shade = np.linspace(random.uniform(0.7, 1), random.uniform(0.7, 1), width)
            rgb = (pixels * shade)[None] * random.uniform(0.9, 1, (3, 1, 1)) + random.normal(0, 3, (3, height, width))
            out[i] = (rgb.clip(0, 255) / 255 - np.reshape(mean, (3, 1, 1))) / np.reshape(deviation, (3, 1, 1))
        return out

    return make


def spectra(at):
    """Power spectra have no place in 8 bits: docs/tutorial-voice.md."""
    return ("--float", ",".join(at + name for name in ("Pow", "Pow_1", "Add", "Sqrt")), "--bits", f"input=16,{at}Conv=16,{at}Sqrt=16")


LARGE = {"calibration": 32, "evaluation": 16}
# All weights of a layer are equal, so all of 1000 classes get 0.001: no step of the 8-bit codes of a probability, and any observer is as good.
CLASSIC = Case(ramp, calibration=8, evaluation=4, options=("--observer", "min-max", "--bits", "Softmax=16"))
CASES = {
    "conv_ae": Case(grey(32), options=("--bits", "Tanh=16")),
    "kws_gru": Case(log_mel),
    "kws_lstm": Case(log_mel),
    "kws_tcn": Case(lambda data, n: log_mel(data, n).transpose(0, 2, 1)),
    "mobilenet_v2": Case(images(224), **LARGE),
    "shufflenet_v2": Case(images(224), **LARGE),
    "squeezenet1_1": Case(images(224), **LARGE),
    "tsm_online.dynamo": Case(clip(112), state={"b": "slice_1"}),
    "tsm_online.torchscript": Case(clip(112), state={"onnx::Concat_1": "43"}),
    "unet_tiny": Case(images(96), options=("--bits", "Sigmoid=16")),
    "light_densenet": replace(CLASSIC, options=("--observer", "min-max")),
    "light_": CLASSIC,
    "basic_pitch": Case(music, calibration=16, evaluation=8, shape={"serving_default_input_2:0": [1, 43844, 1]}),
    "ch_PP-OCRv4_det": Case(text(160, 160, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), shape={"x": [1, 3, 160, 160]}),
    "ch_ppocr_mobile_v2.0_cls": Case(text(48, 192, [0.5] * 3, [0.5] * 3, turned=True), shape={"x": [1, 3, 48, 192]}),
    "silero_vad_16k_op15": Case(speech, 1500, 1000, shape={"input": [1, 576], "state": [2, 1, 128]}, bind={"sr": 16000}, state={"state": "stateN"}, options=spectra("/model/stft/")),
    "silero_vad_16k_sequence": Case(speech, 1500, 1000, shape={"input": [1, 576]}, state={"h": "hn", "c": "cn"}, options=spectra("/stft/")),
}


def first_input(path, case):
    graph = onnx.load(path).graph
    constant = {tensor.name for tensor in graph.initializer} | set(case.bind) | set(case.state)
    return next(value.name for value in graph.input if value.name not in constant)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("names", nargs="*")
    flags = parser.parse_args()
    os.makedirs(flags.out, exist_ok=True)
    for folder in ("zoo", "light", "real"):
        for path in sorted(glob.glob(os.path.join(flags.models, folder, "*.onnx"))):
            model = os.path.basename(path)[: -len(".onnx")]
            if flags.names and not any(model.startswith(name) for name in flags.names):
                continue
            case = next(case for name, case in CASES.items() if model.startswith(name))
            out = os.path.join(flags.out, model)
            shutil.copyfile(path, f"{out}.onnx")
            samples = case.make(flags.data, case.calibration + case.evaluation)
            name = first_input(path, case)
            np.savez(f"{out}.evaluation.npz", **{name: samples[: case.evaluation]})
            np.savez(f"{out}.calibration.npz", **{name: samples[case.evaluation :]})
            with open(f"{out}.case.json", "w") as file:
                json.dump({"folder": folder, "shape": case.shape, "bind": case.bind, "state": case.state, "options": case.options}, file)
            print(model, name, samples.shape, flush=True)


if __name__ == "__main__":
    main()
