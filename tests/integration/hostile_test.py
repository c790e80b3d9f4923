"""Peers that want to wear the server out: bytes that come one by one on every listener, TLS hellos without end, TLS that wants
to be negotiated anew, and a thousand tokens that differ in a byte. They get an end, and whoever is honest is served."""
import concurrent.futures
import contextlib
import itertools
import socket
import subprocess
import threading
import time
import unittest

from api_server import ROBOT, authenticated, review
from delegate import SASL_HEADER, Refused, frame, login, performative, symbol
from exchanges import tls_hello
from rest_api import RestApi
from reviewed import ReviewedTest
from scraped import HealthServedTest
from served import PATIENCE, REALM, self_signed

CROWD = 100  # on each listener
PACE = 0.1  # seconds between two bytes of each
USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


class Trickle(threading.Thread):
    """Sends each of its connections the next byte of a beginning that would be a good one, again and again."""

    def __init__(self):
        super().__init__()
        self.peers, self.over, self.rounds, self.sent = [], threading.Event(), 0, 0

    def add(self, address, beginning):
        connection = connect(address)
        connection.setblocking(False)
        self.peers.append((connection, beginning))

    def run(self):
        while not self.over.wait(PACE):
            for connection, beginning in self.peers:
                with contextlib.suppress(OSError):  # the server has had enough of it
                    self.sent += connection.send(beginning[self.rounds:self.rounds + 1])
            self.rounds += 1

    def stop(self):
        self.over.set()
        self.join()
        for connection, _ in self.peers:
            connection.close()


class HostileTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        flags, self.tls = self_signed(self.folder)
        self.served = self.serve_with_health("--amqps", "127.0.0.1:0", "--https", "127.0.0.1:0", *flags).wait_until_listening()
        self.addresses = self.served.addresses | {"health": self.health}

    def assert_the_honest_are_served(self):
        for address, tls in [("amqp", None), ("amqps", self.tls)]:
            self.assertTrue(login(self.addresses[address], "SCRAM-SHA-256", REALM, "alice", "x", tls, "doorward.test"))
        with RestApi(self.data) as api:
            self.assertEqual(200, api.ask("GET", USERS)[0])
        self.assertEqual(200, self.get("/livez")[0])

    def test_bytes_that_come_one_by_one_keep_nobody_out_on_any_listener(self):
        hello = tls_hello().messages[0].bytes(b"")
        beginnings = {"amqp": SASL_HEADER + frame(1, performative(0x41, symbol("PLAIN"))), "amqps": hello, "https": hello,
                      "health": b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 1_000}
        trickle = Trickle()
        for listener, beginning in beginnings.items():
            for _ in range(CROWD):
                trickle.add(self.addresses[listener], beginning[:-1])
        trickle.start()
        try:
            for _ in range(3):
                before = trickle.sent
                self.assert_the_honest_are_served()
                deadline = time.monotonic() + PATIENCE
                while trickle.sent == before:
                    self.assertLess(time.monotonic(), deadline, "nobody sends any more")
        finally:
            trickle.stop()

    def test_a_hello_that_is_too_large_is_cut_off(self):
        piece = b"\x16\x03\x01\x40\x00"  # a record of 16 KiB, the most that one may have
        for what, first, more in [
            ("a record that is larger than any", b"\x16\x03\x01\xff\xff\x01\x00\xff\xfb", b"\0" * 65_536),
            ("a hello of 16 MiB", piece + b"\x01\xff\xff\xff" + b"\0" * (16_384 - 4), piece + b"\0" * 16_384)]:
            for listener in ["amqps", "https"]:
                with self.subTest(what, listener=listener), connect(self.addresses[listener]) as connection:
                    sent = 0
                    # More than the sockets of both sides hold: to be sent it would have to be read.
                    with contextlib.suppress(ConnectionError):
                        connection.sendall(first)
                        while sent < 64 << 20:
                            connection.sendall(more)
                            sent += len(more)
                    self.assertLess(sent, 64 << 20)
                    with contextlib.suppress(ConnectionError):
                        while data := connection.recv(65_536):
                            self.assertEqual(0x15, data[0], "an alert, if anything")
        self.assert_the_honest_are_served()

    def test_tls_is_not_negotiated_anew(self):
        for listener in ["amqps", "https"]:
            with self.subTest(listener):
                client = subprocess.Popen(["openssl", "s_client", "-connect", self.addresses[listener], "-tls1_2"], text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                try:
                    client.stdin.write("R\n")  # what it takes for the wish to negotiate anew
                    client.stdin.flush()
                    said = client.stdout.read()  # to its end
                    client.wait(PATIENCE)
                finally:
                    client.kill()
                    client.communicate()
                self.assertIn("RENEGOTIATING", said)
                self.assertIn("no renegotiation", said)
        self.assert_the_honest_are_served()


class TokensTest(ReviewedTest):
    def setUp(self):
        super().setUp()
        self.right = "a-token-of-the-robot." + "x" * 200
        self.api.answers[self.right] = review(authenticated(ROBOT))

    def others(self):
        """A thousand that differ from it in one of its last bytes each."""
        return [self.right[:at] + letter + self.right[at + 1:] for letter in "abcdefghijklmnopqrstuvwyz"
                for at in range(len(self.right) - 40, len(self.right))]

    def outcome(self, token):
        try:
            login(self.address, "PLAIN", REALM, "@@serviceaccount@@", token)
            return "ok"
        except Refused as refused:
            return str(refused)

    def test_a_thousand_tokens_that_differ_in_a_byte_let_nobody_in_whose_they_are_not(self):
        served = self.serve_reviewed("--https", "127.0.0.1:0")
        self.assertEqual("ok", self.outcome(self.right))
        others = self.others()
        self.assertEqual(1_000, len(set(others)))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual({"auth"}, set(pool.map(self.outcome, others)))
        self.assertEqual("ok", self.outcome(self.right))
        # Each is reviewed by itself, and the right one is still remembered.
        self.assertEqual(1 + len(others), len(self.api.asked))

        with RestApi(self.data) as api:
            token = api.token
            self.assertEqual(200, api.ask("GET", USERS)[0])
            for at, letter in itertools.islice(itertools.product(range(len(token)), "abcdefghij0123456789xyzABC"), 1_000):
                if token[at] != letter:
                    api.token = token[:at] + letter + token[at + 1:]
                    self.assertEqual(401, api.ask("GET", USERS)[0])
            api.token = token
            self.assertEqual(200, api.ask("GET", USERS)[0])
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    unittest.main()
