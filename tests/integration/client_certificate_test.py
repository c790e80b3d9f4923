"""Callers of the REST API by client certificate: who one's CN and O's say that he is, what he may, and whose is not taken,
nor counts any longer on a connection that was kept; with kubectl, curl, Python's client and the program's own
subcommands."""
import http.client
import json
import os
import signal
import ssl
import subprocess
import unittest

from kubectls import kubectl
from served import DOORWARD, PATIENCE, Served, ServedTest, service, space, user

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: edit, namespace: team1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: enmasse.io:tenant-edit}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: team1}
"""


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=PATIENCE)


class Authority:
    """Who signs certificates. Everything of it is in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.certificate, self.key = folder / "ca.crt", folder / "ca.key"
        self.make_key(self.key)
        openssl("req", "-x509", "-key", self.key, "-days", "2", "-subj", "/CN=users", "-out", self.certificate)

    def make_key(self, file):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file)

    def sign(self, name, subject, days=2):
        """The certificate and the key of one more user."""
        certificate, key, request = (self.folder / f"{name}.{end}" for end in ["crt", "key", "csr"])
        self.make_key(key)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days",
                days, "-out", certificate)
        return certificate, key


class ClientCertificateTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"https": {"address": "127.0.0.1:0", "clientCa": str(self.authority.certificate)},
                                      "amqp": {"listeners": [{"address": "127.0.0.1:0"}]}}))
        self.running.append(Served("--data-dir", self.data, "--config", config, "--threads", "1"))
        self.served = self.running[-1].wait_until_listening()
        self.url = f"https://{self.served.addresses['https']}"
        done = self.kubectl("apply", "-f", "-", stdin=service() + space() + user("alice", "x") + "---" + BINDING)
        self.assertEqual(0, done.returncode, done.stderr)

    def kubeconfig(self, certificate, key):
        """The administrator's, with the certificate in the place of the token."""
        named = ["config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.certificate-authority-data}"]
        authority = self.kubectl(*named).stdout
        file = self.folder / "user.kubeconfig"
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": "c", "user": {"client-certificate": str(certificate), "client-key": str(key)}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}))
        return file

    def kubectl(self, *arguments, config=None, stdin=None):
        return subprocess.run([kubectl(), "--kubeconfig", config or self.data / "admin.kubeconfig", "--cache-dir",
                               self.folder / "cache", *arguments], input=stdin, text=True, capture_output=True,
                              timeout=PATIENCE)

    def curl(self, path, *more):
        """The status, 0 where there was no answer, and the body."""
        done = subprocess.run(["curl", "--silent", "--max-time", str(PATIENCE), "--cacert", self.data / "tls" / "ca.crt",
                               "--write-out", "\n%{http_code}", *map(str, more), self.url + path],
                              capture_output=True, text=True, timeout=PATIENCE)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body or "null")

    def test_its_owner_is_the_user_of_its_cn_in_the_groups_of_its_os_and_may_what_they_may(self):
        config = self.kubeconfig(*self.authority.sign("ann", "/CN=ann/O=team1/O=ops"))
        who = json.loads(self.kubectl("auth", "whoami", "-o", "json", config=config).stdout)["status"]["userInfo"]
        self.assertEqual(("ann", {"team1", "ops", "system:authenticated"}), (who["username"], set(who["groups"])))
        done = self.kubectl("apply", "-f", "-", config=config, stdin=user("bob", "y"))
        self.assertEqual("messaginguser.user.enmasse.io/shop.bob created", done.stdout.strip(), done.stderr)
        done = self.kubectl("get", "messagingusers", "-n", "team2", config=config)
        self.assertIn('(Forbidden): messagingusers.user.enmasse.io is forbidden: User "ann" cannot list', done.stderr)
        for verb, answer in [("create", "yes"), ("escalate", "no")]:
            self.assertEqual(answer, self.kubectl("auth", "can-i", verb, "messagingusers", "-n", "team1",
                                                  config=config).stdout.strip(), verb)

        environment = {**os.environ, "KUBECONFIG": str(config)}
        done = subprocess.run([DOORWARD, "sync", "-", "--dry-run"], input=user("carol", "z"), env=environment, text=True,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("created MessagingUser team1/shop.carol", done.stdout)

    def test_one_of_another_authority_or_that_has_ended_is_nobodys(self):
        shown = {"good": self.authority.sign("good", "/CN=ann/O=team1"),
                 "a stranger's": Authority(self.folder / "other").sign("ann", "/CN=ann/O=team1"),
                 "ended": self.authority.sign("ended", "/CN=ann/O=team1", days=-1),
                 "nameless": self.authority.sign("nameless", "/O=team1")}
        answers = {name: self.curl(USERS, "--cert", certificate, "--key", key)[0]
                   for name, (certificate, key) in shown.items()}
        # Where TLS ends there is no answer; of whom the authority knows no name, nobody is known.
        self.assertEqual({"good": 200, "a stranger's": 0, "ended": 0, "nameless": 403}, answers)
        for more in [[], ["--cert", shown["nameless"][0], "--key", shown["nameless"][1]]]:
            self.assertIn('User "system:anonymous" cannot list', self.curl(USERS, *more)[1]["message"])

    def connection(self, certificate, key):
        context = ssl.create_default_context(cafile=self.data / "tls" / "ca.crt")
        context.load_cert_chain(certificate, key)
        connection = http.client.HTTPSConnection(self.served.addresses["https"], context=context, timeout=PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def test_counts_no_longer_on_kept_connections_and_in_watches_once_another_authority_has_replaced_its_own(self):
        ann = self.authority.sign("ann", "/CN=ann/O=team1")
        kept, watching = self.connection(*ann), self.connection(*ann)
        kept.request("GET", USERS)
        answer = kept.getresponse()
        version = json.loads(answer.read())["metadata"]["resourceVersion"]
        self.assertEqual(200, answer.status)
        watching.request("GET", f"{USERS}?watch=true&resourceVersion={version}")
        watch = watching.getresponse()
        self.assertEqual(200, watch.status)

        Authority(self.folder / "next").certificate.replace(self.authority.certificate)
        self.served.signal(signal.SIGHUP)
        self.served.wait_for("certificate replaced")
        kept.request("GET", USERS)
        answer = kept.getresponse()
        self.assertEqual((401, "close"), (answer.status, answer.headers["Connection"]))
        self.assertIn("the client certificate of this connection counts no longer", json.loads(answer.read())["message"])
        last = json.loads(watch.read().splitlines()[-1])
        self.assertEqual(("ERROR", 401), (last["type"], last["object"]["code"]))
        self.assertEqual(0, self.curl(USERS, "--cert", ann[0], "--key", ann[1])[0])

    def test_who_shows_none_may_send_a_token(self):
        token = self.kubectl("config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}").stdout
        review = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        asks = ["--header", "Content-Type: application/json", "--data", review]
        status, body = self.curl(path, *asks, "--header", f"Authorization: Bearer {token}")
        self.assertEqual((201, "admin"), (status, body["status"]["userInfo"]["username"]))


if __name__ == "__main__":
    unittest.main()
