"""A TokenReview server of the tests' own: real TLS on loopback, tokens that a test names, and every bad answer. It
answers GET by path as it answers reviews by token, so that it can be an issuer of tokens, too."""
import http.server
import json
import ssl
import subprocess
import threading

ROBOT = "system:serviceaccount:team1:robot"


def authenticated(user, audiences=()):
    status = {"authenticated": True, "user": {"username": user, "uid": "u-1", "groups": ["system:serviceaccounts"]}}
    return dict(status, audiences=list(audiences)) if audiences else status


def review(status):
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}


def make_certificate(folder, name):
    """An authority and a server's certificate of it: NAME-ca.crt, NAME.crt, NAME.key."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-days", "2", "-subj", f"/CN={name} CA", "-keyout", f"{name}-ca.key",
            "-out", f"{name}-ca.crt")
    openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.crt", "-CAkey", f"{name}-ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a head waits for the ACK of nobody before its body follows

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        token = body["spec"]["token"]
        with self.server.lock:
            self.server.asked.append((token, self.headers.get("Authorization"), body["spec"].get("audiences")))
        answer = self.server.answers.get(token, review({"authenticated": False}))
        if callable(answer):
            return answer(self)
        self.answer(201, json.dumps(answer).encode())

    def do_GET(self):
        with self.server.lock:
            self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path, status(404))
        if callable(answer):
            return answer(self)
        self.answer(200, json.dumps(answer).encode())

    def answer(self, status, body, kind="application/json", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def status(code, **headers):
    return lambda handler: handler.answer(code, b"{}", **headers)


def html(handler):
    handler.answer(200, b"<html>sign in</html>", "text/html")


def half(handler):
    whole = json.dumps(review(authenticated(ROBOT))).encode()
    handler.answer(201, whole[:len(whole) // 2], length=len(whole))
    handler.close_connection = True


class ApiServer(http.server.ThreadingHTTPServer):
    """`answers`: what it says of each token or path, an object or a function of the handler; others are not authenticated."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder, name="server", answers=None):
        super().__init__(("127.0.0.1", 0), Handler)
        make_certificate(folder, name)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.ca = folder / f"{name}-ca.crt"
        self.answers = answers or {}
        self.asked, self.lock = [], threading.Lock()
        self.may_answer = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def handle_error(self, *_):
        """A client that does not believe the certificate goes away."""

    def never(self, handler):
        """Does not answer until the test lets it."""
        self.may_answer.wait()
        handler.close_connection = True

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server_address[1]}"

    def stop(self):
        self.may_answer.set()
        self.shutdown()
        self.server_close()
