"""curl as the judge of OAUTHBEARER and XOAUTH2: it speaks both to a mail server, which here hands each message on to
doorward and back, as a router does with AMQP."""
import base64
import socketserver
import subprocess
import threading
import unittest
import urllib.parse

from api_server import ROBOT
from delegate import Delegate
from reviewed import ReviewedTest
from served import REALM

LOGIN_DENIED = 67


class MailServer(socketserver.StreamRequestHandler):
    """As much of IMAP (RFC 3501, RFC 4959) as a login needs."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("* OK here")
        while line := self.rfile.readline().decode().split():
            tag, command, *rest = line
            if command == "CAPABILITY":
                self.say(f"* CAPABILITY IMAP4rev1 {self.server.extension} AUTH={self.server.mechanism}")
            elif command == "AUTHENTICATE":
                if not self.authenticate(*rest):
                    self.say(f"{tag} NO refused")
                    continue
            elif command == "LOGOUT":
                self.say("* BYE")
            self.say(f"{tag} OK done")

    def authenticate(self, mechanism, initial=None):
        with Delegate(self.server.doorward) as delegate:
            delegate.mechanisms()
            delegate.begin(mechanism, base64.b64decode(initial or ""), REALM)
            while True:
                code, fields = delegate.read_frame()
                if code == 0x44:
                    return fields[0] == 0
                self.server.challenges.append(fields[0])
                self.say("+ " + base64.b64encode(fields[0]).decode())
                delegate.respond(base64.b64decode(self.rfile.readline()))


class CurlTest(ReviewedTest):
    def log_in_with_curl(self, mechanism, token, name=ROBOT, extension="SASL-IR"):
        """curl's exit code, and the challenges that it was sent."""
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as mail:
            mail.daemon_threads = True
            mail.doorward, mail.challenges = self.address, []
            mail.mechanism, mail.extension = mechanism, extension
            threading.Thread(target=mail.serve_forever, daemon=True).start()
            url = f"imap://{urllib.parse.quote(name)}@127.0.0.1:{mail.server_address[1]}"
            done = subprocess.run(["curl", "--silent", "--max-time", "60", "--request", "NOOP", "--oauth2-bearer", token,
                                   url], capture_output=True)
            mail.shutdown()
        return done.returncode, mail.challenges

    def test_curl_is_let_in_with_a_good_token(self):
        self.serve_reviewed()
        for mechanism in ["OAUTHBEARER", "XOAUTH2"]:
            self.assertEqual((0, []), self.log_in_with_curl(mechanism, "good"), mechanism)

    def test_curl_is_asked_for_its_message_where_it_did_not_send_it_at_once(self):
        self.serve_reviewed()
        for mechanism in ["OAUTHBEARER", "XOAUTH2"]:
            self.assertEqual((0, [b""]), self.log_in_with_curl(mechanism, "good", extension=""), mechanism)

    def test_curl_hears_that_a_token_is_bad_and_ends_the_exchange(self):
        self.serve_reviewed()
        for mechanism, told in [("OAUTHBEARER", b'{"status":"invalid_token"}'),
                                ("XOAUTH2", b'{"status":"401","schemes":"bearer"}')]:
            self.assertEqual((LOGIN_DENIED, [told]), self.log_in_with_curl(mechanism, "bad"), mechanism)
            self.assertEqual((LOGIN_DENIED, [told]), self.log_in_with_curl(mechanism, "good", "somebody"), mechanism)


if __name__ == "__main__":
    unittest.main()
