"""A delegate in a hundred lines: the client's side of a login over a socket, with no code of doorward's in it."""
import base64
import hashlib
import hmac
import secrets
import socket
import struct

SASL_HEADER, AMQP_HEADER = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
OUTCOMES = ["ok", "auth", "sys", "sys-perm", "sys-temp"]
SCRAM = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}


class Refused(Exception):
    """The outcome was not ok."""


# AMQP 1.0 part 1: just the types that a login needs.

def binary(value):
    return b"\xb0" + struct.pack(">I", len(value)) + value


def text(value, code=b"\xb1"):
    return code + struct.pack(">I", len(value.encode())) + value.encode()


def symbol(value):
    return text(value, b"\xb3")


def performative(code, *fields):
    body = b"".join(b"\x40" if field is None else field for field in fields)
    return b"\x00\x53" + bytes([code]) + b"\xd0" + struct.pack(">II", len(body) + 4, len(fields)) + body


def frame(kind, body):
    return struct.pack(">IBBH", len(body) + 8, 2, kind, 0) + body


def decode(data, at=0, code=None):
    """A value and where it ends."""
    if code is None:
        code, at = data[at], at + 1
    if code == 0x00:
        descriptor, at = decode(data, at)
        value, at = decode(data, at)
        return (descriptor, value), at
    simple = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0, 0x45: []}
    if code in simple:
        return simple[code], at
    width = {0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8}.get(code >> 4)
    if width:
        return int.from_bytes(data[at:at + width], "big"), at + width
    size_bytes = 1 if code >> 4 in (0xa, 0xc, 0xe) else 4
    size, at = int.from_bytes(data[at:at + size_bytes], "big"), at + size_bytes
    end = at + size
    if code >> 4 in (0xa, 0xb):
        return (data[at:end] if code & 0xf == 0 else data[at:end].decode()), end
    count, at = int.from_bytes(data[at:at + size_bytes], "big"), at + size_bytes
    element = None
    if code >> 4 in (0xe, 0xf):
        element, at = data[at], at + 1
    values = []
    for _ in range(count):
        value, at = decode(data, at, element)
        values.append(value)
    assert at == end, "a container that is not as long as it says"
    if code & 0xf == 1 and element is None:
        return dict(zip(values[::2], values[1::2])), end
    return values, end


class ScramClient:
    """RFC 5802, without channel binding; refuses a server that does not know the password."""

    def __init__(self, mechanism, user, password):
        self.hash, self.password = SCRAM[mechanism], password.encode()
        self.first_bare = f"n={user},r={base64.b64encode(secrets.token_bytes(18)).decode()}"
        self.answers = iter([self.final, self.check])

    def initial(self):
        return b"n,," + self.first_bare.encode()

    def answer(self, challenge):
        return next(self.answers)(challenge.decode())

    def final(self, server_first):
        nonce, salt, iterations = (part[2:] for part in server_first.split(","))
        assert nonce.startswith(self.first_bare.rpartition("r=")[2])
        self.salted = salted = hashlib.pbkdf2_hmac(self.hash, self.password, base64.b64decode(salt),
                                                   int(iterations))
        without_proof = f"c=biws,r={nonce}"
        auth_message = ",".join([self.first_bare, server_first, without_proof]).encode()
        self.client_key = client_key = hmac.digest(salted, b"Client Key", self.hash)
        self.stored_key = hashlib.new(self.hash, client_key).digest()
        signature = hmac.digest(self.stored_key, auth_message, self.hash)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.server_key = hmac.digest(salted, b"Server Key", self.hash)
        self.server_signature = hmac.digest(self.server_key, auth_message, self.hash)
        self.proof = base64.b64encode(proof).decode()
        return f"{without_proof},p={self.proof}".encode()

    def check(self, server_final):
        assert base64.b64decode(server_final[2:]) == self.server_signature, "the server does not know the password"
        return b""


class PlainClient:
    def __init__(self, user, password):
        self.message = b"\0" + user.encode() + b"\0" + password.encode()

    def initial(self):
        return self.message


class Delegate:
    """One connection. `tls`: an ssl.SSLContext."""

    def __init__(self, address, tls=None, server_name=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=60)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("the server closed the connection")
            data += more
        return data

    def read_frame(self):
        """The performative's code and fields."""
        size = struct.unpack(">I", self.read(4))[0]
        body = self.read(size - 4)[4:]
        (code, fields), _ = decode(body)
        return code, fields

    def mechanisms(self):
        self.socket.sendall(SASL_HEADER)
        assert self.read(8) == SASL_HEADER
        code, fields = self.read_frame()
        assert code == 0x40
        return fields[0] if isinstance(fields[0], list) else [fields[0]]

    def begin(self, mechanism, initial, realm):
        self.socket.sendall(frame(1, performative(0x41, symbol(mechanism), binary(initial), text(realm))))

    def respond(self, response):
        self.socket.sendall(frame(1, performative(0x43, binary(response))))

    def authenticate(self, mechanism, realm, user="", password=""):
        """Up to the outcome, which must be ok."""
        self.mechanisms()
        if mechanism in SCRAM:
            self.client = ScramClient(mechanism, user, password)
        else:
            self.client = PlainClient(user, password)
        self.begin(mechanism, self.client.initial() if mechanism != "ANONYMOUS" else b"", realm)
        while True:
            code, fields = self.read_frame()
            if code == 0x44:
                if fields[0] != 0:
                    raise Refused(OUTCOMES[fields[0]])
                return
            self.respond(self.client.answer(fields[0]))

    def open(self):
        """The properties of the reply."""
        self.socket.sendall(AMQP_HEADER + frame(0, performative(
            0x10, text("test-delegate"), None, None, None, None, None, None, None, symbol("ADDRESS-AUTHZ"))))
        assert self.read(8) == AMQP_HEADER
        code, fields = self.read_frame()
        assert code == 0x10
        self.socket.sendall(frame(0, performative(0x18)))
        return fields[9] if len(fields) > 9 else {}


def login(address, mechanism, realm, user="", password="", tls=None, server_name=None):
    """The properties that a delegate gets; raises Refused."""
    with Delegate(address, tls, server_name) as delegate:
        delegate.authenticate(mechanism, realm, user, password)
        return delegate.open()
