"""What doorward may answer to whatever comes to its HTTPS and health ports, as its documents say: whole responses, each with a
status of those below and, where it is a failure of the REST API, the `Status` that says so; and then the end, which is between
two of them."""
import json
import re

from answers import Undocumented
from conversation import Conversation
from mutations import constant, mutated

# What a request may be refused with before or by the REST API: code and reason, as Kubernetes has them.
REFUSALS = {(400, "BadRequest"), (401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound"), (405, "MethodNotAllowed"),
            (408, "Timeout"), (413, "RequestEntityTooLarge"), (414, "BadRequest"), (415, "UnsupportedMediaType"),
            (422, "Invalid"), (429, "TooManyRequests"), (431, "RequestHeaderFieldsTooLarge"), (501, "BadRequest")}
PUBLIC = {"APIVersions", "APIGroupList", "APIGroup", "APIResourceList"}  # kinds that everybody may see
HEALTH = {200, 404, 405, 503}  # 503: of /readyz
USERS = b"/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers?limit=2"
REVIEWS = b"/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
QUESTION = b"""{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
 "spec": {"resourceAttributes": {"namespace": "team1", "verb": "get", "group": "user.enmasse.io", "resource": "messagingusers"}}}"""


class HttpAnswer:
    """What has come so far. `responses`: the status of each, and what `judge` makes of its status, headers and body."""

    def __init__(self, judge):
        self.judge, self.data, self.responses = judge, b"", []
        self.challenges, self.outcome = [], None  # which HTTP has not

    def add(self, data):
        self.data += data
        while self.take():
            pass

    def take(self):
        """Whether a response was whole."""
        head, separator, rest = self.data.partition(b"\r\n\r\n")
        if not b"HTTP/1.1 ".startswith(self.data[:9]) and not b"HTTP/1.0 ".startswith(self.data[:9]):
            raise Undocumented(f"no response: {self.data[:100]!r}")
        if not separator:
            return False
        line, *fields = head.decode("latin-1").split("\r\n")
        found = re.fullmatch(r"HTTP/1\.[01] (\d{3}) [ -~]+", line)
        if not found or not all(re.fullmatch(r"[A-Za-z-]+: [ -~]*", field) for field in fields):
            raise Undocumented(f"a head that cannot be read: {head[:1_000]!r}")
        headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        if len(headers) != len(fields) or not re.fullmatch(r"\d+", headers.get("content-length", "")):
            raise Undocumented(f"a response without one length: {head[:1_000]!r}")
        size = int(headers["content-length"])
        if len(rest) < size:
            return False
        status = int(found.group(1))
        self.responses.append((status, self.judge(status, headers, rest[:size])))
        self.data = rest[size:]
        return True

    def ended(self, reset):
        """No more comes. `reset`: the end was no orderly one, which may have taken bytes with it."""
        if self.data and not reset:
            raise Undocumented(f"the end came within {self.data[:1_000]!r}")


def judge_rest(status, headers, body):
    """Of the REST API: the kind of the body."""
    if not headers["content-type"].startswith("application/json"):
        raise Undocumented(f"{status} as {headers['content-type']!r}")
    try:
        said = json.loads(body)
    except ValueError as fault:
        raise Undocumented(f"{status} with {body[:1_000]!r}") from fault
    if status in (200, 201):
        return said.get("kind")
    refusal = (said.get("code"), said.get("reason"))
    if said.get("kind") != "Status" or said.get("status") != "Failure" or not said.get("message"):
        raise Undocumented(f"{status} without a Status: {body[:1_000]!r}")
    if refusal not in REFUSALS or refusal[0] != status:
        raise Undocumented(f"{status} with {refusal}: {said['message']}")
    return "Status"


def judge_health(status, headers, body):
    """Of the health port, where all is text."""
    if status not in HEALTH or "content-type" not in headers or not body:
        raise Undocumented(f"{status} from the health port with {body[:100]!r}")


def request(method, path, token, body=b""):
    return constant(b"%s %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (method, path, token, len(body), body))


def play_mutated_request(random, address, tls, token):
    """A request with the administrator's token or with nobody's, changed, to the HTTPS port; without `tls` one to the health
    port. In a word what came of it."""
    token = token.encode()
    known, unknown = request(b"GET", USERS, token), request(b"GET", b"/metrics", b"of-nobody", b"abc")
    question = request(b"POST", REVIEWS, token, QUESTION)
    messages = random.choice([[unknown], [known], [question], [known, question]] if tls else [[unknown], [unknown, unknown]])
    answer = HttpAnswer(judge_rest if tls else judge_health)
    conversation = Conversation(address, tls, answer)
    with conversation.socket:
        conversation.play(mutated(random, messages), random)
    proven = not tls or token in conversation.sent  # behind `Bearer` in any case
    for status, kind in answer.responses:
        if status in (200, 201) and not proven and kind not in PUBLIC:
            raise Undocumented(f"{status} and {kind!r} without the token")
    return f"{'https' if tls else 'health'} {answer.responses[-1][0] if answer.responses else 'closed'}"
