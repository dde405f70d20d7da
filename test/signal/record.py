"""What librosa, torchaudio and TensorFlow make of the sound of test/signal/sound.ts: python record.py LIBRARY > recorded/LIBRARY.json

Each needs numpy and itself: pip install librosa==0.11.0; torch torchaudio; tensorflow-cpu.
"""

import json
import sys

import numpy as np


def sound(n):
    """Integers only, so that it is the same in TypeScript."""
    out = np.zeros(n, dtype=np.int16)
    state = 12345
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        noise = ((state >> 15) & 0xFF) - 128
        fade = i % 4000
        low = triangle(i, 37) * (4000 - fade) // 4000
        high = triangle(i, 101 + i // 1000) * fade * 2 // 4000
        out[i] = low + high + noise * (1 if 2 * i < n else 8)
    return out


def triangle(i, period):
    return abs((i % period) * 16384 // period - 8192) - 4096


def case(name, rate, samples, settings, values):
    """values: frames x numbers."""
    rounded = [[float(f"{x:.7g}") for x in row] for row in np.asarray(values, dtype=np.float64)]
    return {"name": name, "rate": rate, "samples": samples, "settings": settings, "values": rounded}


def librosa_cases():
    import librosa

    def log_mel(rate, samples, **mel):
        return librosa.feature.melspectrogram(y=sound(samples) / np.float32(32768), sr=rate, **mel)

    ten = dict(n_fft=512, win_length=400, hop_length=160, n_mels=26, fmin=50, fmax=7000)
    frames = {"frameLength": 400, "frameStep": 160, "fftSize": 512, "windowPlace": "middle"}
    htk = {"bands": 26, "low": 50, "high": 7000, "scale": "htk", "norm": "none"}
    return librosa.__version__, [
        case("its own settings, log-mel", 22050, 2560, "librosa-log-mel",
             librosa.power_to_db(log_mel(22050, 2560)).T),
        case("its own settings, MFCC", 22050, 2560, "librosa-mfcc",
             librosa.feature.mfcc(y=sound(2560) / np.float32(32768), sr=22050).T),
        case("40 bands relative to the greatest", 16000, 1600,
             {"frameLength": 512, "frameStep": 160, "centre": "zeros",
              "mel": {"bands": 40, "low": 0, "scale": "slaney", "norm": "slaney"},
              "log": {"base": "decibel", "floor": 1e-10, "reference": "maximum", "range": 80}},
             librosa.power_to_db(log_mel(16000, 1600, n_fft=512, hop_length=160, n_mels=40), ref=np.max).T),
        case("magnitudes, Hamming, not centred, relative to the greatest", 16000, 1600,
             {**frames, "window": "hamming", "spectrum": "magnitude", "mel": htk,
              "log": {"base": "decibel", "floor": 1e-5, "reference": "maximum", "range": 60}},
             librosa.amplitude_to_db(
                 log_mel(16000, 1600, **ten, htk=True, norm=None, power=1, center=False, window="hamming"),
                 ref=np.max, top_db=60).T),
        case("log10 of the Slaney scale, mirrored", 16000, 1600,
             {**frames, "centre": "reflect", "mel": {**htk, "scale": "slaney", "norm": "slaney"},
              "log": {"base": "log10", "offset": 1e-4}},
             np.log10(log_mel(16000, 1600, **ten, pad_mode="reflect") + 1e-4).T),
    ]


def torchaudio_cases():
    import torch
    import torchaudio

    def wave(samples):
        return torch.from_numpy(sound(samples) / np.float32(32768))

    mel = dict(n_fft=512, win_length=400, hop_length=160, n_mels=40, f_min=20.0)
    settings = {"frameLength": 400, "frameStep": 160, "fftSize": 512, "windowPlace": "middle", "centre": "reflect",
                "mel": {"bands": 40, "low": 20}}
    decibel = torch.nn.Sequential(
        torchaudio.transforms.MelSpectrogram(16000, **mel), torchaudio.transforms.AmplitudeToDB(top_db=80))
    mfcc = torchaudio.transforms.MFCC(16000, n_mfcc=13, log_mels=True, melkwargs={**mel, "center": False})
    emphasised = torchaudio.functional.preemphasis(wave(1600), 0.97)
    return f"{torchaudio.__version__} (torch {torch.__version__})", [
        case("MelSpectrogram, AmplitudeToDB", 16000, 1600,
             {**settings, "log": {"base": "decibel", "floor": 1e-10, "range": 80}}, decibel(wave(1600)).T),
        case("MFCC of natural logarithms, pre-emphasised, not centred", 16000, 1600,
             {**settings, "centre": "none", "preEmphasis": 0.97, "mfcc": {"coefficients": 13}}, mfcc(emphasised).T),
    ]


def tensorflow_cases():
    import tensorflow as tf

    def log_mel(wave, step, bands, low, high):
        spectrum = tf.abs(tf.signal.stft(wave, 480, step, window_fn=tf.signal.hann_window))
        matrix = tf.signal.linear_to_mel_weight_matrix(bands, spectrum.shape[-1], 16000, low, high)
        return tf.math.log(tf.tensordot(spectrum, matrix, 1) + 1e-6)

    wave = tf.cast(sound(16000), tf.float32)
    short = tf.cast(sound(2000), tf.float32) / 32768
    return tf.__version__, [
        case("MLPerf Tiny", 16000, 16000, "mlperf-tiny-kws",
             tf.signal.mfccs_from_log_mel_spectrograms(
                 log_mel(wave / tf.reduce_max(wave), 320, 40, 20.0, 4000.0))[..., :10]),
        case("stft, linear_to_mel_weight_matrix", 16000, 2000,
             {"frameLength": 480, "frameStep": 160, "windowPlace": "start", "spectrum": "magnitude",
              "mel": {"bands": 32, "low": 80, "high": 7600, "triangles": "mel"}},
             log_mel(short, 160, 32, 80.0, 7600.0)),
    ]


version, cases = {"librosa": librosa_cases, "torchaudio": torchaudio_cases, "tensorflow": tensorflow_cases}[sys.argv[1]]()
body = ",\n".join(json.dumps(one) for one in cases)
print(f'{{"library": "{sys.argv[1]}", "version": "{version}", "cases": [\n{body}\n]}}')
