"""faiss: exact search without an index, which is given points and queries as ours is."""

from serve import each, serve

K = 5


def start(threads):
    global faiss, np
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(threads)
    return faiss.__version__


def place(data, dtype, shape):
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def to_bytes(x):
    return np.asarray(x, dtype=np.float64).tobytes()


def l2(points, queries):
    # it gives squares
    return each("distances", lambda q: np.sqrt(faiss.knn(q, points, K)[0]), list(queries))


def l1(points, queries):
    return each("distances", lambda q: faiss.knn(q, points, K, metric=faiss.METRIC_L1)[0], list(queries))


serve(start, {"knn l2 images": l2, "knn l2 random": l2, "knn l1 images": l1}, place, to_bytes)
