"""The table of networks: how each is built, what it is trained on, and which exporters write it."""

from dataclasses import dataclass
from typing import Any, Callable

import modules
import tasks


@dataclass(frozen=True)
class Network:
    build: Callable[[], Any]
    task: Callable[[str, int], Any]
    """(folder of data, size) -> (inputs, targets): tensors, or tuples of them."""
    size: int
    loss: Callable[[Any, Any], Any]
    inputs: tuple[str, ...]
    exporters: tuple[str, ...]
    steps: int = 60
    rate: float = 2e-3
    opset: int = 18


def vision(name, **settings):
    import timm

    return lambda: timm.create_model(name, num_classes=10, **settings)


def mixer():
    from timm.models.mlp_mixer import MlpMixer

    return MlpMixer(num_classes=10, img_size=64, patch_size=8, num_blocks=4, embed_dim=96)


def image(build, exporters, size=64, **more):
    return Network(build, tasks.cifar, size, tasks.classify, ("image",), exporters, **more)


def sound(build, exporters, **more):
    return Network(build, tasks.sounds, 48, tasks.classify, ("sound",), exporters, **more)


def logits(model):
    """A model of `transformers` as a plain function of tensors."""
    from torch import nn

    class Logits(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask=None):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    return Logits()


def bert():
    from transformers import BertConfig, BertForSequenceClassification

    return logits(BertForSequenceClassification(BertConfig(
        vocab_size=512, hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128,
        max_position_embeddings=64, num_labels=10, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
    )))


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return logits(GPT2LMHeadModel(GPT2Config(
        vocab_size=96, n_positions=32, n_embd=64, n_layer=2, n_head=4, use_cache=False, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
    )))


BOTH = ("dynamo", "torchscript")
NETWORKS = {
    "yolov5": Network(lambda: modules.Yolo(5), tasks.scenes, 64, tasks.detect, ("image",), BOTH),
    "yolov8": Network(lambda: modules.Yolo(8), tasks.scenes, 64, tasks.detect, ("image",), BOTH),
    "unet": Network(lambda: modules.UNet(), tasks.masks, 64, tasks.segment, ("image",), BOTH),
    "vit": image(vision("vit_tiny_patch16_224", img_size=64, patch_size=8, embed_dim=96, depth=4), BOTH),
    "tinyvit": image(vision("tiny_vit_5m_224", embed_dims=(16, 32, 48, 64), depths=(1, 1, 2, 1),
                            num_heads=(1, 2, 3, 4), window_sizes=(4, 4, 4, 2)), BOTH),
    "mobilevit": image(vision("mobilevit_xxs"), BOTH),
    "efficientvit": image(vision("efficientvit_b0"), BOTH),
    "convnext": image(vision("convnext_atto", dims=(16, 32, 64, 96), depths=(1, 1, 2, 1)), BOTH),
    "swin": image(vision("swin_tiny_patch4_window7_224", img_size=64, window_size=4, embed_dim=24,
                         depths=(2, 2, 2), num_heads=(1, 2, 4)), BOTH),
    "mixer": image(mixer, BOTH),
    "edgenext": image(vision("edgenext_xx_small", dims=(16, 24, 48, 64), depths=(1, 2, 2, 2)), BOTH),
    "levit": image(vision("levit_128s", img_size=64, embed_dim=(32, 48, 64), num_heads=(2, 3, 4), depth=(1, 1, 1)), BOTH),
    "mobilenetv3": image(vision("mobilenetv3_small_050"), BOTH),
    "mobilenetv2": image(vision("mobilenetv2_035"), BOTH),
    "conformer": sound(lambda: modules.Conformer(), BOTH),
    "tcn": sound(lambda: modules.Tcn(), BOTH),
    "gru": sound(lambda: modules.GruNet(), BOTH),
    "encoder": sound(lambda: modules.EncoderNet(), BOTH),
    "bert": Network(bert, tasks.words, 32, tasks.classify, ("input_ids", "attention_mask"), BOTH),
    "gpt2": Network(gpt2, tasks.characters, 32, tasks.classify, ("input_ids",), ("dynamo",)),
    "llama": Network(lambda: modules.LlamaBlock(96), tasks.characters, 32, tasks.classify, ("input_ids",),
                     (*BOTH, "dynamo23")),
}
