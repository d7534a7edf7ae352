"""A small inference server that penumbra's authors would not have written: the Open Inference Protocol v2 over http.server, one
feature row per request from Redis over a raw socket, and a deadline for it. The Python standard library alone.

When Redis does not answer in time it goes on with zeros (--on-timeout zeros, the incident) or says so (--on-timeout fail).
"""
import argparse
import json
import math
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEIGHTS = [1.7, -2.3, 0.9, 1.1]


def ask_redis(address, key, deadline_s):
    """One GET in RESP on a connection of its own; raises OSError (TimeoutError among them) when it takes too long."""
    ends_at = time.monotonic() + deadline_s

    def left():
        remaining = ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the feature store did not answer in time")
        return remaining

    name = key.encode()
    with socket.create_connection(address, timeout=left()) as connection:
        connection.sendall(b"*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % (len(name), name))
        received = b""
        while True:
            connection.settimeout(left())
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionError("the feature store closed the connection")
            received += piece
            head, separator, rest = received.partition(b"\r\n")
            if not separator:
                continue
            if head == b"$-1":
                raise KeyError(key)
            if not head.startswith(b"$"):
                raise ConnectionError(head.decode(errors="replace"))
            length = int(head[1:])
            if len(rest) >= length + 2:
                return json.loads(rest[:length])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.answer(200, {"name": "risk", "ready": True})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = next(tensor["data"][0] for tensor in body["inputs"] if tensor["name"] == "customer")
        settings = self.server.settings
        try:
            features = ask_redis(settings.redis, key, settings.deadline_ms / 1000)
        except OSError as problem:
            if settings.on_timeout == "fail":
                return self.answer(503, {"error": str(problem)})
            features = [0.0] * len(WEIGHTS)
        score = 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(WEIGHTS, features))))
        self.answer(
            200,
            {
                "model_name": "risk",
                "model_version": "1",
                "outputs": [{"name": "risk", "shape": [1, 1], "datatype": "FP64", "data": [score]}],
            },
        )

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--redis", type=address_of, default=("127.0.0.1", 6379))
    parser.add_argument("--deadline-ms", type=float, default=50)
    parser.add_argument("--on-timeout", choices=["zeros", "fail"], default="zeros")
    settings = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", settings.port), Handler)
    server.daemon_threads = True
    server.settings = settings
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
