"""`doorward verifier` against Python's own hashlib: RFC 5802 section 3, derived a second time by other code."""
import base64
import hashlib
import hmac
import os
import pty
import re
import subprocess
import unittest

DOORWARD = os.environ["DOORWARD"]
HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
LINE = re.compile(r"(SCRAM-SHA-\d+)\$(\d+):([^$:]+)\$([^$:]+):([^$:]+)")


def run(*arguments, password=b""):
    return subprocess.run([DOORWARD, "verifier", *arguments], input=password, capture_output=True, timeout=60)


def parse(line):
    mechanism, iterations, salt, stored_key, server_key = LINE.fullmatch(line).groups()
    return mechanism, int(iterations), *(base64.b64decode(part, validate=True)
                                         for part in (salt, stored_key, server_key))


def derive(mechanism, password, salt, iterations):
    name = HASHES[mechanism]
    salted = hashlib.pbkdf2_hmac(name, password, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", name)
    return hashlib.new(name, client_key).digest(), hmac.digest(salted, b"Server Key", name)


class VerifierTest(unittest.TestCase):
    def lines(self, answer):
        self.assertEqual(0, answer.returncode, answer.stderr)
        return answer.stdout.decode("ascii").splitlines()

    def assert_verifies(self, line, password):
        mechanism, iterations, salt, stored_key, server_key = parse(line)
        self.assertEqual((stored_key, server_key), derive(mechanism, password, salt, iterations))

    def assert_refused(self, answer, word):
        self.assertEqual(2, answer.returncode)
        self.assertEqual(b"", answer.stdout)
        self.assertIn(word, answer.stderr.decode())

    def test_one_line_for_each_mechanism_each_with_its_own_salt(self):
        lines = self.lines(run(password=b"pencil"))
        self.assertEqual(list(HASHES), [parse(line)[0] for line in lines])
        self.assertEqual({32768}, {parse(line)[1] for line in lines})
        self.assertEqual(3, len({parse(line)[2] for line in lines}))
        for line in lines:
            self.assert_verifies(line, b"pencil")

    def test_salts_are_fresh_each_time(self):
        salts = {parse(line)[2] for _ in range(3) for line in self.lines(run("--iterations", "4096", password=b"x"))}
        self.assertEqual(9, len(salts))

    def test_only_the_first_line_of_the_input_is_the_password_whatever_ends_it(self):
        for written in [b"pencil", b"pencil\n", b"pencil\r\n", b"pencil\nmore\n"]:
            with self.subTest(written):
                for line in self.lines(run("--iterations", "4096", password=written)):
                    self.assert_verifies(line, b"pencil")

    def test_passwords_are_prepared_as_clients_prepare_them(self):
        # SASLprep (RFC 4013): U+2168 is IX, a soft hyphen is nothing.
        for line in self.lines(run("--iterations", "4096", password="\u2168\u00ad".encode())):
            self.assert_verifies(line, b"IX")

    def test_what_is_not_utf8_counts_as_its_bytes(self):
        for line in self.lines(run("--iterations", "4096", password=b"\xff\xfe")):
            self.assert_verifies(line, b"\xff\xfe")

    def test_hash_chooses(self):
        lines = self.lines(run("--hash", "SCRAM-SHA-512", "--iterations", "4097", password=b"pencil"))
        self.assertEqual([("SCRAM-SHA-512", 4097)], [parse(line)[:2] for line in lines])

    def test_like_keeps_hash_salt_and_count(self):
        first = self.lines(run("--hash", "SCRAM-SHA-256", "--iterations", "5000", password=b"old"))[0]
        second = self.lines(run("--like", first, password=b"new"))
        self.assertEqual(1, len(second))
        self.assertEqual(parse(first)[:3], parse(second[0])[:3])
        self.assert_verifies(second[0], b"new")

    def test_like_says_what_is_wrong_with_it_and_shows_no_key(self):
        line = self.lines(run("--hash", "SCRAM-SHA-256", "--iterations", "4096", password=b"x"))[0]
        answer = run("--like", line[:-3], password=b"x")
        self.assert_refused(answer, "--like")
        self.assertNotIn(line.split("$")[2].split(":")[0], answer.stderr.decode())

    def test_generate_shows_the_password_once_and_apart_from_the_verifiers(self):
        answer = run("--generate")
        lines = self.lines(answer)
        password = re.fullmatch(rb"password: ([a-z2-7]{26})\n", answer.stderr).group(1)
        for line in lines:
            self.assertEqual(4096, parse(line)[1])
            self.assert_verifies(line, password)

    def test_iterations_are_bounded(self):
        for count, works in [("4095", False), ("4096", True), ("100000", True), ("100001", False), ("many", False)]:
            with self.subTest(count):
                answer = run("--hash", "SCRAM-SHA-256", "--iterations", count, password=b"x")
                if works:
                    self.assertEqual(int(count), parse(self.lines(answer)[0])[1])
                else:
                    self.assert_refused(answer, "--iterations")

    def test_password_is_bounded(self):
        for password, works in [(b"", False), (b"\n", False), (b"a" * 1024, True), (b"a" * 1024 + b"\r\n", True),
                                (b"a" * 1025, False), (b"a" * 1_000_000, False), (b"a\0b", False)]:
            with self.subTest(password[:10], length=len(password)):
                answer = run("--hash", "SCRAM-SHA-1", "--iterations", "4096", password=password)
                if works:
                    self.assert_verifies(self.lines(answer)[0], password.rstrip())
                else:
                    self.assert_refused(answer, "password")
                    self.assertNotIn("aaaa", answer.stderr.decode())

    def test_a_typed_password_is_asked_for_twice_and_not_shown(self):
        for second, code in [(b"secret-one\n", 0), (b"secret-two\n", 2)]:
            with self.subTest(second):
                self.assertEqual(code, self.type_in([b"secret-one\n", second]))

    def type_in(self, answers):
        """Plays the person at a terminal; answers the exit code."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(DOORWARD, [DOORWARD, "verifier", "--hash", "SCRAM-SHA-256", "--iterations", "4096"])
        seen = b""
        for prompt, answer in zip([b"Password: ", b"Again: "], answers):
            while not seen.endswith(prompt):
                seen += os.read(terminal, 1000)
            os.write(terminal, answer)
        while True:
            try:
                more = os.read(terminal, 1000)
            except OSError:  # Linux' way to say that the other side has closed
                break
            if not more:
                break
            seen += more
        os.close(terminal)
        self.assertNotIn(b"secret", seen)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    unittest.main()
