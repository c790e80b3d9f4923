"""Logins over TLS, and certificates that are replaced, half written or wrong."""
import ssl
import subprocess
import unittest

from delegate import login
from scraped import HealthServedTest
from served import REALM, service, space, user


class TlsTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))
        self.certificate, self.key = self.folder / "tls.crt", self.folder / "tls.key"
        self.make_certificate()

    def make_certificate(self):
        """A new one in the place of the old, and a client that trusts only the new one."""
        fresh = [self.folder / "new.key", self.folder / "new.crt"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=doorward", "-addext", "subjectAltName=DNS:doorward.test",
                        "-keyout", fresh[0], "-out", fresh[1]], check=True, capture_output=True)
        self.client = ssl.create_default_context(cafile=fresh[1])
        fresh[0].rename(self.key)
        fresh[1].rename(self.certificate)

    def serve_tls(self):
        return self.serve("--amqps", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key)

    def log_in(self, served, client):
        return login(served.addresses["amqps"], "PLAIN", REALM, "alice", "x", client, "doorward.test")

    def test_a_login_over_tls(self):
        served = self.serve_tls()
        self.assertEqual("alice", self.log_in(served, self.client)["authenticated-identity"]["sub"])

    def test_a_replaced_certificate_is_served_without_a_restart(self):
        served = self.serve_tls()
        old = self.client
        self.log_in(served, old)
        _, line = served.wait_for("listening")
        self.make_certificate()
        served.wait_for("certificate", line)
        self.assertTrue(self.log_in(served, self.client))
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.log_in(served, old)

    def test_a_half_written_certificate_leaves_the_old_one_and_the_metric_says_so_until_it_is_whole(self):
        served = self.serve_with_health("--amqps", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key)
        served.wait_until_listening()
        rejected = 'doorward_tls_certificate_rejected{listener="amqps"}'
        self.assertEqual(0, self.sample(rejected))
        _, line = served.wait_for("listening")
        whole = self.certificate.read_text()
        self.certificate.write_text(whole[:200])
        served.wait_for("warning .*certificate", line)
        self.wait_for_sample(rejected, 1)
        self.assertTrue(self.log_in(served, self.client))
        self.certificate.write_text(whole)
        self.wait_for_sample(rejected, 0)
        self.assertTrue(self.log_in(served, self.client))

    def test_a_key_of_another_certificate_refuses_the_start(self):
        other = self.key.read_text()
        self.make_certificate()
        self.key.write_text(other)
        served = self.start("--amqps", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key)
        self.assertEqual(2, served.wait())
        self.assertIn("not started", served.log)

if __name__ == "__main__":
    unittest.main()
