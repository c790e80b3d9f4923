"""Searches the memory of the running process for the secrets that went through it: none is left once the connections on
which they came have ended. They are searched in pieces, since whoever takes memory back writes over its beginning."""
import base64
import contextlib
import os
import re
import secrets
import ssl
import subprocess
import time
import unittest
import unittest.mock

from api_server import ROBOT, authenticated, review
from delegate import Delegate, Refused, binary, frame, login, performative, symbol
from rest_api import RestApi
from reviewed import ReviewedTest
from scraped import HealthServedTest
from served import PATIENCE, REALM, user

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
PIECE = 12  # characters
AT_ONCE = 16 << 20  # bytes


def fresh():
    return secrets.token_hex(24)


def encoded(password):
    return base64.b64encode(password.encode()).decode()


def bob(password):
    return {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": "shop.bob"},
            "spec": {"username": "bob", "authentication": {"type": "password", "password": encoded(password)}}}


def areas(process):
    """All that it may write to: begin, end and name."""
    with open(f"/proc/{process.pid}/maps") as maps:
        for line in maps:
            begin, end, rights, name = re.match(r"(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)", line).groups()
            if rights.startswith("rw"):
                yield int(begin, 16), int(end, 16), name


def read(memory, begin, end):
    with contextlib.suppress(OSError, OverflowError):  # it has gone meanwhile
        memory.seek(begin)
        return memory.read(end - begin)
    return b""


def places(process, secret):
    """Where a piece of it is: the area and what is around it."""
    pieces = [secret[at:at + PIECE].encode() for at in range(0, len(secret) - PIECE + 1, PIECE)]
    found = []
    with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name in areas(process):
            for part in range(begin, end, AT_ONCE):
                data = read(memory, part, min(part + AT_ONCE, end))
                for piece in pieces:
                    if (at := data.find(piece)) >= 0:
                        found.append(f"{name or 'anonymous'} {part + at:#x}: {data[max(at - 80, 0):at + 80]}")
    return found


class MemoryTest(ReviewedTest, HealthServedTest):
    def setUp(self):
        super().setUp()
        self.token = f"a-token-{fresh()}"
        self.api.answers[self.token] = review(authenticated(ROBOT))
        key, certificate = self.folder / "tls.key", self.folder / "tls.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=doorward", "-addext", "subjectAltName=DNS:doorward.test,IP:127.0.0.1", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        # Else it lets nobody but root look.
        with unittest.mock.patch.dict(os.environ, {"DOORWARD_CORE_DUMPS": "allow"}):
            self.served = self.serve_reviewed("--https", "127.0.0.1:0", "--health", "127.0.0.1:0", "--amqps", "127.0.0.1:0",
                                              "--tls-cert", certificate, "--tls-key", key)
        self.doors = [(self.served.addresses["amqp"], None),
                      (self.served.addresses["amqps"], ssl.create_default_context(cafile=certificate))]
        try:
            open(f"/proc/{self.served.process.pid}/mem", "rb").close()
        except PermissionError:
            if os.geteuid() == 0:
                raise
            self.skipTest("the memory of another process cannot be read here")
        self.health = self.served.wait_for(r"health port open health=(\S+)")[0].group(1)

    def wait_until_all_are_gone(self):
        for state in ["opening", "login", "closing"]:
            self.wait_for_sample(f'doorward_connections{{state="{state}"}}', 0)

    def assert_gone(self, what, secret):
        """The session goes just after its connection, which is what others see of it."""
        self.wait_until_all_are_gone()
        deadline = time.monotonic() + PATIENCE
        while found := places(self.served.process, secret):
            if time.monotonic() > deadline:
                self.fail(f"{what} is still there:\n" + "\n".join(found))

    def write_by_rest(self, method, path, body, content_type="application/json"):
        with RestApi(self.data) as api:
            status, answer, _ = api.ask(method, USERS + path, body, content_type)
            self.assertIn(status, [200, 201], answer)

    def test_what_came_of_a_frame_is_found_while_its_connection_lasts_and_not_afterwards(self):
        for address, tls in self.doors:
            password = fresh()
            with Delegate(address, tls, "doorward.test") as delegate:
                delegate.mechanisms()
                delegate.socket.sendall(frame(1, performative(0x41, symbol("PLAIN"), binary(b"\0alice\0" + password.encode())))[:-1])
                deadline = time.monotonic() + PATIENCE
                while not places(self.served.process, password):
                    self.assertLess(time.monotonic(), deadline, "or this test finds nothing")
            self.assert_gone("a password in half a frame", password)

    def test_a_wrong_password_is_not_kept(self):
        for address, tls in self.doors:
            wrong = fresh()
            for name in ["alice", "nobody"]:
                with self.assertRaisesRegex(Refused, "^auth$"):
                    login(address, "PLAIN", REALM, name, wrong, tls, "doorward.test")
            self.assert_gone("a wrong password", wrong)

    def test_a_password_is_not_kept_when_a_user_is_made_and_logs_in(self):
        password = fresh()
        self.write_by_rest("POST", "", bob(password))
        self.assert_gone("the password of a new user", password)
        self.assert_gone("the password of a new user in base64", encoded(password))
        for address, tls in self.doors:
            for mechanism in ["PLAIN", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-512"]:
                login(address, mechanism, REALM, "bob", password, tls, "doorward.test")
        self.assert_gone("a right password", password)

    def test_a_password_of_the_folder_is_not_kept(self):
        password = fresh()
        self.write("more.yaml", user("carol", password))
        self.served.wait_for("resources applied.*created=1 ")
        self.assert_gone("a password of the folder", password)
        self.assert_gone("a password of the folder in base64", encoded(password))
        login(self.address, "PLAIN", REALM, "carol", password)

    def test_a_password_is_not_kept_when_it_is_changed(self):
        self.write_by_rest("POST", "", bob(fresh()))
        for method, query, content_type, body in [
            ("PUT", "", "application/json", bob),
            ("PATCH", "", "application/merge-patch+json", bob),
            ("PATCH", "", "application/json-patch+json", lambda password: [
                {"op": "add", "path": "/spec/authentication/password", "value": encoded(password)}]),
            ("PATCH", "?fieldManager=test&force=true", "application/apply-patch+yaml", bob)]:
            with self.subTest(content_type):
                password = fresh()
                self.write_by_rest(method, f"/shop.bob{query}", body(password), content_type)
                self.assert_gone("a changed password", password)
                self.assert_gone("a changed password in base64", encoded(password))

    def test_a_proof_is_not_kept(self):
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"]:
            for password in ["x", fresh()]:
                with Delegate(self.address) as delegate:
                    with contextlib.suppress(Refused):
                        delegate.authenticate(mechanism, REALM, "alice", password)
                    proof = delegate.client.proof
                self.assert_gone(f"a proof of {mechanism}", proof)

    def test_a_token_is_not_kept(self):
        for address, tls in self.doors:
            login(address, "PLAIN", REALM, "@@serviceaccount@@", self.token, tls, "doorward.test")
        self.assert_gone("a token", self.token)

    def test_the_token_of_a_caller_is_not_kept(self):
        with RestApi(self.data, self.token) as api:
            self.assertEqual(403, api.ask("GET", USERS)[0])
        self.assert_gone("the token of a caller", self.token)
        with RestApi(self.data) as api:
            self.assertEqual(200, api.ask("GET", USERS)[0])
            token = api.token
        self.assert_gone("the administrator's token", token)


if __name__ == "__main__":
    unittest.main()
