"""The bridge to Cyrus SASL with Kerberos against Debian's KDC on loopback: whose tickets let whom in, what else is
refused, and a keytab that is not there, or is replaced."""
import json
import socket
import struct
import subprocess
import threading
import time
import unittest

from bridge_health import BridgeHealthTest
from delegate import Delegate, Refused, SASL_HEADER, binary, frame, performative, symbol
from external_test import bridged
from kdc import INSTALLED, REALM, Kdc, find
from served import DOORWARD, PATIENCE

ROUTER = "messaging.example.test"
USER = """
---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata: {{name: away.{name}, namespace: team1}}
spec:
  username: {name}
  authentication: {{type: federated, provider: {provider}, federatedUsername: "{principal}"}}
  authorization:
  - {{addresses: ["of-{name}"], operations: [send]}}
"""
# Those whose tickets are good; only some of them are users.
PRINCIPALS = ["zoe", "Zoe", "zoe/admin", "max", "carl", "nobody"]


def accept(listener):
    """Whoever connects, to read its frames."""
    delegate = Delegate.__new__(Delegate)
    delegate.socket, _ = listener.accept()
    return delegate


@unittest.skipUnless(INSTALLED, "no KDC is installed: deploy/setup tests")
class CyrusTest(BridgeHealthTest):
    def setUp(self):
        super().setUp()
        self.kdc = Kdc(self.folder / "kdc")
        self.addCleanup(self.kdc.stop)
        self.environment = self.kdc.env
        self.secrets = self.folder / "secrets"
        self.secret = self.secrets / "enmasse-infra" / "kerberos"
        self.secret.mkdir(parents=True)
        self.keytab = self.secret / "keytab"
        self.kdc.administer(*(f"addprinc -pw pencil {name}" for name in PRINCIPALS),
                            *(f"addprinc -randkey amqp/{host}" for host in (ROUTER, "other.example.test")),
                            *(f"ktadd -k {self.keytab} amqp/{host}" for host in (ROUTER, "other.example.test")))
        self.kdc.start()

    def config(self, **more):
        return {"mechanisms": ["GSSAPI"], "serverFQDN": ROUTER, "keytab": "kerberos/keytab",
                "replayCache": str(self.folder / "replays"), **more}

    def serve_kerberos(self, env=None, **more):
        users = [("zoe", "bridged", f"zoe@{REALM}"), ("max", "another", f"max@{REALM}"), ("carl", "bridged", "carl"),
                 ("bare", "bridged", "nobody")]
        self.write("all.yaml", bridged({"plugin": {"name": "cyrus", "config": self.config(**more)}}) + "".join(
            USER.format(name=name, provider=provider, principal=principal) for name, provider, principal in users))
        return self.serve("--secrets", self.secrets, env=env or self.kdc.env)

    def log_in(self, address, env, host=ROUTER):
        # Cyrus' GSSAPI client (2.1.28) never gives its credentials back.
        known = self.folder / "leaks"
        known.write_text("leak:libgssapi_krb5.so\n")
        env = {**env, "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"}
        return subprocess.run([DOORWARD, "login", "--host", address, "--realm", "team1-away", "--mechanism", "GSSAPI",
                               "--ticket-host", host, "-o", "json"], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def assert_let_in(self, served, env):
        answer = self.log_in(served.addresses["amqp"], env)
        self.assertEqual(0, answer.returncode, answer.stderr + served.log)
        return json.loads(answer.stdout)

    def assert_refused(self, served, env, outcome="auth"):
        answer = self.log_in(served.addresses["amqp"], env)
        self.assertEqual(1, answer.returncode, answer.stderr)
        self.assertEqual(outcome, json.loads(answer.stdout)["outcome"])

    def token(self, env, host=ROUTER):
        """What a client would send first, taken by a service that answers nothing."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            taken = []

            def take():
                with accept(listener) as client:
                    client.read(8)
                    client.socket.sendall(SASL_HEADER + frame(1, performative(0x40, symbol("GSSAPI"))))
                    taken.append(client.read_frame()[1][1])
            taker = threading.Thread(target=take)
            taker.start()
            self.log_in("127.0.0.1:%d" % listener.getsockname()[1], env, host)
            taker.join()
        return taken[0]

    def present(self, served, token):
        """The code of the answer: a challenge, or an outcome with its own."""
        with Delegate(served.addresses["amqp"]) as delegate:
            self.assertEqual(["GSSAPI"], delegate.mechanisms())
            delegate.begin("GSSAPI", token, "team1-away")
            code, fields = delegate.read_frame()
            return "challenge" if code == 0x42 else fields[0]

    def test_a_ticket_lets_the_federated_user_in_whose_principal_it_is_of(self):
        served = self.serve_kerberos()
        zoe = self.assert_let_in(served, self.kdc.tickets("zoe", "pencil"))
        self.assertEqual("zoe", zoe["authenticated-identity"]["sub"])
        self.assertEqual({"of-zoe": ["send"]}, zoe["address-authz"])
        self.kdc.administer(f"ktadd -norandkey -k {self.folder}/zoe.keytab zoe")
        self.assert_let_in(served, self.kdc.tickets("zoe", "", "-k", "-t", str(self.folder / "zoe.keytab")))
        self.assertEqual(0, served.stop(), served.log)

    def test_who_is_no_user_of_the_address_space_is_refused(self):
        served = self.serve_kerberos()
        # Another case, an instance, another provider, no realm in federatedUsername, and nobody.
        for principal in ["Zoe", "zoe/admin", "max", "carl", "nobody"]:
            with self.subTest(principal):
                self.assert_refused(served, self.kdc.tickets(principal, "pencil"))

    def test_without_a_ticket_the_client_cannot_begin(self):
        served = self.serve_kerberos()
        answer = self.log_in(served.addresses["amqp"], self.kdc.env)
        self.assertEqual(2, answer.returncode)
        self.assertIn("No Kerberos credentials available", answer.stderr)
        self.assertEqual(1, self.present(served, b"no ticket"))
        self.assertEqual("challenge", self.present(served, b""), "the client may begin with an empty message")

    def test_no_security_layer_is_offered(self):
        served = self.serve_kerberos()
        offers = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            relaying = threading.Thread(target=self.relay, args=(listener, served.addresses["amqp"], offers))
            relaying.start()
            answer = self.log_in("127.0.0.1:%d" % listener.getsockname()[1], self.kdc.tickets("zoe", "pencil"))
            relaying.join()
        self.assertEqual(2, answer.returncode, "it was let in, and got no open")
        # The last challenge is a token of RFC 4121 section 4.2.6.2, not encrypted: a header, then what RFC 4752 section
        # 3.1 has in it and a checksum, turned round by RRC bytes.
        token = offers[-1]
        self.assertEqual(b"\x05\x04", token[:2])
        turned = struct.unpack(">H", token[6:8])[0] % len(token[16:])
        self.assertEqual(b"\1\0\0\0", (token[16 + turned:] + token[16:16 + turned])[:4],
                         "no layer but none, and no buffer for one")

    def relay(self, listener, address, offers):
        """One login between a client and the service, by frames; keeps the challenges."""
        with accept(listener) as client, Delegate(address) as service:
            client.read(8)
            client.socket.sendall(SASL_HEADER + frame(1, performative(0x40, symbol(service.mechanisms()[0]))))
            code, fields = client.read_frame()
            service.begin("GSSAPI", fields[1], "team1-away")
            while True:
                code, fields = service.read_frame()
                if code == 0x44:
                    break
                offers.append(fields[0])
                client.socket.sendall(frame(1, performative(0x42, binary(fields[0]))))
                service.respond(client.read_frame()[1][0])
            client.socket.sendall(frame(1, performative(0x44, b"\x50" + bytes([fields[0]]))))
            client.read(8)

    def test_a_ticket_for_another_service_is_refused(self):
        served = self.serve_kerberos()
        zoe = self.kdc.tickets("zoe", "pencil")
        self.assertEqual(1, self.present(served, self.token(zoe, "other.example.test")), "its key is in the keytab")
        self.assertEqual("challenge", self.present(served, self.token(zoe)))

    def test_a_message_that_was_seen_before_is_refused(self):
        served = self.serve_kerberos()
        token = self.token(self.kdc.tickets("zoe", "pencil"))
        self.assertEqual("challenge", self.present(served, token))
        self.assertEqual(1, self.present(served, token))
        served.wait_for("a client is refused: .*Request is a replay")
        self.assertTrue((self.folder / "replays").exists())

    def test_a_ticket_that_has_expired_is_refused_and_the_log_says_why(self):
        served = self.serve_kerberos(env=self.kdc.environment(clockskew=0))
        short = self.kdc.tickets("zoe", "pencil", "-l", "8s")
        token = self.token(short)
        while subprocess.run([find("klist"), "-s"], env=short, check=False).returncode == 0:
            time.sleep(0.2)
        self.assertEqual(1, self.present(served, token))
        served.wait_for("a client is refused: .*(Ticket expired|Clock skew too great)")
        answer = self.log_in(served.addresses["amqp"], short)
        self.assertEqual(2, answer.returncode)
        self.assertIn("expired", answer.stderr)

    def test_a_keytab_that_is_not_there_takes_the_space_down_until_it_is(self):
        self.keytab.rename(self.secret / "moved")
        served = self.serve_kerberos()
        _, line = served.wait_for(f"bridge is down .*there is no key for amqp/{ROUTER} in .*/kerberos/keytab")
        zoe = self.kdc.tickets("zoe", "pencil")
        self.assert_refused(served, zoe, "sys_temp")
        (self.secret / "moved").rename(self.keytab)
        served.wait_for("bridge is up", line)
        self.assert_let_in(served, zoe)

    def test_its_space_is_not_ready_while_it_is_down_and_no_other_notices(self):
        self.write("users.yaml", USER.format(name="zoe", provider="bridged", principal=f"zoe@{REALM}"))
        zoe = self.kdc.tickets("zoe", "pencil")

        def log_in(address):
            answer = self.log_in(address, zoe)
            if answer.returncode != 0:
                raise Refused(json.loads(answer.stdout)["outcome"].replace("_", "-"))

        self.check_goes_down_and_comes_back(
            {"plugin": {"name": "cyrus", "config": self.config()}}, ["GSSAPI"], log_in,
            lambda: self.keytab.rename(self.secret / "moved"), f"there is no key for amqp/{ROUTER} in ",
            lambda: (self.secret / "moved").rename(self.keytab))

    def test_a_key_that_is_changed_counts_when_the_keytab_has_it(self):
        served = self.serve_kerberos()
        self.assert_let_in(served, self.kdc.tickets("zoe", "pencil"))
        self.kdc.administer(f"ktadd -k {self.secret}/fresh amqp/{ROUTER}")
        self.assert_refused(served, self.kdc.tickets("zoe", "pencil"))
        served.wait_for("a client is refused: .*keytab is likely out of date")
        (self.secret / "fresh").rename(self.keytab)
        self.assert_let_in(served, self.kdc.tickets("zoe", "pencil"))

    def test_the_bridge_keeps_to_the_rules_of_plugins(self):
        config = self.folder / "config.json"
        config.write_text(json.dumps(self.config()))
        checked = subprocess.run([DOORWARD, "plugin", "check", DOORWARD.rpartition("/")[0] + "/plugins/cyrus.so",
                                  "--config", config, "--secrets", self.secret.parent], env=self.kdc.env,
                                 capture_output=True, text=True, timeout=5 * PATIENCE, check=False)
        self.assertEqual(0, checked.returncode, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main()
