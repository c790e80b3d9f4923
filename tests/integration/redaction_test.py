"""Nothing that anybody could log in with is ever written: not to the log at its loudest, not to the data directory."""
import base64
import unittest

from delegate import SCRAM, Delegate, Refused, ScramClient
from served import REALM, ServedTest, service, space, user

RIGHT, WRONG = "Correct-Horse-7391", "Battery-Staple-8642"


def traces(secret):
    """What of the secret a careless writer could leave: as it is, in hexadecimal, and in base64 at each offset."""
    secret = secret.encode() if isinstance(secret, str) else secret
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield secret[::-1]
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        # The ends depend on what stands beside the secret.
        yield encoded[4 if offset else 0:len(encoded) - 4]


class RedactionTest(ServedTest):
    def assert_absent(self, secrets, written, where):
        for name, secret in secrets.items():
            for trace in traces(secret):
                self.assertNotIn(trace, written, f"{name} is in {where}")

    def test_traces_are_found_where_there_are_some(self):
        for written in [f"password={RIGHT}".encode(), base64.b64encode(b"\0alice\0" + RIGHT.encode()),
                        base64.b64encode(b"\0bob\0" + RIGHT.encode() + b"x"), RIGHT.encode().hex().encode()]:
            with self.assertRaises(AssertionError):
                self.assert_absent({"password": RIGHT}, written, "here")

    def test_no_login_leaves_a_secret_in_the_log_or_in_the_store(self):
        self.write("all.yaml", service() + space() + user("alice", RIGHT))
        for log_format in ["text", "json"]:
            with self.subTest(log_format):
                config = self.folder / "doorward.yaml"
                config.write_text(f"log: {{format: {log_format}}}\n")
                served = self.serve_anything("--config", config, "--log-level", "trace")
                secrets = self.log_in_in_every_way(served.address)
                self.assertEqual(0, served.stop())
                self.assertGreater(served.log.count("alice"), 10)
                self.assert_absent(secrets, served.log.encode(), "the log")
                for file in filter(lambda path: path.is_file(), self.data.rglob("*")):
                    self.assert_absent(secrets, file.read_bytes(), file)

    def test_no_fault_in_a_manifest_quotes_its_password(self):
        good = user("alice", RIGHT)
        for number, broken in enumerate([
                good.replace("operations", "operatoins"),
                good.replace("password: ", "passwort: "),
                good.replace("password: ", "password: !"),
                good.replace("password: ", "password: !!"),
                good.replace("password: ", "password: *"),
                good.replace("password: ", "password: &"),
                good.replace("password: ", "password: [") + "]",
                good.replace("password: ", "password: {a: ").replace("=", "=}"),
                good.replace("password: ", 'password: "'),
                good.replace("password: ", "password: |"),
                good.replace("password: ", f"password: {RIGHT} "),
                good.replace("password: ", "password:\n"),
                good.replace("type: password", f"type: password\n    credentials: [{RIGHT}]")]):
            with self.subTest(number):
                self.write("all.yaml", service() + space() + broken)
                served = self.start("--log-level", "trace")
                self.assertEqual(2, served.wait(), served.log)
                self.assertIn("all.yaml", served.log)
                self.assert_absent({"password": RIGHT}, served.log.encode(), "the log")

    def serve_anything(self, *arguments):
        """With a log that need not be text."""
        served = self.start(*arguments)
        found, _ = served.wait_for(r'amqp"?[=:]"?(127\.0\.0\.1:\d+)')
        served.address = found.group(1)
        return served

    def log_in_in_every_way(self, address):
        """Answers the secrets that went over the wire or were derived."""
        secrets = {"the right password": RIGHT, "the wrong password": WRONG}
        for mechanism in ["PLAIN", *SCRAM]:
            for realm, name, password in [(REALM, "alice", RIGHT), (REALM, "alice", WRONG), (REALM, "nobody", WRONG),
                                          ("nowhere", "alice", RIGHT)]:
                with Delegate(address) as delegate:
                    try:
                        delegate.authenticate(mechanism, realm, name, password)
                        delegate.open()
                    except Refused:
                        pass
                    if mechanism in SCRAM:
                        secrets[f"a proof of {mechanism}"] = base64.b64decode(delegate.client.proof)
                        secrets[f"a salted password of {mechanism}"] = delegate.client.salted
        # Messages that are wrong in themselves, with a password in each place where one could stand.
        for mechanism, message in [("PLAIN", RIGHT), ("PLAIN", f"\0alice{RIGHT}"), ("PLAIN", f"alice\0bob\0{RIGHT}"),
                                   ("PLAIN", f"\0alice\0{RIGHT}\0"), ("SCRAM-SHA-256", f"n,,n=alice,p={RIGHT}"),
                                   ("SCRAM-SHA-256", f"p={RIGHT}"), ("XOAUTH2", f"user=a\1auth=Bearer {RIGHT}\1\1"),
                                   (RIGHT.upper(), "x")]:
            with Delegate(address) as delegate:
                delegate.mechanisms()
                delegate.begin(mechanism, message.encode(), REALM)
                code, fields = delegate.read_frame()
                self.assertEqual((0x44, True), (code, fields[0] != 0))
        with Delegate(address) as delegate:
            delegate.mechanisms()
            client = ScramClient("SCRAM-SHA-256", "alice", RIGHT)
            delegate.begin("SCRAM-SHA-256", client.initial(), REALM)
            delegate.respond(client.final(delegate.read_frame()[1][0].decode()).replace(b"c=biws", b"c=eSws"))
            self.assertEqual(0x44, delegate.read_frame()[0])
        return secrets


if __name__ == "__main__":
    unittest.main()
