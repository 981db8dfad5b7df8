"""JAX, jitted, on the CPU: the workloads as its users would write them."""

import os

from serve import each, gradient, serve, training

RATE, LAMBDA, K = 0.01, 1e-3, 5
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


def function(f, points):
    """Value and gradient of f; on the CPU NumPy reads the result where it lies."""
    g = jax.jit(jax.value_and_grad(f))

    def at(x):
        value, gradient_ = g(x)
        return float(value), np.asarray(gradient_)

    return gradient(at, list(points))


def applied(name, f, *inputs):
    """The contender that applies f, jitted, to one input after the other."""
    f = jax.jit(f)
    return each(name, lambda x: np.asarray(f(*x)), list(zip(*inputs)))


def tape(x):
    def f(x):
        v = x
        for _ in range(250):
            v = jax.nn.sigmoid(v * 0.999 + x)
            v = v * v
        return v

    return function(f, x)


def small_function(X, y, w):
    return function(lambda w: jnp.square(X @ w - y).sum(), w)


def sum_of_sigmoids(x):
    return jax.nn.sigmoid(x * x + x).sum()


def elementwise(x):
    return function(sum_of_sigmoids, x)


def elementwise_resident(x):
    return trained(lambda p: sum_of_sigmoids(p["x"]), {"x": x}, None, sgd, [()])


def matmul(A, B):
    return applied("product", jnp.matmul, A, B)


def hessian(X, y, w):
    return applied("hessian", jax.hessian(lambda w: jax.nn.softplus(-(y * (X @ w))).mean()), w)


def trained(loss, parameters, state, update, batches):
    """update(params, grads, state) -> (params, state); a step may write where its parameters and state lie."""
    first = jax.jit(jax.value_and_grad(loss))

    def begin():
        return jax.tree.map(jnp.copy, (parameters, state))

    def one(params_and_state, *batch):
        params, state = params_and_state
        value, grads = jax.value_and_grad(loss)(params, *batch)
        return value, update(params, grads, state)

    def step(state, *batch):
        return jax.block_until_ready(compiled(state, *batch))

    compiled = jax.jit(one, donate_argnums=0)
    return training(begin, step, lambda *batch: first(parameters, *batch), batches)


def sgd(params, grads, state):
    return jax.tree.map(lambda p, g: p - RATE * g, params, grads), state


def adam_start(params):
    zeros = jax.tree.map(jnp.zeros_like, params)
    return zeros, zeros, jnp.zeros((), jnp.int32)


def adam(params, grads, state):
    ms, vs, t = state
    tree = jax.tree.map
    t = t + 1
    c1, c2 = ((1 / (1 - beta ** t.astype(jnp.float64))).astype(jnp.float32) for beta in (BETA1, BETA2))
    ms = tree(lambda m, g: BETA1 * m + (1 - BETA1) * g, ms, grads)
    vs = tree(lambda v, g: BETA2 * v + (1 - BETA2) * (g * g), vs, grads)
    params = tree(lambda p, m, v: p - (ADAM_RATE * c1) * m / (jnp.sqrt(c2 * v) + EPSILON), params, ms, vs)
    return params, (ms, vs, t)


def linear_step(data_loss):
    def contender(X, labels, oneHot, W, b):
        def loss(p, X, labels):
            return data_loss(X @ p["W"] + p["b"], labels) + LAMBDA * (p["W"] * p["W"]).sum()

        return trained(loss, {"W": W, "b": b}, None, sgd, list(zip(X, labels)))

    return contender


def cross_entropy(scores, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], 1).mean()


def multiclass_hinge(scores, labels):
    correct = jnp.take_along_axis(scores, labels[:, None], 1)
    return (jax.nn.relu(scores - correct + 1).sum(1) - 1).mean()


def mlp_step(X, labels, oneHot, **parameters):
    def loss(p, X, labels):
        h1 = jax.nn.relu(X @ p["W1"] + p["b1"])
        h2 = jax.nn.relu(h1 @ p["W2"] + p["b2"])
        return cross_entropy(h2 @ p["W3"] + p["b3"], labels)

    return trained(loss, parameters, adam_start(parameters), adam, list(zip(X, labels)))


def l2(Q, P):
    squares = (Q * Q).sum(1, keepdims=True) + (P * P).sum(1) - 2 * (Q @ P.T)
    return jnp.sqrt(jnp.maximum(-jax.lax.top_k(-squares, K)[0], 0))


def l1(Q, P):
    """One query at a time, so that memory stays bounded."""
    return jax.lax.map(lambda q: -jax.lax.top_k(-jnp.abs(P - q).sum(1), K)[0], Q)


def knn(nearest):
    def contender(points, queries):
        f = jax.jit(nearest)
        return each("distances", lambda q: np.asarray(f(q, points)), list(queries))

    return contender


serve(
    start,
    {
        "tape 1000": tape,
        "small function": small_function,
        "softmax step": linear_step(cross_entropy),
        "svm step": linear_step(multiclass_hinge),
        "mlp step": mlp_step,
        "elementwise 1M": elementwise,
        "elementwise 1M resident": elementwise_resident,
        "matmul 512": matmul,
        "matmul 1024": matmul,
        "hessian 50": hessian,
        "knn l2 images": knn(l2),
        "knn l2 random": knn(l2),
        "knn l1 images": knn(l1),
    },
    place,
    to_bytes,
)
