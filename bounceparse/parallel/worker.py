"""A worker process: reads shares from a socket, answers each with its result, ends when the socket does.

It is a fresh interpreter, not a fork: a parent may have threads (pyarrow) or a database open, its ``__main__`` is not
imported again, and no descriptor is inherited but the socket, so that each side sees the other's death at once.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from multiprocessing.connection import Connection

OUT_OF_MEMORY = 71
"""Exit status of a worker that could not get memory; its share is given again, as after any other death."""

READY = b"ready"


def serve(handle: int) -> None:
    """Answer shares until the parent closes the socket or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its workers itself
    from bounceparse.messages import records_of
    from bounceparse.parallel.work import work
    from bounceparse.parser import parse_message

    gc.freeze()  # modules and rules live as long as the worker: not to be walked by each collection
    connection = Connection(handle)
    try:
        connection.send_bytes(READY)
        while True:
            share, form, keep_data = pickle.loads(connection.recv_bytes())
            answer: object
            try:
                answer = work(share, form, keep_data, lambda raw: records_of(raw, parse_message))
            except MemoryError:
                os._exit(OUT_OF_MEMORY)
            except Exception as error:  # a defect of ours: the parent raises it, as one process would
                answer = error
            connection.send_bytes(_pickled(answer))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _pickled(answer: object) -> bytes:
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps(RuntimeError(repr(answer)), pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
