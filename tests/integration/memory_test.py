"""Searches the memory of the running process for the secrets that went through it: none is left once the connections on
which they came have ended. Passwords and tokens are searched as they came and in base64; proofs decoded, too, and what is made of a
password to judge it (SaltedPassword and ClientKey of RFC 5802), which this test derives for itself. All of it in pieces, since
whoever takes memory back writes over its beginning."""
import array
import base64
import contextlib
import itertools
import json
import os
import re
import secrets
import time
import unittest
import unittest.mock

from api_server import ROBOT, authenticated, review
from delegate import OUTCOMES, SCRAM, Delegate, Refused, binary, frame, login, performative, symbol
from rest_api import RestApi
from reviewed import ReviewedTest
from scraped import HealthServedTest
from served import PATIENCE, REALM, self_signed, user

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
PIECES = {str: 12, bytes: 8}  # characters or bytes: more than comes about by chance
AT_ONCE = 16 << 20  # bytes
PAGE = os.sysconf("SC_PAGESIZE")
IN_MEMORY = 3 << 62  # there, or in the swap: of an entry of `pagemap`


def fresh():
    return secrets.token_hex(24)


def encoded(secret):
    return base64.b64encode(secret if isinstance(secret, bytes) else secret.encode()).decode()


def in_both_forms(secrets_by_name):
    """As they are and in base64, by name."""
    return secrets_by_name | {f"{name} in base64": encoded(secret) for name, secret in secrets_by_name.items()}


def made_of(client):
    """What the client of a SCRAM exchange has made of its password, for it and for this exchange alone."""
    return in_both_forms({"the proof": base64.b64decode(client.proof), "the ClientKey": client.client_key,
                          "the SaltedPassword": client.salted})


def jwt():
    """A token as Kubernetes has them, signed by nobody, and those of its parts that the server reads."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    claims = json.dumps({"jti": fresh(), "aud": ["amqp"], "exp": int(time.time()) + 3600}).encode()
    token = ".".join([part(b'{"alg":"RS256","kid":"first"}'), part(claims), part(secrets.token_bytes(64))])
    return token, {"a token": token, "its claims": json.loads(claims)["jti"]}


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


def used(pages, begin, end):
    """Those parts of an area that it has written to, which of a stack is little: begin and end."""
    pages.seek(begin // PAGE * 8)
    entries = array.array("Q", pages.read((end - begin) // PAGE * 8))
    for in_memory, run in itertools.groupby(range(len(entries)), lambda number: bool(entries[number] & IN_MEMORY)):
        if in_memory:
            first, *_, last = [*run] * 2
            yield from ((part, min(part + AT_ONCE, begin + (last + 1) * PAGE))
                        for part in range(begin + first * PAGE, begin + (last + 1) * PAGE, AT_ONCE))


def read(memory, begin, end):
    with contextlib.suppress(OSError, OverflowError):  # it has gone meanwhile
        memory.seek(begin)
        return memory.read(end - begin)
    return b""


def pieces(secret):
    """All of it, the last piece with a part of the one before."""
    size, raw = PIECES[type(secret)], secret if isinstance(secret, bytes) else secret.encode()
    return [raw[at:at + size] for at in [*range(0, len(raw) - size, size), len(raw) - size]]


def places(process, **secrets_by_name):
    """Where a piece of one of them is: its name, the area and what is around it."""
    wanted = [(name, piece) for name, secret in secrets_by_name.items() for piece in pieces(secret)]
    found = []
    folder = f"/proc/{process.pid}"
    with open(f"{folder}/mem", "rb", buffering=0) as memory, open(f"{folder}/pagemap", "rb", buffering=0) as pages:
        for area_begin, area_end, area in areas(process):
            for begin, end in used(pages, area_begin, area_end):
                data = read(memory, begin, end)
                for name, piece in wanted:
                    if (at := data.find(piece)) >= 0:
                        found.append(f"{name} in {area or 'anonymous'} {begin + at:#x}: {data[max(at - 80, 0):at + 80]}")
    return found


class MemoryTest(ReviewedTest, HealthServedTest):
    def setUp(self):
        super().setUp()
        flags, tls = self_signed(self.folder)
        # Else it lets nobody but root look.
        with unittest.mock.patch.dict(os.environ, {"DOORWARD_CORE_DUMPS": "allow"}):
            self.served = self.serve_reviewed("--https", "127.0.0.1:0", "--health", "127.0.0.1:0", "--amqps", "127.0.0.1:0",
                                              *flags)
        self.doors = [(self.served.addresses["amqp"], None), (self.served.addresses["amqps"], tls)]
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

    def assert_gone(self, **secrets_by_name):
        """The session goes just after its connection, which is what others see of it."""
        self.wait_until_all_are_gone()
        deadline = time.monotonic() + PATIENCE
        while found := places(self.served.process, **secrets_by_name):
            if time.monotonic() > deadline:
                self.fail("it is still there:\n" + "\n".join(found))

    def assert_password_gone(self, password):
        self.assert_gone(**in_both_forms({"the password": password}))

    def reviewed(self):
        """A token that the API server knows, and its parts."""
        token, parts = jwt()
        self.api.answers[token] = review(authenticated(ROBOT))
        return token, parts

    def attempt(self, address, tls, mechanism, name, password):
        """The client of a SCRAM exchange, whatever came of it."""
        with Delegate(address, tls, "doorward.test") as delegate:
            with contextlib.suppress(Refused):
                delegate.authenticate(mechanism, REALM, name, password)
            return delegate.client

    def bring(self, address, tls, mechanism, initial):
        """The outcome of a login with a token."""
        with Delegate(address, tls, "doorward.test") as delegate:
            delegate.mechanisms()
            delegate.begin(mechanism, initial, REALM)
            code, fields = delegate.read_frame()
            if code == 0x42:  # of a bad one
                delegate.respond(b"\1")
                code, fields = delegate.read_frame()
            return OUTCOMES[fields[0]]

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
                while not places(self.served.process, password=password):
                    self.assertLess(time.monotonic(), deadline, "or this test finds nothing")
            self.assert_gone(password=password)

    def test_a_wrong_password_is_not_kept(self):
        for address, tls in self.doors:
            wrong = fresh()
            for name in ["alice", "nobody"]:
                # By each that PLAIN may verify it by.
                clients = [self.attempt(address, tls, mechanism, name, wrong) for mechanism in SCRAM]
                with self.assertRaisesRegex(Refused, "^auth$"):
                    login(address, "PLAIN", REALM, name, wrong, tls, "doorward.test")
                for client in clients:
                    self.assert_gone(**made_of(client), stored_key=client.stored_key, server_key=client.server_key)
            self.assert_password_gone(wrong)

    def test_a_password_is_not_kept_when_a_user_is_made_and_logs_in(self):
        password = fresh()
        self.write_by_rest("POST", "", bob(password))
        self.assert_password_gone(password)
        for address, tls in self.doors:
            for mechanism in ["PLAIN", "PLAIN", *SCRAM]:
                login(address, mechanism, REALM, "bob", password, tls, "doorward.test")
        self.assert_password_gone(password)

    def test_a_password_of_the_folder_is_not_kept(self):
        password = fresh()
        self.write("more.yaml", user("carol", password))
        self.served.wait_for("resources applied.*created=1 ")
        self.assert_password_gone(password)
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
                self.assert_password_gone(password)

    def test_a_proof_is_not_kept_nor_what_proves_the_next_one(self):
        for (address, tls), mechanism, right in itertools.product(self.doors, SCRAM, [True, False]):
            with self.subTest(mechanism=mechanism, tls=tls is not None, right=right):
                client = self.attempt(address, tls, mechanism, "alice", "x" if right else fresh())
                self.assert_gone(**made_of(client))
                if right:
                    self.assertTrue(places(self.served.process, verifier=client.stored_key), "or this test finds nothing")

    def test_what_was_derived_of_a_password_is_not_kept(self):
        """At the REST API, in the folder and for PLAIN; for SCRAM its client derives it, and this test with it."""
        of_folder, of_rest = fresh(), fresh()
        self.write("more.yaml", user("carol", of_folder))
        self.served.wait_for("resources applied.*created=1 ")
        self.write_by_rest("POST", "", bob(of_rest))
        for name, password in [("carol", of_folder), ("bob", of_rest)]:
            for address, tls in self.doors:
                login(address, "PLAIN", REALM, name, password, tls, "doorward.test")
                for mechanism in SCRAM:
                    with self.subTest(name=name, mechanism=mechanism, tls=tls is not None):
                        self.assert_gone(**made_of(self.attempt(address, tls, mechanism, name, password)))

    def test_a_token_is_not_kept(self):
        for address, tls in self.doors:
            for mechanism, begin, end in [("PLAIN", b"\0@@serviceaccount@@\0", b""), ("OAUTHBEARER", b"n,,\1auth=Bearer ", b"\1\1"),
                                          ("XOAUTH2", b"user=\1auth=Bearer ", b"\1\1")]:
                for (token, parts), outcome in [(self.reviewed(), "ok"), (jwt(), "auth")]:
                    with self.subTest(mechanism=mechanism, outcome=outcome, tls=tls is not None):
                        # Reviewed, then remembered.
                        for _ in range(2):
                            self.assertEqual(outcome, self.bring(address, tls, mechanism, begin + token.encode() + end))
                        self.assert_gone(**in_both_forms(parts))

    def test_the_token_of_a_caller_is_not_kept(self):
        for (token, parts), status in [(self.reviewed(), 403), (jwt(), 401)]:
            with RestApi(self.data, token) as api:
                self.assertEqual(status, api.ask("GET", USERS)[0])
            self.assert_gone(**in_both_forms(parts))
        with RestApi(self.data) as api:
            self.assertEqual(200, api.ask("GET", USERS)[0])
            token = api.token
        self.assert_gone(**in_both_forms({"the administrator's token": token}))


if __name__ == "__main__":
    unittest.main()
