"""A TCP proxy on loopback that cuts its connections at random.

    with CuttingProxy(server.address, seed=1) as proxy:
        talk_to(proxy.address)

Each connection is passed on until a random number of bytes has gone through it in either direction,
then both of its ends are reset, as by a router that has forgotten them.
"""

import random
import select
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset.


class CuttingProxy:
    """Passes connections on to `target`, HOST:PORT, which may change. Thread-safe."""

    def __init__(self, target, seed, most_bytes):
        self.target = target
        self.cuts = 0
        self._random = random.Random(seed)
        self._most_bytes = most_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def address(self):
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self):
        while not self._closing.is_set():
            if not select.select([self._listener], [], [], 0.05)[0]:
                continue
            client, _ = self._listener.accept()
            thread = threading.Thread(
                target=self._pass_on, args=(client, self._random.randrange(self._most_bytes)))
            thread.start()
            self._threads.append(thread)

    def _pass_on(self, client, budget):
        host, port = self.target.rsplit(":", 1)
        with client:
            try:
                server = socket.create_connection((host, int(port)), timeout=1)
            except OSError:
                return  # As if the server had refused it.
            with server:
                try:
                    if self._copy(client, server, budget):
                        return
                    self.cuts += 1
                except OSError:
                    return
                for end in (client, server):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _copy(self, client, server, budget):
        """True when one end has closed by itself, or the proxy is to end; false for a cut."""
        other = {client: server, server: client}
        while not self._closing.is_set():
            for end in select.select([client, server], [], [], 0.05)[0]:
                data = end.recv(4096)
                if not data:
                    return True
                other[end].sendall(data[:budget])
                budget -= len(data)
                if budget <= 0:
                    return False
        return True
