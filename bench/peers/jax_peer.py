"""JAX, jitted, on the CPU: the workloads as its users would write them."""

import os

from serve import serve

RATE, LAMBDA = 0.01, 1e-3
ADAM_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def start(threads):
    os.environ.setdefault("JAX_PLATFORMS", "cpu")  # XLA takes the cores that the process may use
    global jax, jnp, np
    import jax
    import jax.numpy as jnp
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    return jax.__version__


def place(data, dtype, shape):
    return jnp.asarray(np.frombuffer(data, dtype=dtype).reshape(shape))


def to_bytes(x):
    return np.asarray(x, dtype=np.float64).tobytes()


def function(f, x):
    """The contender that computes value and gradient of f at x."""
    g = jax.jit(jax.value_and_grad(f))

    def result():
        value, gradient = g(x)
        return {"value": value, "gradient": gradient}

    return {"call": lambda: jax.block_until_ready(g(x)), "result": result}


def tape(x):
    def f(x):
        v = x
        for _ in range(250):
            v = jax.nn.sigmoid(v * 0.999 + x)
            v = v * v
        return v

    return function(f, x)


def small_function(X, y, w):
    def f(w):
        return jnp.square(X @ w - y).sum()

    return function(f, w)


def elementwise(x):
    return function(lambda x: jax.nn.sigmoid(x * x + x).sum(), x)


def matmul(A, B):
    f = jax.jit(jnp.matmul)
    return {"call": lambda: f(A, B).block_until_ready(), "result": lambda: {"product": f(A, B)}}


def hessian(X, y, w):
    f = jax.jit(jax.hessian(lambda w: jax.nn.softplus(-(y * (X @ w))).mean()))
    return {"call": lambda: f(w).block_until_ready(), "result": lambda: {"hessian": f(w)}}


def training(loss, params, update, state, numbers):
    """The contender that trains: update(params, grads, state, *numbers(t)) -> (params, state), t = 1, 2, …"""
    loss_and_grads = jax.jit(jax.value_and_grad(loss))

    @jax.jit
    def step(params, state, *numbers):
        value, grads = jax.value_and_grad(loss)(params)
        return (value, *update(params, grads, state, *numbers))

    now = {}

    def reset():
        now["params"], now["state"], now["t"] = params, state, 0

    def call():
        now["t"] += 1
        value, now["params"], now["state"] = step(now["params"], now["state"], *numbers(now["t"]))
        jax.block_until_ready(now["params"])
        float(value)

    def result():
        value, grads = loss_and_grads(params)
        p, s = params, state
        for t in (1, 2):
            _, p, s = step(p, s, *numbers(t))
        later, _, _ = step(p, s, *numbers(3))
        return {"loss": value, **{f"g{k}": g for k, g in grads.items()}, "loss after 2 updates": later}

    return {"call": call, "reset": reset, "result": result}


def linear_step(data_loss):
    def contender(X, labels, oneHot, W, b):
        def loss(p):
            return data_loss(X @ p["W"] + p["b"], labels) + LAMBDA * (p["W"] * p["W"]).sum()

        def sgd(params, grads, state):
            return jax.tree.map(lambda p, g: p - RATE * g, params, grads), state

        return training(loss, {"W": W, "b": b}, sgd, None, lambda t: ())

    return contender


def cross_entropy(scores, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], 1).mean()


def multiclass_hinge(scores, labels):
    correct = jnp.take_along_axis(scores, labels[:, None], 1)
    return (jax.nn.relu(scores - correct + 1).sum(1) - 1).mean()


def mlp_step(X, labels, oneHot, **params):
    def loss(p):
        h1 = jax.nn.relu(X @ p["W1"] + p["b1"])
        h2 = jax.nn.relu(h1 @ p["W2"] + p["b2"])
        return cross_entropy(h2 @ p["W3"] + p["b3"], labels)

    def adam(params, grads, state, c1, c2):
        ms, vs = state
        tree = jax.tree.map
        ms = tree(lambda m, g: BETA1 * m + (1 - BETA1) * g, ms, grads)
        vs = tree(lambda v, g: BETA2 * v + (1 - BETA2) * (g * g), vs, grads)
        params = tree(lambda p, m, v: p - (ADAM_RATE * c1) * m / (jnp.sqrt(c2 * v) + EPSILON), params, ms, vs)
        return params, (ms, vs)

    zeros = {k: jnp.zeros_like(p) for k, p in params.items()}
    return training(loss, params, adam, (zeros, zeros), lambda t: (1 / (1 - BETA1**t), 1 / (1 - BETA2**t)))


serve(
    start,
    {
        "tape 1000": tape,
        "small function": small_function,
        "softmax step": linear_step(cross_entropy),
        "svm step": linear_step(multiclass_hinge),
        "mlp step": mlp_step,
        "elementwise 1M": elementwise,
        "matmul 512": matmul,
        "hessian 50": hessian,
    },
    place,
    to_bytes,
)
