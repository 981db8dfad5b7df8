"""PyTorch, eager: the workloads as its users would write them."""

import warnings
from array import array

from serve import serve

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

RATE, LAMBDA = 0.01, 1e-3
ADAM_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def start(threads):
    global torch, F
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    return torch.__version__


def place(data, dtype, shape):
    return torch.frombuffer(data, dtype=getattr(torch, dtype)).reshape(shape)


def to_bytes(x):
    return array("d", x.detach().flatten().tolist()).tobytes()


def value_and_grad(f, *params):
    params = [p.detach().requires_grad_() for p in params]
    value = f(*params)
    return value.detach(), torch.autograd.grad(value, params)


def function(f, x):
    """The contender that computes value and gradient of f at x."""

    def result():
        value, (gradient,) = value_and_grad(f, x)
        return {"value": value, "gradient": gradient}

    return {"call": lambda: value_and_grad(f, x)[0].item(), "result": result}


def tape(x):
    def f(x):
        v = x
        for _ in range(250):
            v = torch.sigmoid(v * 0.999 + x)
            v = v * v
        return v

    return function(f, x)


def small_function(X, y, w):
    def f(w):
        return torch.square(X @ w - y).sum()

    return function(f, w)


def elementwise(x):
    return function(lambda x: torch.sigmoid(x * x + x).sum(), x)


def matmul(A, B):
    return {"call": lambda: A @ B, "result": lambda: {"product": A @ B}}


def hessian(X, y, w):
    f = torch.func.hessian(lambda w: F.softplus(-(y * (X @ w))).mean())
    return {"call": lambda: f(w), "result": lambda: {"hessian": f(w)}}


def training(loss, params, names, update, state):
    """The contender that trains: update(params, grads, state) -> (params, state)."""

    def step(params, state):
        value, grads = value_and_grad(loss, *params)
        with torch.no_grad():
            return (value, *update(params, grads, state))

    now = {}

    def reset():
        now["params"], now["state"] = params, state

    def call():
        value, now["params"], now["state"] = step(now["params"], now["state"])
        value.item()

    def result():
        value, grads = value_and_grad(loss, *params)
        p, s = params, state
        for _ in range(2):
            _, p, s = step(p, s)
        return {"loss": value, **dict(zip(names, grads)), "loss after 2 updates": step(p, s)[0]}

    return {"call": call, "reset": reset, "result": result}


def linear_step(data_loss):
    def contender(X, labels, oneHot, W, b):
        labels = labels.long()

        def loss(W, b):
            return data_loss(X @ W + b, labels) + LAMBDA * (W * W).sum()

        def sgd(params, grads, state):
            return [p - RATE * g for p, g in zip(params, grads)], state

        return training(loss, [W, b], ["gW", "gb"], sgd, None)

    return contender


def multiclass_hinge(scores, labels):
    correct = scores.gather(1, labels[:, None])
    return (torch.relu(scores - correct + 1).sum(1) - 1).mean()


def mlp_step(X, labels, oneHot, **params):
    labels = labels.long()

    def loss(W1, b1, W2, b2, W3, b3):
        h1 = torch.relu(X @ W1 + b1)
        h2 = torch.relu(h1 @ W2 + b2)
        return F.cross_entropy(h2 @ W3 + b3, labels)

    def adam(params, grads, state):
        ms, vs, t = state
        t += 1
        c1, c2 = 1 / (1 - BETA1**t), 1 / (1 - BETA2**t)
        ms = [BETA1 * m + (1 - BETA1) * g for m, g in zip(ms, grads)]
        vs = [BETA2 * v + (1 - BETA2) * (g * g) for v, g in zip(vs, grads)]
        params = [p - (ADAM_RATE * c1) * m / ((c2 * v).sqrt() + EPSILON) for p, m, v in zip(params, ms, vs)]
        return params, (ms, vs, t)

    zeros = [torch.zeros_like(p) for p in params.values()]
    return training(loss, list(params.values()), [f"g{name}" for name in params], adam, (zeros, zeros, 0))


serve(
    start,
    {
        "tape 1000": tape,
        "small function": small_function,
        "softmax step": linear_step(lambda scores, labels: F.cross_entropy(scores, labels)),
        "svm step": linear_step(multiclass_hinge),
        "mlp step": mlp_step,
        "elementwise 1M": elementwise,
        "matmul 512": matmul,
        "hessian 50": hessian,
    },
    place,
    to_bytes,
)
