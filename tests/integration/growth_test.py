"""Bad input of every kind to the AMQP listeners of one running server, some thousand times: each gets its answer and its line
in the log each time, no line has a secret or grows with what was sent, and nothing stays behind."""
import dataclasses
import os
import re
import socket
import struct
import time
import unittest

from api_server import make_certificate
from delegate import (AMQP_HEADER, OUTCOMES, SASL_HEADER, ScramClient, binary, decode, frame, performative, symbol, text)
from scraped import HealthServedTest
from served import PATIENCE, REALM, sanitized, service, space, user

PASSWORD, WRONG = "the right pencil", "the wrong pencil"
# Ten wrong proofs of an account are told at once.
NAMES = 100
LONGEST_LINE = 600


def init(mechanism, response, realm=REALM):
    return frame(1, performative(0x41, symbol(mechanism), binary(response), text(realm)))


def plain(user, password=WRONG, authzid=""):
    return init("PLAIN", "\0".join([authzid, user, password]).encode())


def respond(response):
    return frame(1, performative(0x43, binary(response)))


def opens(max_frame_size=None):
    size = None if max_frame_size is None else b"\x70" + struct.pack(">I", max_frame_size)
    return AMQP_HEADER + frame(0, performative(0x10, text("a router"), None, size, None, None, None, None, None,
                                               symbol("ADDRESS-AUTHZ")))


def in_short_forms(mechanism, response, realm):
    """The same as init(), in the 8-bit forms of list, binary and text."""
    body = b"".join(code + bytes([len(value)]) + value
                    for code, value in [(b"\xa3", mechanism), (b"\xa0", response), (b"\xa1", realm)])
    return frame(1, b"\x00\x53\x41\xc0" + bytes([len(body) + 1, 3]) + body)


CLOSE = frame(0, performative(0x18))
HEAD = struct.Struct(">IBBH")


@dataclasses.dataclass
class Case:
    """`says(number)`: what the client sends behind its SASL header; a function in it is called with the server's last
    challenge. `answer`: the words of what comes back; None where the client does not wait for it. `lines`: patterns of the
    lines that each of them leaves in the log."""
    what: str
    says: object
    answer: str
    lines: list
    header: bytes = SASL_HEADER
    listener: str = "amqp"


def login_line(reason, mechanism="", outcome="auth", realm=REALM):
    return f" login outcome={outcome} reason={reason} realm={realm} mechanism={mechanism}"


def refused(what, says, reason, mechanism="PLAIN", answer="auth", realm=REALM):
    return Case(what, says, answer, [login_line(reason, mechanism, realm=realm)])


def broken(what, says, detail, answer="", reason="protocol_error", mechanism='""', **options):
    return Case(what, says, answer, [f'connection broken off .*reason={reason} detail="[^"]*{detail}',
                                     login_line(reason, mechanism, "aborted")], **options)


def scram(number, name="user", password=WRONG):
    return ScramClient("SCRAM-SHA-256", f"{name}{number % NAMES}", password)


def proven(number, change, **options):
    """A whole exchange whose last message `change` has spoilt."""
    client = scram(number, **options)
    return [init("SCRAM-SHA-256", client.initial()), lambda challenge: respond(change(client.answer(challenge)))]


def one_step_too_many(number):
    client = scram(number, password=PASSWORD)
    return [init("SCRAM-SHA-256", client.initial()), *[lambda challenge: respond(client.answer(challenge) or b"and more")] * 2]


CLIENT_FIRST = b"n,,n=user0,r=nonce"
WHOLE = plain("user0", PASSWORD) + opens() + CLOSE

CASES = [
    refused("an unknown realm", lambda n: [init("PLAIN", b"\0user0\0" + WRONG.encode(), "nowhere")], "unknown_realm",
            realm="nowhere"),
    refused("an unknown user", lambda n: [plain("nobody")], "unknown_user"),
    refused("an unknown user with SCRAM", lambda n: proven(n, bytes, name="nobody"), "unknown_user", "SCRAM-SHA-256",
            "challenge auth"),
    refused("a wrong password", lambda n: [plain("user0")], "wrong_password"),
    refused("a wrong proof", lambda n: proven(n, bytes), "wrong_password", "SCRAM-SHA-256", "challenge auth"),
    refused("an unknown mechanism", lambda n: [init("CRAM-MD5", b"")], "mechanism_not_available", "CRAM-MD5"),
    refused("base64 that is none", lambda n: proven(n, lambda final: final.rpartition(b"p=")[0] + b"p=:-)"),
            "malformed_message", "SCRAM-SHA-256", "challenge auth"),
    refused("attributes in a wrong order", lambda n: [init("SCRAM-SHA-256", b"n,,r=nonce,n=user0")], "malformed_message",
            "SCRAM-SHA-256"),
    refused("a mandatory extension", lambda n: [init("SCRAM-SHA-256", b"n,,m=x,n=user0,r=nonce")], "unsupported_extension",
            "SCRAM-SHA-256"),
    refused("another nonce", lambda n: proven(n, lambda final: final.replace(b",r=", b",r=x")), "nonce_mismatch",
            "SCRAM-SHA-256", "challenge auth"),
    refused("a foreign authzid", lambda n: [plain("user0", PASSWORD, "user1")], "foreign_authzid"),
    refused("an empty message after an empty initial response",
            lambda n: [init("SCRAM-SHA-256", b""), lambda challenge: respond(b"")], "malformed_message", "SCRAM-SHA-256",
            "challenge auth"),
    refused("a step too many", one_step_too_many, "malformed_message", "SCRAM-SHA-256", "challenge challenge auth"),
    refused("a wrong password in the short forms of AMQP",
            lambda n: [in_short_forms(b"PLAIN", b"\0user0\0" + WRONG.encode(), REALM.encode())], "wrong_password"),
    broken("a frame of 0 bytes", lambda n: [HEAD.pack(0, 2, 1, 0) + WHOLE], "0 bytes is shorter than its header"),
    broken("a frame of 7 bytes", lambda n: [HEAD.pack(7, 2, 1, 0) + WHOLE], "7 bytes is shorter than its header"),
    broken("a frame of 8 bytes", lambda n: [HEAD.pack(8, 2, 1, 0) + WHOLE], ""),
    broken("a frame of 4 GiB", lambda n: [HEAD.pack(0xffffffff, 2, 1, 0) + WHOLE], "4294967295 bytes is longer",
           reason="frame_too_long"),
    broken("a token that fits no frame", lambda n: [init("PLAIN", b"\0@@serviceaccount@@\0" + b"t" * 16384)],
           "bytes is longer than the 16384 allowed", reason="frame_too_long"),
    broken("an outcome by the client", lambda n: [frame(1, performative(0x44, b"\x50\x00"))], ""),
    broken("a response before the first message", lambda n: [respond(b"")], ""),
    broken("a mechanism that is a number", lambda n: [frame(1, performative(0x41, b"\x52\x01"))], ""),
    broken("a count that lies", lambda n: [frame(1, b"\x00\x53\x41\xd0\x00\x00\x00\x07\xff\xff\xff\xff\xa3\x01X")], ""),
    broken("AMQP before the outcome", lambda n: [opens()], "a protocol header where a frame was due"),
    broken("an open before the outcome", lambda n: [init("SCRAM-SHA-256", CLIENT_FIRST), lambda challenge: opens()[8:]],
           "an AMQP frame where a SASL frame was due", "challenge", mechanism="SCRAM-SHA-256"),
    Case("a reply that does not fit", lambda n: [plain("wide", PASSWORD) + opens(64) + CLOSE],
         "ok AMQP open close amqp:frame-size-too-small",
         ["connection broken off .*the max-frame-size of the open is 512; raise it"]),
    Case("an open that is none", lambda n: [plain("user0", PASSWORD) + AMQP_HEADER + frame(0, performative(0x10))],
         "ok AMQP open close amqp:decode-error",
         ["connection broken off .*reason=protocol_error .*container-id is missing"]),
    Case("a whole login in one write, which is legal", lambda n: [WHOLE], "ok AMQP open close", []),
    Case("a TLS hello on the plain port", lambda n: [], "SASL", ["broken off .*a TLS hello on a port without TLS"],
         header=bytes.fromhex("1603010020010000")),
    Case("AMQP on the port of TLS", lambda n: [], "", ["broken off .*AMQP without TLS on a port for TLS"], listener="amqps"),
    # Whoever does not wait: what it was told by then, and so which lines there are, is a race.
    Case("a frame that is cut", lambda n: [WHOLE[:n % len(WHOLE)]], None, []),
    Case("a response that is cut",
         lambda n: [init("SCRAM-SHA-256", CLIENT_FIRST), lambda challenge: respond(b"c=biws")[:n % 20]], None, []),
    Case("one that says nothing", lambda n: [], None, [], header=b""),
    Case("one that vanishes and reads nothing", lambda n: [plain("user0")], None, []),
]


def word(code, fields):
    if code == 0x44:
        return OUTCOMES[fields[0]]
    error = fields[0][1] if code == 0x18 and fields and fields[0] else None
    return " ".join([{0x40: "offer", 0x42: "challenge", 0x10: "open", 0x18: "close"}[code], *([error[0]] if error else [])])


class Client:
    """One connection, and the words of what it was told behind the offer."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.name = "{}:{}".format(*self.socket.getsockname())
        self.held, self.told = b"", []

    def take(self, size):
        """Nothing at the end."""
        while len(self.held) < size:
            more = self.socket.recv(65536)
            if not more:
                return b""
            self.held += more
        taken, self.held = self.held[:size], self.held[size:]
        return taken

    def hear(self):
        """The last challenge, once there is one; None at the end."""
        while head := self.take(8):
            if head[:4] == b"AMQP":
                self.told.append("SASL" if head == SASL_HEADER else "AMQP")
                continue
            (code, fields), _ = decode(self.take(struct.unpack(">I", head[:4])[0] - 8))
            self.told.append(word(code, fields))
            if code == 0x42:
                return fields[0]
        return None

    def talk(self, case, number):
        pieces = case.says(number)
        self.socket.sendall(case.header + b"".join(piece for piece in pieces[:1] if not callable(piece)))
        for piece in pieces[1:]:
            self.socket.sendall(piece(self.hear()))
        if case.answer is not None:
            assert self.hear() is None, "the server goes on"
            return " ".join(self.told).removeprefix("SASL offer").strip()
        # Every other one with a reset.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", number % 2, 0))
        return None


class GrowthTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        wide = user("wide", PASSWORD).replace('["orders/*"]', str([f"address-{number}" for number in range(50)]))
        (self.folder / "doorward.yaml").write_text("credentials: {iterations: 4096}\n")
        self.write("all.yaml", service() + space() + wide
                   + "".join(user(f"user{number}", PASSWORD) for number in range(NAMES)))
        make_certificate(self.folder, "doorward")
        self.served = self.serve_with_health("--config", self.folder / "doorward.yaml", "--amqps", "127.0.0.1:0",
                                             "--tls-cert", self.folder / "doorward.crt", "--tls-key",
                                             self.folder / "doorward.key")
        self.addresses = self.served.wait_until_listening().addresses
        self.pid = self.served.process.pid

    def status(self, field):
        """In KiB."""
        with open(f"/proc/{self.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field))

    def wait_until_nobody_is_left(self):
        deadline = time.monotonic() + PATIENCE
        while any(re.findall(r"^doorward_connections\{.*\} (?!0(?:\.0)?$).*", self.get("/metrics")[1], re.MULTILINE)):
            self.assertLess(time.monotonic(), deadline, self.get("/metrics")[1])

    def lines_of(self, case, times, peers, begin):
        """All lines about these peers from `begin` on, once every pattern has come so often."""
        served, deadline = self.served, time.monotonic() + PATIENCE
        with served.grown:
            while True:
                lines = [line for line in served.lines[begin:]
                         if (found := re.search(r" peer=(\S+)", line)) and found.group(1) in peers]
                counts = [sum(bool(re.search(pattern, line)) for line in lines) for pattern in case.lines]
                if counts == [times] * len(counts):
                    return lines
                if not served.grown.wait(deadline - time.monotonic()):
                    self.fail("".join([f"lines: {counts}, not {times} each of {case.lines}, as in\n", *lines[-3:]]))

    def test_it_is_answered_and_told_each_time_and_leaves_nothing_behind(self):
        times = 20 if sanitized() else 100
        memory, descriptors = [], []
        for part in range(3):
            for case in CASES:
                with self.subTest(case.what):
                    begin, peers = len(self.served.lines), set()
                    for number in range(part * times, (part + 1) * times):
                        client = Client(self.addresses[case.listener])
                        peers.add(client.name)
                        with client.socket:
                            self.assertEqual(case.answer, client.talk(case, number))
                    self.wait_until_nobody_is_left()
                    lines = self.lines_of(case, times, peers, begin)
                    if case.lines:
                        self.assertEqual(times * len(case.lines), len(lines), lines[:10])
                    self.assertLessEqual(len(lines), 2 * times, lines[:10])
                    self.assertLess(max(map(len, lines), default=0), LONGEST_LINE)
            memory.append(self.status("RssAnon"))
            descriptors.append(len(os.listdir(f"/proc/{self.pid}/fd")))
        self.assertNotIn("pencil", self.served.log)
        self.assertNotIn("tttt", self.served.log)
        # A thread may have read the store for the first time.
        self.assertLess(descriptors[2] - descriptors[1], 10, f"open after each part: {descriptors}")
        if not sanitized():
            self.assertLess(memory[2] - memory[1], 512, f"KiB after each part: {memory}")
        self.assertEqual(0, self.served.stop())


if __name__ == "__main__":
    unittest.main()
