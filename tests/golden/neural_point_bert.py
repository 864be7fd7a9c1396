"""Point-BERT as ULIP-2 has it (Xue et al. 2023; Yu et al. 2022), for make_neural_goldens.py: 10,000
points, 512 groups of 32 by farthest points and nearest neighbours, a small PointNet of each group, a
transformer over the groups with a class token, the class token and the maximum of the rest side by side,
and a projection into the space of images and texts. Widths are a fraction of the published ones (128,
256, 512, 256, 384; 18 blocks of 6 heads; 512), everything else is as published. The first centre is the
first point, as in the published kernel; batch norms are in inference mode.

The golden is not of this code: it is of the NumPy restatement at the end, in double.
"""

import numpy as np
import torch

from neural_cloud import POINTS, cloud

GROUPS, SIZE = 512, 32
C1, C2, C3, ENCODED, WIDTH, HEADS, DEPTH, OUT = 8, 12, 16, 16, 16, 2, 2, 24


@torch.jit.script
def farthest(xyz: torch.Tensor, n: int) -> torch.Tensor:
    """Positions of n points, each the farthest from those before it: batch x n."""
    batch = torch.arange(xyz.shape[0])
    at = torch.zeros(xyz.shape[0], dtype=torch.int64)
    near = torch.full((xyz.shape[0], xyz.shape[1]), 1e10)
    found = at.unsqueeze(1)
    for _ in range(n - 1):
        d = ((xyz - xyz[batch, at].unsqueeze(1)) ** 2).sum(-1)
        near = torch.minimum(near, d)
        at = near.argmax(-1)
        found = torch.cat((found, at.unsqueeze(1)), 1)
    return found


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
        self.qkv = torch.nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.proj = torch.nn.Linear(WIDTH, WIDTH)
        self.fc1, self.fc2 = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, n = x.shape[0], GROUPS + 1
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5).softmax(-1)
        x = x + self.proj((a @ v).transpose(1, 2).reshape(b, n, WIDTH))
        return x + self.fc2(torch.nn.functional.gelu(self.fc1(self.norm2(x))))


class PointBert(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        nn = torch.nn
        self.first = nn.Sequential(nn.Conv1d(channels, C1, 1), nn.BatchNorm1d(C1), nn.ReLU(),
                                   nn.Conv1d(C1, C2, 1))
        self.second = nn.Sequential(nn.Conv1d(2 * C2, C3, 1), nn.BatchNorm1d(C3), nn.ReLU(),
                                    nn.Conv1d(C3, ENCODED, 1))
        self.reduce = nn.Linear(ENCODED, WIDTH)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.cls_pos = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos = nn.Sequential(nn.Linear(3, 24), nn.GELU(), nn.Linear(24, WIDTH))
        self.blocks = nn.ModuleList([Block() for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(WIDTH)
        self.projection = nn.Parameter(torch.zeros(2 * WIDTH, OUT))

    def forward(self, points):
        b, channels = points.shape[0], points.shape[2]
        xyz = points[:, :, :3]
        rows = torch.arange(b).unsqueeze(1)
        centres = xyz[rows, farthest(xyz, GROUPS)]
        d = ((centres.unsqueeze(2) - xyz.unsqueeze(1)) ** 2).sum(-1)
        near = d.topk(SIZE, largest=False).indices
        group = points[rows.unsqueeze(2), near]
        group = torch.cat((group[..., :3] - centres.unsqueeze(2), group[..., 3:]), -1)
        f = self.first(group.reshape(b * GROUPS, SIZE, channels).transpose(1, 2))
        f = torch.cat((f.max(2, keepdim=True)[0].expand(-1, -1, SIZE), f), 1)
        f = self.second(f).max(2)[0].reshape(b, GROUPS, ENCODED)
        x = torch.cat((self.cls_token.expand(b, -1, -1), self.reduce(f)), 1)
        pos = torch.cat((self.cls_pos.expand(b, -1, -1), self.pos(centres)), 1)
        for block in self.blocks:
            x = block(x + pos)
        x = self.norm(x)
        return (torch.cat((x[:, 0], x[:, 1:].max(1)[0]), -1) @ self.projection,)


def fed(points, colours):
    """The published preparation: mean to the origin, the farthest at 1; colours from 0 to 1, of a cloud
    that has none 0.4 each."""
    x = np.array([p[:3] for p in points], dtype=np.float32).astype(np.float64)
    x -= x.mean(0)
    x /= np.sqrt((x ** 2).sum(1)).max()
    if colours is None:
        return x
    c = np.array([p[3:] for p in points], dtype=np.float64) / 255 if colours else np.full_like(x, 0.4)
    return np.concatenate([x, c], 1)


# --- the restatement

def erf_gelu(x):
    import math
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))


def norm(x, w, b):
    m = x.mean(-1, keepdims=True)
    return (x - m) / np.sqrt(((x - m) ** 2).mean(-1, keepdims=True) + 1e-5) * w + b


def restate(points, p):
    xyz = points[:, :3]
    index, near = [0], np.full(len(xyz), np.inf)
    for _ in range(GROUPS - 1):
        near = np.minimum(near, ((xyz - xyz[index[-1]]) ** 2).sum(1))
        index.append(int(near.argmax()))
    centres, tokens = xyz[index], []

    def batch_norm(x, at):
        scale = p[at + ".weight"] / np.sqrt(p[at + ".running_var"] + 1e-5)
        return (x - p[at + ".running_mean"]) * scale + p[at + ".bias"]

    for c in centres:
        pick = np.argsort(((xyz - c) ** 2).sum(1), kind="stable")[:SIZE]
        g = points[pick].copy()
        g[:, :3] -= c
        f = batch_norm(g @ p["first.0.weight"][:, :, 0].T + p["first.0.bias"], "first.1")
        f = np.maximum(f, 0) @ p["first.3.weight"][:, :, 0].T + p["first.3.bias"]
        f = np.concatenate([np.repeat(f.max(0, keepdims=True), SIZE, 0), f], 1)
        f = batch_norm(f @ p["second.0.weight"][:, :, 0].T + p["second.0.bias"], "second.1")
        f = np.maximum(f, 0) @ p["second.3.weight"][:, :, 0].T + p["second.3.bias"]
        tokens.append(f.max(0))
    x = np.array(tokens) @ p["reduce.weight"].T + p["reduce.bias"]
    x = np.concatenate([p["cls_token"][0], x])
    pos = erf_gelu(centres @ p["pos.0.weight"].T + p["pos.0.bias"]) @ p["pos.2.weight"].T + p["pos.2.bias"]
    pos = np.concatenate([p["cls_pos"][0], pos])
    for i in range(DEPTH):
        b = "blocks.%d." % i
        x = x + pos
        y = norm(x, p[b + "norm1.weight"], p[b + "norm1.bias"]) @ p[b + "qkv.weight"].T
        y = y.reshape(len(x), 3, HEADS, -1)
        heads = []
        for h in range(HEADS):
            s = y[:, 0, h] @ y[:, 1, h].T / np.sqrt(WIDTH // HEADS)
            s = np.exp(s - s.max(1, keepdims=True))
            heads.append(s / s.sum(1, keepdims=True) @ y[:, 2, h])
        x = x + np.concatenate(heads, 1) @ p[b + "proj.weight"].T + p[b + "proj.bias"]
        y = norm(x, p[b + "norm2.weight"], p[b + "norm2.bias"]) @ p[b + "fc1.weight"].T + p[b + "fc1.bias"]
        x = x + erf_gelu(y) @ p[b + "fc2.weight"].T + p[b + "fc2.bias"]
    x = norm(x, p["norm.weight"], p["norm.bias"])
    return np.concatenate([x[0], x[1:].max(0)]) @ p["projection"]


def make(folder, seed_weights, export, save, run):
    points = cloud()
    for name, channels, seed in (("ulip2_xyz", 3, 400), ("ulip2_xyzrgb", 6, 401)):
        model = seed_weights(PointBert(channels), seed)
        rng = np.random.Generator(np.random.PCG64(seed + 1000))
        for n, b in sorted(model.named_buffers()):
            if n.endswith("running_mean"):
                b.copy_(torch.from_numpy(0.1 * rng.standard_normal(tuple(b.shape))))
            elif n.endswith("running_var"):
                b.copy_(torch.from_numpy(1 + 0.2 * rng.random(tuple(b.shape))))
        export(name, model, torch.rand(1, POINTS, channels), ["points"], ["point_embeds"],
               {"points": {0: "batch", 1: "points"}, "point_embeds": {0: "batch"}})
        weights = {n: t.detach().numpy().astype(np.float64) for n, t in model.state_dict().items()}
        for kind, colours in (("xyz", None),) if channels == 3 else (("rgb", True), ("grey", False)):
            x = fed(points, colours)
            want = restate(x, weights)
            got = run(model, torch.from_numpy(x.astype(np.float32)[None]))[0][0]
            assert np.abs(got - want).max() < 2e-5 * max(1, np.abs(want).max()), np.abs(got - want).max()
            save("%s.%s" % (name, kind), want)

