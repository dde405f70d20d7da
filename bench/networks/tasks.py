"""What the networks are trained on for a moment, so that weights and values are like those of real models."""

import glob
import os
import re
import wave

import numpy as np
import torch
from torch.nn import functional as F

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
STD = torch.tensor([0.247, 0.2435, 0.2616]).view(3, 1, 1)


def cifar(data, size, count=-1):
    """The first `count` of CIFAR-10 (-1: all) as (images [n, 3, size, size] of mean 0 and deviation 1, labels [n])."""
    records = np.fromfile(os.path.join(data, "cifar10/train-3805.bin"), np.uint8, -1 if count < 0 else 3073 * count).reshape(-1, 3073)
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32)).float() / 255
    images = F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False)
    return (images - MEAN) / STD, torch.from_numpy(records[:, 0].astype(np.int64))


def scenes(data, size):
    """A CIFAR-10 image somewhere on a blurred other: (images, (labels, boxes [n, 4] as x, y, w, h in pixels))."""
    images, labels = cifar(data, size)
    generator = torch.Generator().manual_seed(7)
    back = F.avg_pool2d(images[torch.randperm(len(images), generator=generator)], 9, 1, 4)
    boxes = torch.empty(len(images), 4)
    for i, image in enumerate(images):
        w, h = (int(v) for v in torch.randint(size // 4, size * 3 // 4, (2,), generator=generator))
        x, y = int(torch.randint(0, size - w, (1,), generator=generator)), int(torch.randint(0, size - h, (1,), generator=generator))
        back[i, :, y : y + h, x : x + w] = F.interpolate(image[None], size=(h, w), mode="bilinear", align_corners=False)[0]
        boxes[i] = torch.tensor([x + w / 2, y + h / 2, w, h])
    return back, (labels, boxes)


def masks(data, size):
    """Which pixels of a scene are of the image that was put there."""
    images, (_, boxes) = scenes(data, size)
    places = torch.arange(size)
    x, y, w, h = (boxes[:, i, None] for i in range(4))
    across, down = (places - x).abs() < w / 2, (places - y).abs() < h / 2
    return images, (down[:, :, None] & across[:, None, :]).long()


def sounds(data, _):
    """Spoken digits as (log-mel [n, 1, 48, 40] of mean 0 and deviation 1, digits [n])."""
    window, fft, mels, frames = 256, 256, 40, 48
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), mels + 2) / 2595) - 1) / 4000 * (fft // 2)
    bins = np.arange(fft // 2 + 1)
    up, down = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(up, down))
    out, labels = [], []
    for path in sorted(glob.glob(os.path.join(data, "audio/fsdd/*.wav"))):
        with wave.open(path) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
        sound = np.pad(sound, (0, max(0, 128 * (frames - 1) + window - len(sound))))
        pieces = np.stack([sound[128 * i : 128 * i + window] for i in range(frames)]) * np.hanning(window)
        out.append(np.log(np.abs(np.fft.rfft(pieces, fft)) ** 2 @ bank.T + 1e-4))
        labels.append(int(os.path.basename(path)[0]))
    out = torch.tensor(np.stack(out), dtype=torch.float)[:, None]
    order = torch.randperm(len(out), generator=torch.Generator().manual_seed(7))
    return ((out - out.mean()) / out.std())[order], torch.tensor(labels)[order]


def texts():
    folder = os.path.join(os.path.dirname(__file__), "../../docs")
    return [open(path, encoding="utf-8").read() for path in sorted(glob.glob(os.path.join(folder, "*.md")))]


def characters(_, length):
    """Pieces of this repository's pages: (characters [n, length], the next ones [n, length]); 96 kinds."""
    text = torch.tensor([min(max(ord(c) - 32, 0), 95) for c in "\n".join(texts())])
    starts = torch.randint(0, len(text) - length - 1, (4000,), generator=torch.Generator().manual_seed(7))
    pieces = torch.stack([text[s : s + length + 1] for s in starts])
    return pieces[:, :-1], pieces[:, 1:]


def words(_, length):
    """Sentences of different lengths: ((words [n, length], which are there [n, length]), which page [n]); 512 words."""
    pages = [re.findall(r"\w+|[^\w\s]", text.lower()) for text in texts()][:10]
    counts = {}
    for word in (w for page in pages for w in page):
        counts[word] = counts.get(word, 0) + 1
    number = {word: i + 2 for i, word in enumerate(sorted(counts, key=lambda w: (-counts[w], w))[:510])}
    generator = np.random.default_rng(7)
    ids, there, labels = np.zeros((4000, length), np.int64), np.zeros((4000, length), np.int64), []
    for i in range(4000):
        label, n = i % len(pages), int(generator.integers(length // 4, length + 1))
        start = int(generator.integers(0, len(pages[label]) - n))
        ids[i, :n] = [number.get(w, 1) for w in pages[label][start : start + n]]
        there[i, :n] = 1
        labels.append(label)
    return (torch.from_numpy(ids), torch.from_numpy(there)), torch.tensor(labels)


def classify(output, label):
    return F.cross_entropy(output.flatten(0, -2), label.flatten())


def segment(output, label):
    return F.cross_entropy(output, label)


def detect(output, target):
    """The cell at the middle of the box says its class and place, the others that there is none."""
    labels, boxes = target
    if output.shape[1] == 14:  # v8: [n, 4 + classes, cells]
        place, score = output[:, :4].transpose(1, 2), output[:, 4:].transpose(1, 2)
    else:  # v5: [n, cells, 5 + classes]
        place, score = output[:, :, :4], output[:, :, 5:] * output[:, :, 4:5]
    distance = (place - boxes[:, None]).abs().sum(2)
    best = distance.argmin(1)
    rows = torch.arange(len(best))
    wanted = torch.zeros_like(score)
    wanted[rows, best, labels] = 1
    bce = F.binary_cross_entropy(score.clamp(1e-5, 1 - 1e-5), wanted, reduction="sum") / len(best)
    return 0.1 * distance[rows, best].mean() + bce
