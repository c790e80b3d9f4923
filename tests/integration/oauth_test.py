"""The OAuth bridge against an issuer of the tests' own over real TLS: who is let in, with what; keys that change; and an
issuer that is gone or slow."""
import base64
import hmac
import json
import subprocess
import time
import unittest

import api_server
from api_server import ApiServer
from bridge_health import BridgeHealthTest
from delegate import Delegate, OUTCOMES, Refused, login
from external_test import bridged
from served import DOORWARD, PATIENCE, service, space, user

REALM = "team1-away"
ISSUER = "https://issuer.example"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """An RSA key, made and used by OpenSSL's own command."""

    def __init__(self, folder, kid):
        self.file, self.kid = folder / f"{kid}.pem", kid
        self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file)

    @staticmethod
    def openssl(*arguments, data=None):
        return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout

    def jwk(self):
        modulus = self.openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().partition("=")[2]
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "e": "AQAB", "n": base64url(bytes.fromhex(modulus))}

    def token(self, alg="RS256", **claims):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": ["account", "amqp"], "sub": "zoe", "iat": now, "exp": now + 300,
                  "realm_access": {"roles": ["staff"]}, **claims}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in [{"alg": alg, "kid": self.kid}, claims])
        if alg == "none":
            return signed + "."
        if alg == "HS256":
            public = self.openssl("pkey", "-in", self.file, "-pubout")
            return f"{signed}.{base64url(hmac.digest(public, signed.encode(), 'sha256'))}"
        return f"{signed}.{base64url(self.openssl('dgst', '-sha256', '-sign', self.file, data=signed.encode()))}"


class OauthTest(BridgeHealthTest):
    def setUp(self):
        super().setUp()
        self.issuer = ApiServer(self.folder, "issuer")
        self.addCleanup(self.issuer.stop)
        self.key = SigningKey(self.folder, "first")
        self.publish(self.key)
        self.secrets = self.folder / "secrets"
        secret = self.secrets / "enmasse-infra" / "issuer"
        secret.mkdir(parents=True)
        (secret / "ca.crt").write_text(self.issuer.ca.read_text())

    def publish(self, *keys):
        self.issuer.answers["/keys"] = {"keys": [key.jwk() for key in keys]}

    def config(self, **more):
        return {"jwksUri": self.issuer.url + "/keys", "caFile": "issuer/ca.crt", "issuer": ISSUER,
                "audiences": ["amqp"], "groupsClaim": "/realm_access/roles",
                "grants": [{"addresses": ["inbox/{username}"], "operations": ["recv"]},
                           {"group": "staff", "groups": ["manage"], "addresses": ["{group}/*"],
                            "operations": ["send"]}], **more}

    def serve_oauth(self, timeout=30, resources="", **more):
        self.write("all.yaml", resources + bridged({"plugin": {"name": "oauth", "config": self.config(**more)},
                                                    "timeoutSeconds": timeout}))
        return self.serve("--secrets", self.secrets)

    def log_in(self, served, *arguments):
        return self.log_in_at(served.addresses["amqp"], *arguments)

    def log_in_at(self, address, token, mechanism="OAUTHBEARER", name=""):
        """The properties of the open; what the service says of a bad token is in `self.told`."""
        pairs = b"\1auth=Bearer " + token.encode() + b"\1\1"
        head = b"user=" + name.encode() if mechanism == "XOAUTH2" else b"n," + (b"a=" + name.encode()) * bool(name) + b","
        with Delegate(address) as delegate:
            self.assertEqual(["OAUTHBEARER", "XOAUTH2"], delegate.mechanisms())
            delegate.begin(mechanism, head + pairs, REALM)
            code, fields = delegate.read_frame()
            if code == 0x42:
                self.told = json.loads(fields[0])
                delegate.respond(b"\1")
                code, fields = delegate.read_frame()
            if fields[0] != 0:
                raise Refused(OUTCOMES[fields[0]])
            return delegate.open()

    def refused(self, *arguments):
        self.told = {}
        with self.assertRaises(Refused) as caught:
            self.log_in(*arguments)
        return str(caught.exception)

    def test_users_of_an_issuer_get_the_rights_of_their_groups(self):
        served = self.serve_oauth()
        for mechanism, name in [("OAUTHBEARER", ""), ("OAUTHBEARER", "zoe"), ("XOAUTH2", "zoe"), ("XOAUTH2", "")]:
            zoe = self.log_in(served, self.key.token(), mechanism, name)
            self.assertEqual("zoe", zoe["authenticated-identity"]["sub"])
            self.assertEqual({"inbox/zoe": ["recv"], "staff/*": ["send"]}, zoe["address-authz"])
            self.assertEqual(["manage"], zoe["groups"])
        max_ = self.log_in(served, self.key.token(sub="max", realm_access={}))
        self.assertEqual({"inbox/max": ["recv"]}, max_["address-authz"])

    def test_the_client_of_the_house_logs_in_with_a_token(self):
        served = self.serve_oauth()
        (self.folder / "token").write_text(self.key.token() + "\n")
        for mechanism, names in [("OAUTHBEARER", []), ("oauthbearer", ["--user", "zoe"]), ("XOAUTH2", ["--user", "zoe"])]:
            done = subprocess.run([DOORWARD, "login", "--host", served.addresses["amqp"], "--realm", REALM, "--mechanism",
                                   mechanism, *names, "--password-file", self.folder / "token"],
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn('let in as "zoe" by ' + mechanism.upper(), done.stdout)
        (self.folder / "token").write_text(self.key.token(exp=1) + "\n")
        done = subprocess.run([DOORWARD, "login", "--host", served.addresses["amqp"], "--realm", REALM, "--mechanism",
                               "OAUTHBEARER", "--password-file", self.folder / "token"],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("refused (auth) by OAUTHBEARER", done.stdout)

    def test_nobody_else_is_let_in(self):
        served = self.serve_oauth()
        stranger = SigningKey(self.folder, "stranger")
        stranger.kid = self.key.kid
        now, line = int(time.time()), 0
        for token in [self.key.token(exp=now - 3600), self.key.token(nbf=now + 3600), self.key.token(aud="account"),
                      self.key.token(iss=ISSUER + "/"), self.key.token(sub=""), self.key.token("none"),
                      self.key.token("HS256"), stranger.token(), "nonsense", "a.b.c", "t" * 12288]:
            self.assertEqual("auth", self.refused(served, token), token[:80])
            self.assertEqual({"status": "invalid_token"}, self.told, token[:80])
            _, line = served.wait_for(" login .*reason=token_rejected ", line)
            self.assertNotIn(token, served.log)
        self.assertEqual("auth", self.refused(served, self.key.token(), "OAUTHBEARER", "max"))
        self.assertEqual("auth", self.refused(served, "not a token"))
        self.assertEqual({"status": "invalid_request"}, self.told)
        self.assertEqual("auth", self.refused(served, "nonsense", "XOAUTH2"))
        self.assertEqual({"status": "401", "schemes": "bearer"}, self.told)
        with Delegate(served.addresses["amqp"]) as delegate:
            delegate.mechanisms()
            with self.assertRaises((EOFError, ConnectionError)):
                delegate.begin("OAUTHBEARER", b"n,,\1auth=Bearer " + b"t" * 16384 + b"\1\1", REALM)
                delegate.read_frame()

    def test_keys_are_rotated_while_logins_run(self):
        served = self.serve_oauth()
        second = SigningKey(self.folder, "second")
        self.assertTrue(self.log_in(served, self.key.token()))
        self.publish(second)
        self.assertTrue(self.log_in(served, self.key.token()), "nobody has asked for the new ones yet")
        self.assertTrue(self.log_in(served, second.token()))
        self.assertEqual("auth", self.refused(served, self.key.token()))
        self.assertEqual(["/keys", "/keys"], self.issuer.asked)

    def test_an_issuer_that_is_not_there_is_told_and_comes_back(self):
        self.issuer.answers["/keys"] = api_server.html
        served = self.serve_oauth(resources=service() + space() + user("bob", "x"))
        _, line = served.wait_for("bridge is down .*the issuer's keys at .*it is no JWK Set")
        served.wait_for("address space is not ready .*team1/away.*it is no JWK Set")
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-256", "team1-shop", "bob", "x"))
        with Delegate(served.addresses["amqp"]) as delegate:
            self.assertNotIn("OAUTHBEARER", delegate.mechanisms())
            delegate.begin("OAUTHBEARER", b"n,,\1auth=Bearer " + self.key.token().encode() + b"\1\1", REALM)
            self.assertEqual(4, delegate.read_frame()[1][0], "sys-temp")
        self.publish(self.key)
        served.wait_for("bridge is up", line)
        with Delegate(served.addresses["amqp"]) as delegate:
            self.assertIn("OAUTHBEARER", delegate.mechanisms())

    def test_its_space_is_not_ready_while_it_is_down_and_no_other_notices(self):
        def down():
            self.issuer.answers["/keys"] = api_server.status(503)

        self.check_goes_down_and_comes_back(
            {"plugin": {"name": "oauth", "config": self.config(refreshSeconds=1, keepSeconds=10)}},
            ["OAUTHBEARER", "XOAUTH2"], lambda address: self.log_in_at(address, self.key.token()),
            down, "the issuer's keys at .*it answers with status 503", lambda: self.publish(self.key))

    def test_an_issuer_that_is_slow_costs_only_those_whose_keys_are_unknown(self):
        served = self.serve_oauth(timeout=2, resources=service(type="none") + space())
        amqp = served.addresses["amqp"]
        other = SigningKey(self.folder, "other")
        self.issuer.answers["/keys"] = self.issuer.never
        waiting = [Delegate(amqp) for _ in range(20)]
        for delegate in waiting:
            self.addCleanup(delegate.socket.close)
            delegate.mechanisms()
            delegate.begin("OAUTHBEARER", b"n,,\1auth=Bearer " + other.token().encode() + b"\1\1", REALM)
        self.assertTrue(login(amqp, "ANONYMOUS", "team1-shop"))
        with Delegate(amqp) as delegate:
            delegate.mechanisms()
            delegate.begin("OAUTHBEARER", b"n,,\1auth=Bearer " + self.key.token().encode() + b"\1\1", REALM)
            self.assertEqual(0, delegate.read_frame()[1][0])
        for delegate in waiting:
            self.assertEqual(4, delegate.read_frame()[1][0], "sys-temp")
        served.wait_for("the issuer's keys at .*it did not answer within 1600 ms")
        self.assertEqual(0, served.stop())

    def test_a_certificate_of_another_ca_is_not_believed(self):
        other = ApiServer(self.folder, "other")
        self.addCleanup(other.stop)
        (self.secrets / "enmasse-infra" / "issuer" / "ca.crt").write_text(other.ca.read_text())
        served = self.serve_oauth()
        served.wait_for("bridge is down .*its certificate is refused")
        self.assertEqual([], self.issuer.asked)

    def test_faults_in_the_configuration_are_told(self):
        served = self.serve_oauth(algorithms=["RS256", "HS256"])
        served.wait_for("bridge is down .*config.algorithms may not have HS256")

    def test_plugin_check_finds_nothing(self):
        file = self.folder / "config.json"
        file.write_text(json.dumps(self.config()))
        done = subprocess.run([DOORWARD, "plugin", "check", DOORWARD.rpartition("/")[0] + "/plugins/oauth.so", "--config",
                               file, "--secrets", self.secrets / "enmasse-infra", "--time-limit", "60000"],
                              capture_output=True, text=True, timeout=4 * PATIENCE)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("the plugin keeps to the rules", done.stdout)
        self.assertIn("lets nobody in who proved nothing, by OAUTHBEARER", done.stdout)


if __name__ == "__main__":
    unittest.main()
