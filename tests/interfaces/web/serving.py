"""The service as clients meet it: a real server on a free port of 127.0.0.1."""

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx2
import uvicorn
from litestar import Litestar


@contextlib.contextmanager
def serving(app: Litestar) -> Iterator[httpx2.Client]:
    """A client of the running service; `client.base_url` is its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)
