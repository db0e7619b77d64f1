"""Writes Tests/Fixtures/PyTorch: state_dicts of small PyTorch modules as safetensors, each with an input and what the
module makes of it.

    python pytorch.py FOLDER        (PyTorch 2.13, in evaluation mode, seed 1)
"""
import json, struct, sys
import torch
from torch import nn


def save(tensors, path):
    header, data = {}, b""
    for name, tensor in tensors.items():
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        content = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)


class Reader(nn.Module):
    def __init__(self, kind, both=False):
        super().__init__()
        self.words = nn.Embedding(7, 4)
        self.memory = kind(4, 5, num_layers=2, batch_first=True, bidirectional=both)
        self.head = nn.Linear(10 if both else 5, 3)
        self.both = both

    def forward(self, x):
        y = self.memory(self.words(x))[0]
        return self.head(torch.cat([y[:, -1, :5], y[:, 0, 5:]], -1) if self.both else y[:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.TransformerEncoderLayer(8, 2, 16, 0, lambda x: nn.functional.gelu(x, approximate="tanh"),
                                             batch_first=True, norm_first=True) for _ in range(2)]
        self.blocks = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 8)  # square: its shape does not tell that it has to be transposed

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


torch.manual_seed(1)
cnn = nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 4))
for _ in range(3):
    cnn(torch.randn(8, 1, 4, 4) * 2 + 1)  # so that the running statistics are not those of the start
models = {
    "mlp": (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)), torch.randn(5, 3)),
    "cnn": (cnn, torch.randn(2, 1, 4, 4)),
    "lstm": (Reader(nn.LSTM), torch.tensor([[0, 3, 6, 1], [2, 2, 5, 4]])),
    "gru": (Reader(nn.GRU), torch.tensor([[0, 3, 6, 1], [2, 2, 5, 4]])),
    "both": (Reader(nn.LSTM, True), torch.tensor([[0, 3, 6, 1], [2, 2, 5, 4]])),
    "transformer": (Transformer(), torch.randn(2, 5, 8)),
}
for name, (model, x) in models.items():
    model.eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)  # biases of 0 and scales of 1 would prove nothing
    with torch.no_grad():
        y = model(x)
    save(model.state_dict(), f"{sys.argv[1]}/{name}.safetensors")
    save({"input": x, "output": y}, f"{sys.argv[1]}/{name}.example.safetensors")
    print(name, list(model.state_dict()))
