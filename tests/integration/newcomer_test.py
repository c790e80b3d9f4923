"""What README.md shows a newcomer works as it stands."""
import os
import pathlib
import re
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

    def test_every_command_of_the_readme_is_one_that_there_is(self):
        commands = set(re.findall(r"\bbuild/release/doorward ([a-z]+)", README))
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
        config = prefix / "share/doc/doorward/doorward.example.yaml"
        self.running.append(Served("--config", config, "--data-dir", self.data, "--amqp", "127.0.0.1:0"))
        self.running[-1].wait_until_listening()


if __name__ == "__main__":
    unittest.main()
