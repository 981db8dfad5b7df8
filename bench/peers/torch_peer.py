"""PyTorch, eager: the workloads as its users would write them."""

import warnings
from array import array

from serve import each, gradient, serve, training

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

RATE, LAMBDA, K = 0.01, 1e-3, 5


def start(threads):
    global torch, F
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    return torch.__version__


def place(data, dtype, shape):
    return torch.frombuffer(data, dtype=getattr(torch, dtype)).reshape(shape)


def to_bytes(x):
    return array("d", torch.as_tensor(x, dtype=torch.float64).detach().flatten().tolist()).tobytes()


def function(f, points):
    """Value and gradient of f; a tensor of the CPU lies in memory that Python can read."""

    def at(x):
        x = x.detach().requires_grad_()
        value = f(x)
        (g,) = torch.autograd.grad(value, x)
        return value.item(), g

    return gradient(at, list(points))


def tape(x):
    def f(x):
        v = x
        for _ in range(250):
            v = torch.sigmoid(v * 0.999 + x)
            v = v * v
        return v

    return function(f, x)


def small_function(X, y, w):
    return function(lambda w: torch.square(X @ w - y).sum(), w)


def sum_of_sigmoids(x):
    return torch.sigmoid(x * x + x).sum()


def elementwise(x):
    return function(sum_of_sigmoids, x)


def elementwise_resident(x):
    return trained(sum_of_sigmoids, {"x": x}, sgd, [()])


def matmul(A, B):
    return each("product", lambda pair: pair[0] @ pair[1], list(zip(A, B)))


def hessian(X, y, w):
    f = torch.func.hessian(lambda w: F.softplus(-(y * (X @ w))).mean())
    return each("hessian", f, list(w))


def sgd(params):
    return torch.optim.SGD(params, lr=RATE)


def adam(params):
    return torch.optim.Adam(params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, fused=True)


def trained(loss, parameters, optimizer, batches):
    def leaves():
        return [p.clone().requires_grad_() for p in parameters.values()]

    def begin():
        params = leaves()
        return params, optimizer(params)

    def step(state, *batch):
        params, rule = state
        rule.zero_grad()
        value = loss(*params, *batch)
        value.backward()
        rule.step()
        return value.detach(), state

    def gradients(*batch):
        params = leaves()
        value = loss(*params, *batch)
        return value, dict(zip(parameters, torch.autograd.grad(value, params)))

    return training(begin, step, gradients, batches)


def linear_step(data_loss):
    def contender(X, labels, oneHot, W, b):
        def loss(W, b, X, labels):
            return data_loss(X @ W + b, labels) + LAMBDA * (W * W).sum()

        return trained(loss, {"W": W, "b": b}, sgd, list(zip(X, labels.long())))

    return contender


def multiclass_hinge(scores, labels):
    correct = scores.gather(1, labels[:, None])
    return (torch.relu(scores - correct + 1).sum(1) - 1).mean()


def mlp_step(X, labels, oneHot, **parameters):
    def loss(W1, b1, W2, b2, W3, b3, X, labels):
        h1 = torch.relu(X @ W1 + b1)
        h2 = torch.relu(h1 @ W2 + b2)
        return F.cross_entropy(h2 @ W3 + b3, labels)

    return trained(loss, parameters, adam, list(zip(X, labels.long())))


def knn(p):
    def contender(points, queries):
        return each("distances", lambda q: torch.cdist(q, points, p=p).topk(K, largest=False).values, list(queries))

    return contender


serve(
    start,
    {
        "tape 1000": tape,
        "small function": small_function,
        "softmax step": linear_step(lambda scores, labels: F.cross_entropy(scores, labels)),
        "svm step": linear_step(multiclass_hinge),
        "mlp step": mlp_step,
        "elementwise 1M": elementwise,
        "elementwise 1M resident": elementwise_resident,
        "matmul 512": matmul,
        "matmul 1024": matmul,
        "hessian 50": hessian,
        "knn l2 images": knn(2),
        "knn l2 random": knn(2),
        "knn l1 images": knn(1),
    },
    place,
    to_bytes,
)
