"""Measurements; they run as the servers do, with one thread in each of NumPy's calculations."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
