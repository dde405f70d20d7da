"""A scikit-learn classifier through skl2onnx: scaled log-mel values into an MLP. Keeps the sounds as `sounds.npz` for keras_export.py.

usage: python sklearn_export.py --data ../../../shared/data --out FOLDER
"""

import argparse
import os

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tasks

parser = argparse.ArgumentParser()
parser.add_argument("--data", default=os.path.join(os.path.dirname(__file__), "../../../shared/data"))
parser.add_argument("--out", required=True)
flags = parser.parse_args()
sounds, labels = (tensor.numpy() for tensor in tasks.sounds(flags.data, 48))
np.savez(os.path.join(flags.out, "sounds.npz"), sounds=sounds, labels=labels)
# Four times as coarse along both axes.
rows = sounds.reshape(-1, 12, 4, 10, 4).mean((2, 4)).reshape(-1, 120)
model = make_pipeline(StandardScaler(), MLPClassifier((64, 32), max_iter=30, random_state=1))
model.fit(rows[256:], labels[256:])
print("accuracy", model.score(rows[:256], labels[:256]))
# Without the label, which is the place of the largest probability.
onnx = select_model_inputs_outputs(to_onnx(model, rows[:1], options={"zipmap": False}, target_opset=17), "probabilities")
path = os.path.join(flags.out, "mlp.skl2onnx.onnx")
with open(path, "wb") as file:
    file.write(onnx.SerializeToString())
np.savez(os.path.join(flags.out, "mlp.calibration.npz"), X=rows[256:384])
np.savez(os.path.join(flags.out, "mlp.evaluation.npz"), X=rows[:64])
