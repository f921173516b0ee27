"""Stands between a client and the server, passes all on as it comes and keeps what was asked."""
import http.client
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def recorder(target):
    """A base URL that leads to the server at target, and the list that the bodies of requests come to."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append(json.loads(body))
            server = http.client.HTTPConnection(target, timeout=60)
            try:
                server.request("POST", self.path, body, dict(self.headers))
                answer = server.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    # The body's length is unpacked here, and ends with the connection.
                    if name.lower() not in ("transfer-encoding", "connection", "keep-alive", "date"):
                        self.send_header(name, value)
                self.end_headers()
                while piece := answer.read1(65536):
                    self.wfile.write(piece)
                    self.wfile.flush()
            finally:
                server.close()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}/v1", asked
        finally:
            proxy.shutdown()
