"""`doorward serve` is asked to end, or has less room than it wants."""
import base64
import http.client
import json
import os
import re
import resource
import signal
import socket
import threading
import time
import unittest

from delegate import Delegate
from rest_api import RestApi
from scraped import HealthServedTest
from served import PATIENCE, REALM, ServedTest, service, space, user


class EndTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))

    def test_sigterm_and_sigint_end_with_0(self):
        for number in [signal.SIGTERM, signal.SIGINT]:
            with self.subTest(number):
                served = self.serve()
                served.signal(number)
                self.assertEqual(0, served.wait())
                self.assertIn("stopped", served.log)

    def test_a_running_login_finishes_and_a_new_one_is_not_taken(self):
        served = self.serve()
        address = served.addresses["amqp"]
        with Delegate(address) as delegate:
            delegate.mechanisms()
            served.signal(signal.SIGTERM)
            served.wait_for("stopping")
            delegate.begin("PLAIN", b"\0alice\0x", REALM)
            code, fields = delegate.read_frame()
            self.assertEqual((0x44, 0), (code, fields[0]))
            self.assertEqual("alice", delegate.open()["authenticated-identity"]["sub"])
        self.assertEqual(0, served.wait())
        with self.assertRaises(ConnectionRefusedError):
            Delegate(address)

    def test_under_load_what_was_begun_is_finished_and_told_to_the_audit(self):
        audit = self.folder / "audit"
        served = self.serve("--audit", audit)
        address, unfinished, finished, done = served.addresses["amqp"], [], [], threading.Semaphore(0)

        def log_in_until_refused():
            while True:
                begun = False
                try:
                    with Delegate(address) as delegate:
                        delegate.mechanisms()
                        begun = True
                        delegate.begin("PLAIN", b"\0alice\0x", REALM)
                        code, fields = delegate.read_frame()
                        if (code, fields[0]) != (0x44, 0) or "authenticated-identity" not in delegate.open():
                            unfinished.append((code, fields))
                        finished.append(address)
                        done.release()
                except ConnectionRefusedError:
                    return
                except (ConnectionError, EOFError) as error:
                    # It waited in the kernel when the listener closed; nobody had said a word to it.
                    if begun:
                        unfinished.append(error)

        clients = [threading.Thread(target=log_in_until_refused) for _ in range(8)]
        for client in clients:
            client.start()
        for _ in range(20):
            self.assertTrue(done.acquire(timeout=PATIENCE))
        served.signal(signal.SIGTERM)
        for client in clients:
            client.join()
        self.assertEqual(0, served.wait())
        self.assertEqual([], unfinished)
        told = [event for event in map(json.loads, audit.read_text().splitlines()) if event.get("outcome") == "ok"]
        self.assertEqual(len(finished), len(told))

    def test_an_apply_of_many_passwords_does_not_hold_up_the_end(self):
        config = self.folder / "doorward.yaml"
        config.write_text("credentials: {iterations: 100000}\n")
        served = self.serve("--config", config)
        _, line = served.wait_for("listening")
        # Minutes of PBKDF2, so that it is under way when the signal comes.
        self.write("many.yaml", "".join(user(f"user{i}", "x") for i in range(5_000)))
        served.signal(signal.SIGHUP)
        served.wait_for("configuration reread", line)
        served.signal(signal.SIGTERM)
        self.assertEqual(0, served.wait())
        self.assertIn("resources not applied: the service is ending", served.log)

    def test_connections_that_say_nothing_are_ended_when_the_time_is_over(self):
        config = self.folder / "doorward.yaml"
        config.write_text("limits: {drainTimeout: 100ms, loginTimeout: 10m}\n")
        served = self.serve("--config", config)
        with Delegate(served.addresses["amqp"]) as delegate:
            delegate.mechanisms()
            self.assertEqual(0, served.stop())


class RestEndTest(HealthServedTest):
    USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
    REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def serve_with_rest(self, config, **options):
        file = self.folder / "doorward.yaml"
        file.write_text(config)
        self.audit = self.folder / "audit"
        served = self.serve_with_health("--https", "127.0.0.1:0", "--config", file, "--audit", self.audit,
                                        **options)
        return served.wait_until_listening()

    def begin_request(self, api):
        """All of a request but the last byte of its body, once its head has been read: that byte, and a file that will
        have the answer."""
        body = json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                           "spec": {"resourceAttributes": {"verb": "get", "resource": "messagingusers"}}}).encode()
        api.connection.putrequest("POST", self.REVIEWS)
        for name, value in [("Authorization", f"Bearer {api.token}"), ("Content-Type", "application/json"),
                            ("Content-Length", str(len(body))), ("Expect", "100-continue")]:
            api.connection.putheader(name, value)
        api.connection.endheaders()
        heard = api.connection.sock.makefile("rb")
        self.addCleanup(heard.close)
        self.assertIn(b" 100 ", heard.readline())
        self.assertEqual(b"\r\n", heard.readline())
        api.connection.send(body[:-1])
        return body[-1:], heard

    def wait_until_refused(self, address):
        """The listeners close one after the other; until then a connection may still be taken, or reset."""
        host, port = address.rsplit(":", 1)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                socket.create_connection((host, int(port)), PATIENCE).close()
            except ConnectionRefusedError:
                return
            except ConnectionError:
                pass
        self.fail(f"{address} still takes connections")

    def test_a_request_that_is_not_done_keeps_no_door_open(self):
        served = self.serve_with_rest("limits: {drainTimeout: 10m}\n")
        with RestApi(self.data) as api:
            last_byte, heard = self.begin_request(api)
            served.signal(signal.SIGTERM)
            self.wait_until_refused(served.addresses["amqp"])
            self.wait_until_refused(api.url.removeprefix("https://"))
            api.connection.send(last_byte)
            self.assertIn(b" 201 ", heard.readline())
        self.assertEqual(0, served.wait())

    def test_a_request_and_a_login_that_say_nothing_more_are_ended_when_the_time_is_over(self):
        served = self.serve_with_rest("limits: {drainTimeout: 100ms, loginTimeout: 10m}\n")
        with RestApi(self.data) as api, Delegate(served.addresses["amqp"]) as delegate:
            self.begin_request(api)
            delegate.mechanisms()
            self.assertEqual(0, served.stop())

    def write_user(self, name, heard):
        try:
            with RestApi(self.data) as api:
                password = {"type": "password", "password": base64.b64encode(b"x").decode()}
                status, _, headers = api.ask("POST", self.USERS, {
                    "apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser",
                    "metadata": {"name": f"shop.{name}"}, "spec": {"username": name, "authentication": password}})
        except (OSError, http.client.HTTPException):
            # The server had read nothing of its request when the end began.
            heard[name] = None, None
        else:
            heard[name] = status, headers["Retry-After"]

    def test_passwords_that_wait_for_their_turn_are_given_up_and_their_clients_told(self):
        def on_two_cores():
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

        served = self.serve_with_rest("{credentials: {iterations: 100000}, limits: {drainTimeout: 10m}}\n",
                                      preexec_fn=on_two_cores)
        heard = {}
        clients = [threading.Thread(target=self.write_user, args=(f"user{number}", heard)) for number in range(60)]
        for client in clients:
            client.start()
        deadline = time.monotonic() + PATIENCE
        while float(re.search(r"^doorward_worker_queue_depth (\S+)", self.get("/metrics")[1], re.M).group(1)) < 30:
            self.assertLess(time.monotonic(), deadline)
        served.signal(signal.SIGTERM)
        for client in clients:
            client.join()
        self.assertEqual(0, served.wait())
        self.assertLess({(503, "1")}, set(heard.values()), "some wait, and some are done")
        self.assertLessEqual({status for status, _ in heard.values()}, {201, 503, None})
        # Who has not heard of it has not been written.
        self.assertEqual(
            sorted(f"MessagingUser team1/shop.{name}" for name, (status, _) in heard.items() if status == 201),
            sorted(event["resource"] for event in map(json.loads, self.audit.read_text().splitlines())
                   if event["event"] == "change" and "/shop.user" in event["resource"]))


class LimitTest(ServedTest):
    def test_the_limit_of_open_files_is_raised_and_bounds_the_connections(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 256))

        served = self.serve(resources=False, preexec_fn=few_files)
        found, _ = served.wait_for(r"fewer connections .*allowed=(\d+)")
        # The soft limit of 128 would leave less than 128; the hard one of 256 leaves more, but not 256.
        self.assertTrue(128 < int(found.group(1)) < 256, found.group(1))

    def test_without_such_a_limit_nothing_is_said(self):
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 20_000:
            self.skipTest("the hard limit of open files is low here")
        self.assertNotIn("fewer connections", self.serve(resources=False).log)

if __name__ == "__main__":
    unittest.main()
