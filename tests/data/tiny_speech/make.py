"""Makes model.onnx and tokens.txt: the smallest thing that sherpa-onnx takes for a SenseVoice model.

    pip install onnx numpy && cd tests/data/tiny_speech && python make.py

It understands nothing: the louder a moment, the later a word of 长江路灯坏. What is tried with it is the way of a
voice through the library, not how well anything is understood.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FEATURES = 560
TOKENS = ["<blank>", *"长江路灯坏", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>"]
LOUDNESS = np.array([-10, 7, 10, 13, 16, 19, -90, -90, -90, -90], np.float32)

# The nearest loudness wins: of -(x - c)² all but x² is linear.
weights = np.full((FEATURES, len(TOKENS)), 1 / FEATURES, np.float32) * 2 * LOUDNESS
# A SenseVoice model says language, mood, kind and form before the words.
head = (np.eye(len(TOKENS), dtype=np.float32)[6:] * 50)[None]
constants = [
    numpy_helper.from_array(weights, "W"),
    numpy_helper.from_array(-(LOUDNESS**2), "B"),
    numpy_helper.from_array(head, "H"),
]
nodes = [
    helper.make_node("MatMul", ["x", "W"], ["scaled"]),
    helper.make_node("Add", ["scaled", "B"], ["words"]),
    helper.make_node("Concat", ["H", "words"], ["logits"], axis=1),
    *(helper.make_node("Identity", [name], [f"{name}_"]) for name in ("x_length", "language", "text_norm")),
]
inputs = [
    helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "T", FEATURES]),
    *(
        helper.make_tensor_value_info(name, TensorProto.INT32, [1])
        for name in ("x_length", "language", "text_norm")
    ),
]
outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "U", len(TOKENS)])]
model = helper.make_model(
    helper.make_graph(nodes, "tiny", inputs, outputs, constants),
    opset_imports=[helper.make_opsetid("", 13)],
    ir_version=8,
)
about = {
    "vocab_size": len(TOKENS), "blank_id": 0, "lfr_window_size": 7, "lfr_window_shift": 6, "normalize_samples": 0,
    "with_itn": 14, "without_itn": 15, "lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_yue": 7, "lang_ja": 11,
    "lang_ko": 12, "lang_nospeech": 13, "neg_mean": ",".join(["0"] * FEATURES),
    "inv_stddev": ",".join(["1"] * FEATURES), "model_type": "sense_voice_ctc", "version": "1", "comment": "tiny",
}  # fmt: skip
helper.set_model_props(model, {name: str(value) for name, value in about.items()})
onnx.save(model, "model.onnx")
with open("tokens.txt", "w", encoding="utf-8") as file:
    file.writelines(f"{token} {number}\n" for number, token in enumerate(TOKENS))
