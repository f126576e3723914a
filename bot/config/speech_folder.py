"""The folder of a speech model: `model.int8.onnx` or `model.onnx`, and `tokens.txt`, as they are unpacked."""

from pathlib import Path

_MODELS = ("model.int8.onnx", "model.onnx")
TOKENS = "tokens.txt"


def find_model(folder: Path) -> tuple[Path, Path]:
    """The model and its tokens. Raises FileNotFoundError."""
    model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
    if model is None or not (folder / TOKENS).is_file():
        raise FileNotFoundError(folder)
    return model, folder / TOKENS
