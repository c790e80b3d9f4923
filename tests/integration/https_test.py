"""The door of the REST API: its own certificate, the first administrator's way in, tokens, and its documents."""
import base64
import http.client
import json
import re
import ssl
import stat
import subprocess
import time
import unittest

from rest_api import RestApi
from served import DOORWARD, PATIENCE, ServedTest


class HttpsTest(ServedTest):
    def serve_https(self, *arguments):
        served = self.serve("--https", "127.0.0.1:0", *arguments, resources=False)
        self.address = served.addresses["https"]
        return served

    @property
    def kubeconfig(self):
        return (self.data / "admin.kubeconfig").read_text()

    @property
    def admin_token(self):
        return re.search("token: (.*)", self.kubeconfig).group(1)

    def get(self, path, token=None, **headers):
        """Status and body of an answer, from a server that the kubeconfig's authority vouches for."""
        authority = re.search("certificate-authority-data: (.*)", self.kubeconfig).group(1)
        context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
        host, _, port = self.address.rpartition(":")
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=PATIENCE)
        self.addCleanup(connection.close)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def create_token(self, *arguments):
        done = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, *arguments], text=True,
                              capture_output=True, timeout=PATIENCE)
        return done.returncode, done.stdout.strip(), done.stderr

    def test_the_first_start_makes_a_certificate_and_says_where_the_kubeconfig_is(self):
        served = self.serve_https()
        found, _ = served.wait_for("kubeconfig=(\\S+)")
        self.assertEqual(str(self.data / "admin.kubeconfig"), found.group(1))
        self.assertIn(f'server: "https://{self.address}"', self.kubeconfig)
        for private in ["admin.kubeconfig", "tokens.yaml", "tls/ca.key", "tls/tls.key"]:
            self.assertEqual(0o600, stat.S_IMODE((self.data / private).stat().st_mode), private)
        self.assertNotIn(self.admin_token, served.log)
        self.assertNotIn(self.admin_token, (self.data / "tokens.yaml").read_text())

    def test_the_documents_are_everybodys(self):
        self.serve_https()
        status, body = self.get("/version")
        self.assertEqual(200, status)
        self.assertRegex(json.loads(body)["gitVersion"], r"^v1\.\d+\.0\+doorward\.")
        for token in [None, self.admin_token, "wrong"]:
            self.assertEqual(200, self.get("/apis/user.enmasse.io/v1beta1", token)[0])
        self.assertEqual((200, ""), self.get("/openapi/v2"))

    def test_a_token_that_is_not_known_gets_401_and_impersonation_403(self):
        self.serve_https()
        path = "/apis/user.enmasse.io/v1beta1/namespaces/a/messagingusers"
        status, body = self.get(path, self.admin_token[:-1] + "*")
        self.assertEqual((401, "Unauthorized"), (status, json.loads(body)["reason"]))
        self.assertEqual(403, self.get(path, self.admin_token, Impersonate_User="somebody")[0])
        self.assertNotIn(self.get(path, self.admin_token)[0], [401, 403])

    def test_another_start_keeps_authority_certificate_and_token(self):
        self.serve_https().stop()
        kept = [self.data / name for name in ["tokens.yaml", "tls/ca.crt", "tls/tls.crt"]]
        before, token = [path.read_text() for path in kept], self.admin_token
        self.serve_https()
        self.assertEqual(before, [path.read_text() for path in kept])
        self.assertEqual(token, self.admin_token)
        self.assertIn(self.address, self.kubeconfig)

    def test_a_created_token_is_taken_by_the_running_server_and_a_revoked_one_is_not(self):
        served = self.serve_https()
        code, token, _ = self.create_token("--name", "ci", "--group", "system:masters")
        self.assertEqual(0, code)
        served.wait_for("tokens reread")
        path = "/apis/user.enmasse.io/v1beta1/namespaces/a/messagingusers"
        self.assertNotIn(self.get(path, token)[0], [401, 403])
        _, line = served.wait_for("tokens reread")
        (self.data / "tokens.yaml").write_text("tokens: []\n")
        served.wait_for("tokens reread", line)
        self.assertEqual(401, self.get(path, token)[0])

    def test_a_watch_ends_when_its_token_or_its_right_goes(self):
        served = self.serve_https()
        rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/team1/rolebindings"
        binding = {"metadata": {"name": "ci"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                               "name": "enmasse.io:tenant-view"},
                   "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ci"}]}
        users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
        _, token, _ = self.create_token("--name", "ci")
        _, line = served.wait_for("tokens reread")

        def last_event(end):
            """Of a watch that began before `end` was called."""
            with RestApi(self.data, token) as api:
                watching = api.send("GET", users + "?watch=true&allowWatchBookmarks=true&sendInitialEvents=true"
                                           "&resourceVersionMatch=NotOlderThan")
                self.assertEqual(200, watching.status)
                self.assertEqual("BOOKMARK", json.loads(watching.readline())["type"])
                end()
                return json.loads(watching.read())

        def revoke():
            (self.data / "tokens.yaml").write_text("tokens: []\n")
            served.wait_for("tokens reread", line)

        with RestApi(self.data) as admin:
            self.assertEqual(201, admin.ask("POST", rbac, binding)[0])
            last = last_event(lambda: admin.ask("DELETE", rbac + "/ci"))
            self.assertEqual(("ERROR", 403, "Forbidden"),
                             (last["type"], last["object"]["code"], last["object"]["reason"]))
            self.assertEqual(201, admin.ask("POST", rbac, binding)[0])
        last = last_event(revoke)
        self.assertEqual(("ERROR", 401, "Unauthorized"), (last["type"], last["object"]["code"], last["object"]["reason"]))

    def test_a_token_needs_a_name_and_a_data_directory(self):
        self.assertEqual(2, self.create_token()[0])
        code, token, error = self.create_token("--name", "ci")
        self.assertEqual((2, ""), (code, token))
        self.assertIn("data directory", error)

    def test_a_given_certificate_is_shown_and_none_is_made(self):
        certificate, key = self.folder / "tls.crt", self.folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=given", "-keyout", key, "-out", certificate], check=True,
                       capture_output=True)
        self.serve_https("--amqps", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key)
        host, _, port = self.address.rpartition(":")
        self.assertEqual(certificate.read_text().split(), ssl.get_server_certificate((host, int(port))).split())
        self.assertFalse((self.data / "tls").exists())

    def test_the_end_does_not_wait_for_idle_clients(self):
        served = self.serve_https()
        host, _, port = self.address.rpartition(":")
        context = ssl._create_unverified_context()
        idle = http.client.HTTPSConnection(host, int(port), context=context, timeout=PATIENCE)
        self.addCleanup(idle.close)
        idle.connect()
        begun = time.monotonic()
        self.assertEqual(0, served.stop())
        self.assertLess(time.monotonic() - begun, 15, "it waited for the grace time of logins")


if __name__ == "__main__":
    unittest.main()
