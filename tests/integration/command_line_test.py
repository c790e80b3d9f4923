"""The command line as a whole: help everywhere, and errors that say what to do and end with 2."""
import os
import subprocess
import unittest

DOORWARD = os.environ["DOORWARD"]
COMMANDS = ["login", "render", "serve", "verifier"]
LEAVES = ["audit verify", "backup", "explain", "export", "guesses list", "guesses clear", "login", "plugin check",
          "render router", "render broker", "restore", "serve", "sync", "token create", "verifier"]


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

    def test_no_line_of_help_is_wider_than_a_window(self):
        for command in ["", *LEAVES]:
            with self.subTest(command):
                answer = run(*command.split(), "--help")
                self.assertEqual(0, answer.returncode)
                self.assertEqual([], [line for line in answer.stdout.splitlines() if len(line) > 100])

    def test_an_error_names_its_command_and_the_help_of_it(self):
        for command, arguments, said in [
                ("explain", [], "--space is required"), ("login", ["--realm"], "--realm needs a value: REALM"),
                ("sync", [], "MANIFESTS is required"), ("backup", [], "FILE is required"),
                ("token create", [], "--name is required"), ("token", [], "say what it shall do: create"),
                ("serve", ["--nonsense"], "--nonsense means nothing here")]:
            with self.subTest(command):
                self.assertEqual(f"doorward {command}: {said}\nRun `doorward {command} --help`.\n",
                                 run(*command.split(), *arguments).stderr)
        self.assertEqual("doorward: say which command\nRun `doorward --help`, or `doorward COMMAND --help`.\n",
                         run().stderr)

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
