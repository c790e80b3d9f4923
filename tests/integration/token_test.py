"""Logins with tokens of Kubernetes service accounts, reviewed by a server over TLS that gives every answer."""
import collections
import json
import os
import subprocess
import threading
import unittest
import unittest.mock

import api_server
from api_server import ROBOT, ApiServer, authenticated, review
from delegate import Delegate, OUTCOMES, Refused, login
from rest_api import RestApi
from reviewed import ReviewedTest
from scraped import HealthServedTest
from served import DOORWARD, REALM

ANY = "@@serviceaccount@@"
NAMESPACES = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


class TokenTest(ReviewedTest, HealthServedTest):
    def serve_counted(self, *arguments, **settings):
        """With a health port, for assert_counted."""
        served = self.serve_reviewed("--health", "127.0.0.1:0", *arguments, **settings)
        self.health = served.wait_for(r"health port open health=(\S+)")[0].group(1)
        return served

    def assert_counted(self, reason, times=1):
        self.wait_for_sample(f'doorward_login_reasons_total{{reason="{reason}"}}', times)

    def log_in(self, mechanism, initial):
        """The properties of the open; a bad token is told by a challenge first."""
        with Delegate(self.address) as delegate:
            delegate.mechanisms()
            delegate.begin(mechanism, initial, REALM)
            code, fields = delegate.read_frame()
            if code == 0x42:
                self.assertIn("status", json.loads(fields[0]))
                delegate.respond(b"\1")
                code, fields = delegate.read_frame()
            if fields[0] != 0:
                raise Refused(OUTCOMES[fields[0]])
            return delegate.open()

    def where(self, mounted):
        """What is served meanwhile sees a file system where those commands were run first."""
        wrapper = self.folder / "doorward"
        wrapper.write_text(f'#!/bin/sh\nexec unshare -rm sh -ec \'{mounted}; exec "$@"\' sh "{DOORWARD}" "$@"\n')
        wrapper.chmod(0o755)
        return unittest.mock.patch("served.DOORWARD", wrapper)

    def outcome(self, token, name=ANY):
        try:
            login(self.address, "PLAIN", REALM, name, token)
            return "ok"
        except Refused as refused:
            return str(refused)

    def test_a_service_account_logs_in_by_each_mechanism_that_carries_a_token(self):
        self.serve_reviewed()
        with Delegate(self.address) as delegate:
            self.assertEqual(["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "OAUTHBEARER", "XOAUTH2"],
                             delegate.mechanisms())
        for mechanism, initial in [("PLAIN", b"\0@@serviceaccount@@\0good"),
                                   ("PLAIN", b"\0" + ROBOT.encode() + b"\0good"),
                                   ("OAUTHBEARER", b"n,,\1auth=Bearer good\1\1"),
                                   ("OAUTHBEARER", b"n,a=" + ROBOT.encode() + b",\1host=x\1auth=Bearer good\1\1"),
                                   ("XOAUTH2", b"user=@@serviceaccount@@\1auth=Bearer good\1\1")]:
            opened = self.log_in(mechanism, initial)
            self.assertEqual(ROBOT, opened["authenticated-identity"]["sub"], mechanism)
            self.assertEqual({"orders/*": ["send"]}, opened["address-authz"], mechanism)
        for mechanism, initial in [("OAUTHBEARER", b"n,,\1auth=Bearer bad\1\1"),
                                   ("XOAUTH2", b"user=\1auth=Bearer bad\1\1")]:
            with self.assertRaisesRegex(Refused, "^auth$"):
                self.log_in(mechanism, initial)

    def test_the_client_of_the_house_logs_in_with_a_token(self):
        self.serve_reviewed()
        (self.folder / "token").write_text("good")
        done = subprocess.run([DOORWARD, "login", "--host", self.address, "--realm", REALM, "--mechanism", "PLAIN",
                               "--user", ANY, "--password-file", self.folder / "token"], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(ROBOT, done.stdout)

    def test_nobody_gets_in_with_a_bad_answer_and_log_and_metrics_tell_them_apart(self):
        other = ApiServer(self.folder, "other")
        self.addCleanup(other.stop)
        self.api.answers |= {
            "html": api_server.html, "half": api_server.half,
            "no-user": review({"authenticated": True}), "node": review(authenticated("system:node:worker1")),
            "stranger": review(authenticated("system:serviceaccount:team1:stranger")),
            "401": api_server.status(401), "403": api_server.status(403), "429": api_server.status(429),
            "500": api_server.status(500),
            "redirect": api_server.status(307, Location=other.url + "/elsewhere")}
        served = self.serve_counted()
        expired = "e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln"  # {"exp":1700000000}
        cases = [("bad", "auth", "token_rejected"), (expired, "auth", "token_expired"),
                 ("t" * 8193, "auth", "token_too_long"), ("not a token", "auth", "token_malformed"),
                 ("\x01\x7f", "auth", "token_malformed"), ("node", "auth", "not_a_service_account"),
                 ("stranger", "auth", "unknown_user"), ("html", "sys-temp", "review_not_json"),
                 ("no-user", "sys-temp", "review_without_user"), ("half", "sys-temp", "review_cut"),
                 ("401", "sys-temp", "review_unauthorized"), ("403", "sys-temp", "review_forbidden"),
                 ("429", "sys-temp", "review_throttled"), ("500", "sys-temp", "review_server_error"),
                 ("redirect", "sys-temp", "review_redirected")]
        line, told = 0, collections.Counter()
        for token, outcome, reason in cases:
            self.assertEqual(outcome, self.outcome(token), reason)
            _, line = served.wait_for(f" login .*reason={reason} ", line)
            told[reason] += 1
            self.assert_counted(reason, told[reason])
        self.assertEqual([], other.asked, "a redirect was followed")
        self.assertEqual("auth", self.outcome("stranger", ROBOT))
        served.wait_for(" login .*reason=token_of_other_user ", line)
        self.assert_counted("token_of_other_user")
        self.assertEqual("auth", self.outcome("good", "alice"))
        self.assertNotIn(expired, served.log)

    def test_a_token_of_16_kib_fits_no_frame_and_is_told_as_every_login(self):
        audit = self.folder / "audit.jsonl"
        served = self.serve_counted("--audit", audit)
        for times, (mechanism, initial) in enumerate([("PLAIN", b"\0@@serviceaccount@@\0%s"),
                                                      ("OAUTHBEARER", b"n,,\1auth=Bearer %s\1\1")], 1):
            with Delegate(self.address) as delegate:
                delegate.mechanisms()
                with self.assertRaises((EOFError, ConnectionError)):
                    delegate.begin(mechanism, initial % (b"t" * 16384), REALM)
                    delegate.read_frame()
            self.assert_counted("frame_too_long", times)
        served.wait_for("connection broken off .*reason=frame_too_long .*longer than the 16384 allowed")
        served.wait_for(" login .*outcome=aborted .*reason=frame_too_long ")
        self.assertEqual([], self.api.asked)
        self.assertEqual(0, served.stop())
        self.assertEqual(2, sum('"frame_too_long"' in line for line in audit.read_text().splitlines()))

    def test_a_token_for_another_audience_is_refused(self):
        self.api.answers |= {"theirs": review(authenticated(ROBOT, ["theirs"])),
                             "ours": review(authenticated(ROBOT, ["x", "ours"]))}
        served = self.serve_counted(audiences=["ours"])
        self.assertEqual("auth", self.outcome("theirs"))
        served.wait_for(" login .*reason=token_of_other_audience ")
        self.assert_counted("token_of_other_audience")
        self.assertEqual("auth", self.outcome("good"), "a server that does not look at audiences")
        self.assertEqual("ok", self.outcome("ours"))
        self.assertEqual(["ours"], self.api.asked[0][2])

    def test_a_certificate_of_another_ca_is_not_believed(self):
        other = ApiServer(self.folder, "other")
        self.addCleanup(other.stop)
        served = self.serve_counted(ca=str(other.ca))
        self.assertEqual("sys-temp", self.outcome("good"))
        served.wait_for(" login .*reason=review_certificate ")
        self.assert_counted("review_certificate")
        self.assertEqual([], self.api.asked, "a token was sent to a stranger")

    @unittest.skipUnless(NAMESPACES, "no namespaces here to change /etc/ssl/certs in")
    def test_a_ca_replaces_those_of_the_system(self):
        """The API server is one that the system trusts, by its file and its folder; only without `ca` that counts."""
        trusted = self.folder / "trusted"
        trusted.mkdir()
        name = subprocess.check_output(["openssl", "x509", "-noout", "-hash", "-in", self.api.ca], text=True).strip()
        for file in [trusted / "ca-certificates.crt", trusted / f"{name}.0"]:
            file.write_text(self.api.ca.read_text())
        other = ApiServer(self.folder, "other")
        self.addCleanup(other.stop)
        with self.where(f'mount --bind "{trusted}" /etc/ssl/certs'):
            self.serve_reviewed(ca=None)
            self.assertEqual("ok", self.outcome("good"), "the system's CAs are taken where no other is named")
            self.running.pop().stop()
            served = self.serve_reviewed(ca=str(other.ca))
        self.assertEqual("sys-temp", self.outcome("good"))
        served.wait_for(" login .*reason=review_certificate ")

    @unittest.skipUnless(NAMESPACES, "no namespaces here to mount what a pod has in")
    def test_in_a_pod_it_finds_all_by_itself_and_takes_what_rotates(self):
        """The files are links that are swapped, as Kubernetes does it."""
        mount = self.folder / "mount"
        for token in ["our-first-token", "our-second-token"]:
            (mount / token).mkdir(parents=True)
            (mount / token / "token").write_text(token)
            (mount / token / "ca.crt").write_text(self.api.ca.read_text())
        (mount / "..data").symlink_to("our-first-token")
        for file in ["token", "ca.crt"]:
            (mount / file).symlink_to(f"..data/{file}")
        inside = "/var/run/secrets/kubernetes.io/serviceaccount"
        environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1",
                       "KUBERNETES_SERVICE_PORT": str(self.api.server_address[1])}
        with self.where(f'mount -t tmpfs none /run; mkdir -p {inside}; mount --bind "{mount}" {inside}'):
            self.address = self.serve(env=dict(os.environ, **environment)).addresses["amqp"]
        self.assertEqual("ok", self.outcome("good"))
        (mount / "..new").symlink_to("our-second-token")
        (mount / "..new").rename(mount / "..data")
        self.assertEqual("auth", self.outcome("bad"))
        self.assertEqual(["Bearer our-first-token", "Bearer our-second-token"],
                         [sent for _, sent, _ in self.api.asked])

    def test_a_server_that_does_not_answer_costs_its_own_logins_alone(self):
        self.api.answers["never"] = self.api.never
        served = self.serve_reviewed(timeout="1s", inFlight=1)
        outcomes = []
        waiting = [threading.Thread(target=lambda: outcomes.append(self.outcome("never"))) for _ in range(4)]
        for thread in waiting:
            thread.start()
        self.assertTrue(login(self.address, "SCRAM-SHA-256", REALM, "alice", "x"))
        self.assertTrue(login(self.address, "PLAIN", REALM, "alice", "x"))
        self.assertEqual([], outcomes, "nobody else waits for the review")
        for thread in waiting:
            thread.join()
        self.assertEqual(["sys-temp"] * 4, outcomes)
        served.wait_for(" login .*reason=review_timed_out ")
        self.assertEqual(1, len(self.api.asked), "one review for one token")

    def test_a_client_that_vanishes_during_its_review_takes_nothing_along(self):
        self.api.answers["never"] = self.api.never
        served = self.serve_reviewed()
        for _ in range(20):
            with Delegate(self.address) as delegate:
                delegate.mechanisms()
                delegate.begin("PLAIN", b"\0@@serviceaccount@@\0never", REALM)
        self.api.may_answer.set()
        self.assertEqual("ok", self.outcome("good"))
        self.assertEqual(0, served.stop())

    def test_a_stop_does_not_wait_for_a_review(self):
        self.api.answers["never"] = self.api.never
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"tokenReview": {"server": self.api.url, "ca": str(self.api.ca)},
                                      "limits": {"drainTimeout": "100ms"}}))
        served = self.serve("--config", config)
        with Delegate(served.addresses["amqp"]) as delegate:
            delegate.mechanisms()
            delegate.begin("PLAIN", b"\0@@serviceaccount@@\0never", REALM)
            self.assertEqual(0, served.stop())

    def test_a_pods_own_token_is_sent_and_taken_anew_when_it_rotates(self):
        token = self.folder / "token"
        token.write_text("our-first-token")
        served = self.serve_reviewed(tokenFile=str(token))
        self.assertEqual("ok", self.outcome("good"))
        fresh = self.folder / "token.new"
        fresh.write_text("our-second-token")
        fresh.rename(token)
        self.assertEqual("auth", self.outcome("bad"))
        self.assertEqual(["Bearer our-first-token", "Bearer our-second-token"],
                         [sent for _, sent, _ in self.api.asked])
        self.assertNotIn("our-first-token", served.log)

    def test_a_kubeconfig_leads_there_as_well(self):
        (self.folder / "kubeconfig").write_text(json.dumps({
            "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": self.api.url, "certificate-authority": self.api.ca.name}}],
            "users": [{"name": "u", "user": {"token": "ours"}}]}))
        self.serve_reviewed(server=None, ca=None, kubeconfig=str(self.folder / "kubeconfig"))
        self.assertEqual("ok", self.outcome("good"))
        self.assertEqual("Bearer ours", self.api.asked[0][1])

    def test_a_caller_of_the_rest_api_is_who_the_api_server_says(self):
        self.serve_reviewed("--https", "127.0.0.1:0", rememberFor="10m")
        users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
        for token, status, said in [("good", 403, f'User "{ROBOT}" cannot list'), ("bad", 401, "knows the token")]:
            with RestApi(self.data, token) as api:
                got, answer, _ = api.ask("GET", users)
                self.assertEqual(status, got)
                self.assertIn(said, answer["message"])
        rbac = "rbac.authorization.k8s.io"
        binding = {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": "robots"},
                   "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "enmasse.io:tenant-view"},
                   "subjects": [{"kind": "ServiceAccount", "namespace": "team1", "name": "robot"}]}
        with RestApi(self.data) as api:
            status, answer, _ = api.ask("POST", f"/apis/{rbac}/v1/namespaces/team1/rolebindings", binding)
            self.assertEqual(201, status, answer)
        with RestApi(self.data, "good") as api:
            self.assertEqual(200, api.ask("GET", users)[0])
        self.assertEqual(1, [token for token, _, _ in self.api.asked].count("good"), "it is remembered for a while")
        self.api.answers["overloaded"] = api_server.status(500)
        with RestApi(self.data, "overloaded") as api:
            self.assertEqual(503, api.ask("GET", users)[0])

    def test_without_an_api_server_nothing_is_offered_and_a_token_is_no_way_in(self):
        served = self.serve("--log-level", "info")
        self.address = served.addresses["amqp"]
        with Delegate(self.address) as delegate:
            self.assertNotIn("OAUTHBEARER", delegate.mechanisms())
        self.assertEqual("auth", self.outcome("good"))
        served.wait_for(" login .*reason=review_not_configured ")

    def test_reviews_that_were_asked_for_and_cannot_be_had_refuse_the_start(self):
        config = self.folder / "doorward.yaml"
        for text, words in [("tokenReview: {enabled: true}", "tokenReview.enabled is true, but this is no pod"),
                            (f"tokenReview: {{ca: {self.api.ca}}}", "needs `server` beside it"),
                            ("tokenReview: {server: 'http://x'}", "would send tokens unprotected")]:
            config.write_text(text)
            served = self.start("--config", config)
            self.assertNotEqual(0, served.wait())
            self.assertIn(words, served.log)


if __name__ == "__main__":
    unittest.main()
