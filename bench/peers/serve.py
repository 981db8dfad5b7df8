"""Answers the benchmark's requests, one line of JSON each: start, prepare, result, time. See python.ts."""

import base64
import itertools
import json
import os
import sys
import time


def serve(start, workloads, place, to_bytes):
    """start(threads) -> version; workloads: name -> f(**inputs) -> contender; place(bytes, dtype, shape) -> array;
    to_bytes(array) -> the bytes of its elements as float64.

    A contender is a dict: call(), which completes its work before it returns; result() -> {name: array or list of arrays}, which
    leaves the timed state alone; and optionally reset(), back to the initial state.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints goes to stderr
    contender = None

    def start_on(threads):
        # some libraries take all the cores that they may use
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        return {"version": start(threads)}

    def prepare(workload, inputs):
        nonlocal contender
        contender = None
        if workload not in workloads:
            return {"absent": True}
        arrays = {
            name: place(bytearray(base64.b64decode(x["base64"])), x["dtype"], x["shape"])
            for name, x in inputs.items()
        }
        contender = workloads[workload](**arrays)
        return {"prepared": True}

    def encoded(value):
        parts = value if isinstance(value, (list, tuple)) else [value]
        return base64.b64encode(b"".join(map(to_bytes, parts))).decode()

    def result():
        return {"result": {k: encoded(v) for k, v in contender["result"]().items()}}

    def time_calls(ms):
        contender.get("reset", lambda: None)()
        call = contender["call"]
        calls = 0
        begin = time.perf_counter()
        while True:
            call()
            calls += 1
            elapsed = 1e3 * (time.perf_counter() - begin)
            if elapsed >= ms:
                return {"ms": elapsed / calls}

    requests = {"start": start_on, "prepare": prepare, "result": result, "time": time_calls}
    for line in sys.stdin:
        try:
            ((kind, arguments),) = json.loads(line).items()
            answer = requests[kind](**arguments)
        except ImportError as error:
            answer = {"missing": str(error)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def each(name, f, inputs):
    """The contender that computes f of one of the inputs after the other."""
    next_input = itertools.cycle(inputs)
    return {"call": lambda: f(next(next_input)), "result": lambda: {name: [f(x) for x in inputs]}}


def gradient(f, points):
    """The contender that computes f(x) -> (value, gradient) at one of the points after the other."""
    next_point = itertools.cycle(points)

    def result():
        values, gradients = zip(*map(f, points))
        return {"value": values, "gradient": gradients}

    return {"call": lambda: f(next(next_point)), "result": result}


def training(start, step, gradients, batches):
    """The contender that trains: start() -> state; step(state, *batch) -> (loss, state), which may use the state up;
    gradients(*batch) -> (loss, {name: gradient}) of the initial parameters."""
    now = {}

    def reset():
        now["state"], now["batches"] = start(), itertools.cycle(batches)

    def call():
        loss, now["state"] = step(now["state"], *next(now["batches"]))
        return float(loss)

    def result():
        loss, grads = gradients(*batches[0])
        state, own = start(), itertools.cycle(batches)
        for _ in range(3):
            later, state = step(state, *next(own))
        return {"loss": loss, **{f"g{k}": g for k, g in grads.items()}, "loss after 2 updates": later}

    return {"call": call, "reset": reset, "result": result}
