"""Adds up what tests/run left in a folder: ctest's JUnit files, the fuzzers' verdicts, and what broke before a test
could run. Names what failed, with its last words, and what was skipped, and why, and shows what tests report and do not
judge, such as times; the last line is the count, and the exit code follows it.
"""
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

WORDS = {"run": "passed", "fail": "failed", "notrun": "skipped", "disabled": "skipped"}
LAST_WORDS = 30  # lines


def verdicts(folder):
    """Yields (suite, test, verdict, reason)."""
    for report in sorted(folder.glob("*.xml")):
        for case in xml.parse(report).getroot().iter("testcase"):
            verdict, reason = WORDS[case.get("status")], ""
            if verdict == "skipped":
                skipped = case.find("skipped")
                why = "" if skipped is None else skipped.get("message", "")
                if "SKIP_" not in why and case.get("status") == "notrun":
                    verdict, reason = "failed", f" ({why or 'could not be started'})"
                else:
                    said = re.findall(r"skipped(?:: | ['\"])(.*?)['\"]?$", case.findtext("system-out", ""), re.MULTILINE)
                    reason = f" ({said[-1]})" if said else ""
            yield report.stem, case.get("name"), verdict, reason
    if (folder / "fuzz").is_file():
        for name, verdict in re.findall(r"^(\w+) +(ok|FAILED) ", (folder / "fuzz").read_text(), re.MULTILINE):
            yield "fuzz", name, "passed" if verdict == "ok" else "failed", ""
    if (folder / "broken").is_file():
        for what in (folder / "broken").read_text().splitlines():
            yield "broken", what, "failed", ""


def reports(folder):
    """Yields (suite, test, lines): what a test printed behind `report: `."""
    for report in sorted(folder.glob("*.xml")):
        for case in xml.parse(report).getroot().iter("testcase"):
            if said := re.findall("^report: (.*)$", case.findtext("system-out", ""), re.MULTILINE):
                yield report.stem, case.get("name"), said


def last_words(folder):
    """Yields (suite, test, lines): the end of what a failed test printed, so that it stands beside the count."""
    for report in sorted(folder.glob("*.xml")):
        for case in xml.parse(report).getroot().iter("testcase"):
            if case.get("status") == "fail":
                yield report.stem, case.get("name"), case.findtext("system-out", "").splitlines()[-LAST_WORDS:]


def main():
    total, suites = collections.Counter(), collections.defaultdict(collections.Counter)
    for suite, test, said in last_words(pathlib.Path(sys.argv[1])):
        print(f"{test} [{suite}] ended with:", *said, sep="\n  ")
    for suite, test, verdict, reason in verdicts(pathlib.Path(sys.argv[1])):
        total[verdict] += 1
        suites[suite][verdict] += 1
        if verdict != "passed":
            print(f"{verdict}: {test} [{suite}]{reason}")
    for suite, test, said in reports(pathlib.Path(sys.argv[1])):
        print(f"{test} [{suite}] reports:", *said, sep="\n  ")
    for suite, counts in suites.items():
        print(f"{suite}: " + ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    if not total:
        print("no test matches the filter")
        return 1
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
