"""The command line as a whole: help everywhere, and errors that say what to do and end with 2."""
import os
import subprocess
import unittest

DOORWARD = os.environ["DOORWARD"]
COMMANDS = ["login", "render", "serve", "verifier"]


def run(*arguments):
    return subprocess.run([DOORWARD, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


class CommandLineTest(unittest.TestCase):
    def test_help_lists_every_command_and_the_exit_codes(self):
        answer = run("--help")
        self.assertEqual(0, answer.returncode)
        for word in [*COMMANDS, "Exit codes"]:
            self.assertIn(word, answer.stdout)

    def test_every_command_has_help_of_its_own(self):
        for command in COMMANDS:
            with self.subTest(command):
                answer = run(command, "--help")
                self.assertEqual(0, answer.returncode)
                self.assertIn(f"Usage: doorward {command}", answer.stdout)
                self.assertIn("Exit codes", answer.stdout)

    def test_version_is_one_line(self):
        answer = run("--version")
        self.assertEqual(0, answer.returncode)
        self.assertRegex(answer.stdout, r"\Adoorward \d+\.\d+\.\d+\n\Z")

    def test_errors_go_to_standard_error_and_say_where_help_is(self):
        for arguments in [[], ["nonsense"], ["--nonsense"], *([command, "--nonsense"] for command in COMMANDS)]:
            with self.subTest(arguments):
                answer = run(*arguments)
                self.assertEqual(2, answer.returncode)
                self.assertEqual("", answer.stdout)
                self.assertIn("--help", answer.stderr)

    def test_no_value_of_a_mistyped_line_is_shown(self):
        for arguments in [["login", "--pasword", "hunter2"], ["login", "--pasword=hunter2"], ["login", "hunter2"],
                          ["login", "--timeout", "hunter2"], ["hunter2"], ["serve", "--threads", "1", "hunter2"]]:
            with self.subTest(arguments):
                answer = run(*arguments)
                self.assertEqual(2, answer.returncode)
                self.assertNotIn("hunter2", answer.stdout + answer.stderr)


if __name__ == "__main__":
    unittest.main()
