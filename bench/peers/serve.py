"""Answers the benchmark's requests, one line of JSON each: start, prepare, result, time. See python.ts."""

import base64
import json
import os
import sys
import time


def serve(start, workloads, place, to_bytes):
    """start(threads) -> version; workloads: name -> f(**inputs) -> contender; place(bytes, dtype, shape) -> array;
    to_bytes(array) -> the bytes of its elements as float64.

    A contender is a dict: call(), which completes its work before it returns; result() -> {name: array}, which leaves
    the timed state alone; and optionally reset(), back to the initial state.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints goes to stderr
    contender = None

    def prepare(workload, inputs):
        nonlocal contender
        if workload not in workloads:
            return {"absent": True}
        arrays = {
            name: place(bytearray(base64.b64decode(x["base64"])), x["dtype"], x["shape"])
            for name, x in inputs.items()
        }
        contender = workloads[workload](**arrays)
        return {"prepared": True}

    def result():
        values = contender["result"]()
        return {"result": {k: base64.b64encode(to_bytes(v)).decode() for k, v in values.items()}}

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

    requests = {"start": lambda threads: {"version": start(threads)}, "prepare": prepare, "result": result, "time": time_calls}
    for line in sys.stdin:
        try:
            ((kind, arguments),) = json.loads(line).items()
            answer = requests[kind](**arguments)
        except ImportError as error:
            answer = {"missing": str(error)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
