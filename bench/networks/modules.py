"""Small networks of the classes that people put on devices, as PyTorch modules that no package has in this size."""

import math

import torch
from torch import nn
from torch.nn import functional as F


def conv(c, k, size=1, stride=1, groups=1):
    """Convolution, batch normalisation, SiLU, as YOLO has them."""
    return nn.Sequential(
        nn.Conv2d(c, k, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(k), nn.SiLU()
    )


class Bottleneck(nn.Module):
    def __init__(self, c, shortcut):
        super().__init__()
        self.body = nn.Sequential(conv(c, c, 1), conv(c, c, 3))
        self.shortcut = shortcut

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


class C3(nn.Module):
    """Of YOLOv5: two branches, one through bottlenecks."""

    def __init__(self, c, k, n=1, shortcut=True):
        super().__init__()
        self.a, self.b, self.out = conv(c, k // 2), conv(c, k // 2), conv(k, k)
        self.body = nn.Sequential(*(Bottleneck(k // 2, shortcut) for _ in range(n)))

    def forward(self, x):
        return self.out(torch.cat((self.body(self.a(x)), self.b(x)), 1))


class C2f(nn.Module):
    """Of YOLOv8: all intermediate results side by side."""

    def __init__(self, c, k, n=1, shortcut=True):
        super().__init__()
        self.first, self.out = conv(c, k), conv((2 + n) * (k // 2), k)
        self.body = nn.ModuleList(Bottleneck(k // 2, shortcut) for _ in range(n))

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        for body in self.body:
            parts.append(body(parts[-1]))
        return self.out(torch.cat(parts, 1))


class SPPF(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.first, self.out = conv(c, c // 2), conv(c * 2, c)

    def forward(self, x):
        x = self.first(x)
        a = F.max_pool2d(x, 5, 1, 2)
        b = F.max_pool2d(a, 5, 1, 2)
        return self.out(torch.cat((x, a, b, F.max_pool2d(b, 5, 1, 2)), 1))


class Yolo(nn.Module):
    """Backbone and path aggregation network of YOLOv5 and v8, with their heads: what comes out is decoded."""

    def __init__(self, version, width=8, classes=10, size=64):
        super().__init__()
        block = {5: C3, 8: C2f}[version]
        w1, w2, w3, w4, w5 = width, width * 2, width * 4, width * 8, width * 8
        self.version, self.classes, self.size = version, classes, size
        self.b1 = nn.Sequential(conv(3, w1, 3, 2), conv(w1, w2, 3, 2), block(w2, w2))
        self.b3 = nn.Sequential(conv(w2, w3, 3, 2), block(w3, w3, 2))
        self.b4 = nn.Sequential(conv(w3, w4, 3, 2), block(w4, w4, 2))
        self.b5 = nn.Sequential(conv(w4, w5, 3, 2), block(w5, w5), SPPF(w5))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.n4, self.n3 = block(w5 + w4, w4, 1, False), block(w4 + w3, w3, 1, False)
        self.d3, self.m4 = conv(w3, w3, 3, 2), block(w3 + w4, w4, 1, False)
        self.d4, self.m5 = conv(w4, w4, 3, 2), block(w4 + w5, w5, 1, False)
        self.strides = (8, 16, 32)
        widths = (w3, w4, w5)
        if version == 5:
            self.anchors = ((10, 13, 16, 30, 33, 23), (30, 61, 62, 45, 59, 119), (116, 90, 156, 198, 373, 326))
            self.heads = nn.ModuleList(nn.Conv2d(w, 3 * (5 + classes), 1) for w in widths)
        else:
            self.reg = 8
            self.boxes = nn.ModuleList(nn.Sequential(conv(w, 16, 3), nn.Conv2d(16, 4 * self.reg, 1)) for w in widths)
            self.scores = nn.ModuleList(nn.Sequential(conv(w, 16, 3), nn.Conv2d(16, classes, 1)) for w in widths)
            self.dfl = nn.Conv2d(self.reg, 1, 1, bias=False).requires_grad_(False)
            self.dfl.weight.data[:] = torch.arange(self.reg, dtype=torch.float).view(1, -1, 1, 1)

    def levels(self, x):
        x3 = self.b3(self.b1(x))
        x4 = self.b4(x3)
        x5 = self.b5(x4)
        p4 = self.n4(torch.cat((self.up(x5), x4), 1))
        p3 = self.n3(torch.cat((self.up(p4), x3), 1))
        m4 = self.m4(torch.cat((self.d3(p3), p4), 1))
        m5 = self.m5(torch.cat((self.d4(m4), x5), 1))
        return p3, m4, m5

    @staticmethod
    def grid(h, w):
        y, x = torch.meshgrid(torch.arange(h, dtype=torch.float), torch.arange(w, dtype=torch.float), indexing="ij")
        return x, y

    def forward(self, x):
        return (self.forward5 if self.version == 5 else self.forward8)(self.levels(x))

    def forward5(self, levels):
        out = []
        for feature, head, stride, anchors in zip(levels, self.heads, self.strides, self.anchors):
            p = head(feature)
            n, _, h, w = p.shape
            p = p.view(n, 3, 5 + self.classes, h, w).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
            grid = torch.stack(self.grid(h, w), -1).view(1, 1, h, w, 2)
            size = torch.tensor(anchors, dtype=torch.float).view(1, 3, 1, 1, 2) * (self.size / 640)
            xy, wh, conf = p.split((2, 2, 1 + self.classes), 4)
            xy = (xy * 2 + (grid - 0.5)) * stride
            wh = (wh * 2) ** 2 * size
            out.append(torch.cat((xy, wh, conf), 4).view(n, 3 * h * w, 5 + self.classes))
        return torch.cat(out, 1)

    def forward8(self, levels):
        boxes, scores, centres, strides = [], [], [], []
        for feature, box, score, stride in zip(levels, self.boxes, self.scores, self.strides):
            n, _, h, w = feature.shape
            boxes.append(box(feature).view(n, 4 * self.reg, h * w))
            scores.append(score(feature).view(n, self.classes, h * w))
            gx, gy = self.grid(h, w)
            centres.append(torch.stack((gx + 0.5, gy + 0.5)).view(2, h * w))
            strides.append(torch.full((1, h * w), float(stride)))
        box, centre, stride = torch.cat(boxes, 2), torch.cat(centres, 1).unsqueeze(0), torch.cat(strides, 1)
        n, _, a = box.shape
        distance = self.dfl(box.view(n, 4, self.reg, a).transpose(2, 1).softmax(1)).view(n, 4, a)
        lt, rb = distance.chunk(2, 1)
        low, high = centre - lt, centre + rb
        box = torch.cat(((low + high) / 2, high - low), 1) * stride
        return torch.cat((box, torch.cat(scores, 2).sigmoid()), 1)


class UNet(nn.Module):
    """Two scales down and up, GroupNorm, one ConvTranspose and one bilinear way up."""

    def __init__(self, width=8, classes=2):
        super().__init__()

        def block(c, k):
            return nn.Sequential(
                nn.Conv2d(c, k, 3, padding=1), nn.GroupNorm(4, k), nn.ReLU(),
                nn.Conv2d(k, k, 3, padding=1), nn.GroupNorm(4, k), nn.ReLU(),
            )

        w = width
        self.d1, self.d2, self.d3 = block(3, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.up2 = nn.ConvTranspose2d(4 * w, 2 * w, 2, 2)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.u2, self.u1 = block(4 * w, 2 * w), block(3 * w, w)
        self.out = nn.Conv2d(w, classes, 1)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(F.max_pool2d(a, 2))
        c = self.d3(F.max_pool2d(b, 2))
        b = self.u2(torch.cat((self.up2(c), b), 1))
        return self.out(self.u1(torch.cat((self.up1(b), a), 1)))


class ConformerBlock(nn.Module):
    def __init__(self, d, heads, kernel):
        super().__init__()

        def feed_forward():
            return nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.SiLU(), nn.Linear(4 * d, d))

        self.ff1, self.ff2 = feed_forward(), feed_forward()
        self.norm_a, self.norm_c, self.norm = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention = nn.MultiheadAttention(d, heads, batch_first=True)
        self.convolution = nn.Sequential(
            nn.Conv1d(d, 2 * d, 1), nn.GLU(1), nn.Conv1d(d, d, kernel, padding=kernel // 2, groups=d),
            nn.BatchNorm1d(d), nn.SiLU(), nn.Conv1d(d, d, 1),
        )

    def forward(self, x):
        x = x + 0.5 * self.ff1(x)
        a = self.norm_a(x)
        x = x + self.attention(a, a, a, need_weights=False)[0]
        x = x + self.convolution(self.norm_c(x).transpose(1, 2)).transpose(1, 2)
        return self.norm(x + 0.5 * self.ff2(x))


class Conformer(nn.Module):
    """Keywords of [n, 1, time, features]: two strided convolutions, then Conformer blocks."""

    def __init__(self, features=40, d=48, heads=4, blocks=2, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU())
        self.project = nn.Linear(8 * (features // 4), d)
        self.blocks = nn.Sequential(*(ConformerBlock(d, heads, 7) for _ in range(blocks)))
        self.head = nn.Linear(d, classes)

    def forward(self, x):
        x = self.stem(x)
        n, c, t, f = x.shape
        x = self.project(x.transpose(1, 2).reshape(n, t, c * f))
        return self.head(self.blocks(x).mean(1))


class Tcn(nn.Module):
    """Causal dilated convolutions with weight normalisation, over [n, 1, time, features]."""

    def __init__(self, features=40, width=32, classes=10):
        super().__init__()
        from torch.nn.utils.parametrizations import weight_norm

        self.first = nn.Conv1d(features, width, 1)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv1d(width, width, 3, dilation=d)) for d in (1, 2, 4, 8)
        )
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.first(x.squeeze(1).transpose(1, 2))
        for layer in self.layers:
            x = x + F.gelu(layer(F.pad(x, (2 * layer.dilation[0], 0))))
        return self.head(x[:, :, -1])


class GruNet(nn.Module):
    """Bidirectional GRU over frames, attention pooling."""

    def __init__(self, features=40, width=32, classes=10):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.gru = nn.GRU(features, width, batch_first=True, bidirectional=True)
        self.score, self.head = nn.Linear(2 * width, 1), nn.Linear(2 * width, classes)

    def forward(self, x):
        y, _ = self.gru(self.norm(x.squeeze(1)))
        return self.head((self.score(y).softmax(1) * y).sum(1))


class EncoderNet(nn.Module):
    """`nn.TransformerEncoder` over frames, a learned class token, sinusoidal places."""

    def __init__(self, features=40, d=32, heads=4, layers=2, classes=10, frames=48):
        super().__init__()
        self.project = nn.Linear(features, d)
        self.token = nn.Parameter(torch.randn(1, 1, d) * 0.1)
        layer = nn.TransformerEncoderLayer(d, heads, 2 * d, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(d, classes)
        t, k = torch.arange(frames + 1).unsqueeze(1), torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
        places = torch.zeros(frames + 1, d)
        places[:, 0::2], places[:, 1::2] = torch.sin(t * k), torch.cos(t * k)
        self.register_buffer("places", places)

    def forward(self, x):
        x = self.project(x.squeeze(1))
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), 1) + self.places
        return self.head(self.encoder(x)[:, 0])


class RmsNorm(nn.Module):
    """As `transformers` spells it."""

    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class LlamaBlock(nn.Module):
    """Decoder with RMSNorm, rotary places, grouped queries and SwiGLU; next-character scores."""

    def __init__(self, vocabulary, d=64, heads=4, groups=2, layers=2, length=32):
        super().__init__()
        self.h, self.g, self.k = heads, groups, d // heads
        self.embed = nn.Embedding(vocabulary, d)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "n1": RmsNorm(d), "n2": RmsNorm(d),
                "q": nn.Linear(d, d, bias=False), "kv": nn.Linear(d, 2 * groups * self.k, bias=False),
                "o": nn.Linear(d, d, bias=False), "gate": nn.Linear(d, 2 * d, bias=False),
                "up": nn.Linear(d, 2 * d, bias=False), "down": nn.Linear(2 * d, d, bias=False),
            }) for _ in range(layers)
        )
        self.norm, self.head = RmsNorm(d), nn.Linear(d, vocabulary, bias=False)
        angle = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(0, self.k, 2).float() / self.k))
        self.register_buffer("cos", torch.cat((angle, angle), 1).cos())
        self.register_buffer("sin", torch.cat((angle, angle), 1).sin())

    def turn(self, x):
        a, b = x.chunk(2, -1)
        return x * self.cos + torch.cat((-b, a), -1) * self.sin

    def forward(self, ids):
        x = self.embed(ids)
        n, t, d = x.shape
        for layer in self.layers:
            a = layer["n1"](x)
            q = layer["q"](a).view(n, t, self.h, self.k).transpose(1, 2)
            k, v = layer["kv"](a).view(n, t, 2 * self.g, self.k).transpose(1, 2).chunk(2, 1)
            k, v = (z.repeat_interleave(self.h // self.g, 1) for z in (self.turn(k), v))
            a = F.scaled_dot_product_attention(self.turn(q), k, v, is_causal=True)
            x = x + layer["o"](a.transpose(1, 2).reshape(n, t, d))
            a = layer["n2"](x)
            x = x + layer["down"](F.silu(layer["gate"](a)) * layer["up"](a))
        return self.head(self.norm(x))
