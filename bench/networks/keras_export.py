"""A Keras network through tf2onnx, trained for a moment: separable convolutions over spoken digits, as tutorials have it.

usage: python keras_export.py --out FOLDER     (packages: tensorflow-cpu, tf2onnx; FOLDER has the sounds.npz of sklearn_export.py)
"""

import argparse
import os

import numpy as np
import tensorflow as tf
import tf2onnx

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
flags = parser.parse_args()
arrays = np.load(os.path.join(flags.out, "sounds.npz"))
sounds, labels = arrays["sounds"].transpose(0, 2, 3, 1), arrays["labels"]
layers = tf.keras.layers
tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential([
    layers.Input((48, 40, 1)),
    layers.Conv2D(16, (8, 4), strides=2, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU(6.0),
    layers.SeparableConv2D(32, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.LeakyReLU(),
    layers.MaxPooling2D(2, padding="same"),
    layers.SeparableConv2D(32, 3, padding="same", activation="swish"),
    layers.GlobalAveragePooling2D(), layers.Dropout(0.2), layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(sounds[256:], labels[256:], epochs=2, verbose=2)
signature = (tf.TensorSpec((1, 48, 40, 1), tf.float32, name="sound"),)
call = tf.function(lambda sound: model(sound, training=False), input_signature=signature)
tf2onnx.convert.from_function(call, signature, opset=15, output_path=os.path.join(flags.out, "keras.tf2onnx.onnx"))
np.savez(os.path.join(flags.out, "keras.calibration.npz"), sound=sounds[256:384])
np.savez(os.path.join(flags.out, "keras.evaluation.npz"), sound=sounds[:64])
