"""What README.md shows a newcomer works as it stands."""
import os
import pathlib
import re
import socket
import subprocess
import unittest

from served import DOORWARD, Served, ServedTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


class NewcomerTest(ServedTest):
    def test_the_first_login_of_the_readme_gives_what_it_shows(self):
        section = README.split("## Your first login", 1)[1].split("\n## ", 1)[0]
        lines = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
        self.write("first.yaml", re.search(r"<<'EOF'\n(.*?)\nEOF\n", lines, re.DOTALL).group(1))
        address = self.serve().addresses["amqp"]
        password, login = re.search(r"(.*) \| build/release/doorward (login .*)", lines).groups()
        host = re.search(r"serve .*--amqp (\S+)", lines).group(1)
        self.assertIn(f"--host {host} ", login)
        answer = subprocess.run(["bash", "-c", f"{password} | {DOORWARD} {login.replace(host, address)}"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(0, answer.returncode, answer.stderr)
        shown = lines[lines.index("# let in"):].strip().splitlines()
        self.assertEqual([line.removeprefix("# ") for line in shown], answer.stdout.strip().splitlines())

    def quickstart(self, *arguments):
        """What it printed; nothing is installed or built, and what another one keeps is left alone."""
        done = subprocess.run([ROOT / "deploy/quickstart", "--once", "--built", pathlib.Path(DOORWARD).parent, "--work",
                               self.folder / "quickstart", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def test_the_quickstart_logs_in_with_each_mechanism_and_shows_what_came_back_also_the_second_time(self):
        for _ in range(2):
            shown = self.quickstart("--amqp", "127.0.0.1:0")
            for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]:
                self.assertIn(f'let in as "alice" by {mechanism}\ngroups: "manage"\naddresses:\n'
                              '  "news": "send" "recv"\n  "orders/*": "send" "recv"\n', shown)
            self.assertIn('let in as "bob" by SCRAM-SHA-256\ngroups: none\naddresses:\n  "news": "recv"\n', shown)
            self.assertRegex(shown, r'let in as "anonymous" by ANONYMOUS\ngroups: "manage"\naddresses: all')
            self.assertRegex(shown, r"with a wrong password:(.*\n)+.*refused \(auth\) by PLAIN")

    def test_the_quickstart_goes_elsewhere_where_its_port_is_taken_and_ends_what_it_started(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            shown = self.quickstart("--amqp", f"127.0.0.1:{port}")
        self.assertIn(f"port {port} is taken by another program", shown)
        address = re.search(r"it listens on 127\.0\.0\.1:(\d+)", shown).group(1)
        self.assertNotEqual(str(port), address)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(address)))

    def test_every_command_of_the_readme_is_one_that_there_is(self):
        commands = set(re.findall(r"(?m)(?:^|\| |`)(?:build/release/)?doorward ([a-z]+)", README))
        self.assertLessEqual({"serve", "login", "verifier"}, commands)
        for command in commands:
            with self.subTest(command):
                self.assertEqual(0, subprocess.run([DOORWARD, command, "--help"], capture_output=True).returncode)

    def test_what_is_installed_runs_by_its_name(self):
        prefix = self.folder / "usr"
        subprocess.run(["cmake", "--install", pathlib.Path(DOORWARD).parent, "--prefix", prefix, "--component",
                        "doorward"], check=True, capture_output=True)
        path = f"{prefix / 'bin'}:{os.environ['PATH']}"
        answer = subprocess.run(["bash", "-c", "doorward --version"], capture_output=True, text=True,
                                env={**os.environ, "PATH": path})
        self.assertRegex(answer.stdout, r"doorward \d")
        documents = prefix / "share/doc/doorward"
        for name in ["RUNBOOK.md", "SIZING.md"]:
            self.assertTrue((documents / name).is_file(), name)
        config = documents / "doorward.example.yaml"
        self.running.append(Served("--config", config, "--data-dir", self.data, "--amqp", "127.0.0.1:0"))
        self.running[-1].wait_until_listening()


if __name__ == "__main__":
    unittest.main()
