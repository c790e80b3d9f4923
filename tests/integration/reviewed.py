"""What the tests of tokens share: a realm with a service account, and `doorward serve` with reviews of its tokens."""
import json

from api_server import ROBOT, ApiServer, authenticated, review
from served import ServedTest, service, space, user

ACCOUNT = """
---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata:
  name: shop.robot
  namespace: team1
spec:
  username: {name}
  authentication:
    type: serviceaccount
  authorization:
  - addresses: ["orders/*"]
    operations: [send]
"""


class ReviewedTest(ServedTest):
    """A realm with a service account, and the API server that knows it by the token `good`."""

    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x") + ACCOUNT.format(name=ROBOT))
        self.api = ApiServer(self.folder, answers={"good": review(authenticated(ROBOT))})
        self.addCleanup(self.api.stop)

    def serve_reviewed(self, *arguments, **settings):
        """`doorward serve` with these settings of tokenReview beside server and CA."""
        chosen = {"server": self.api.url, "ca": str(self.api.ca)} | settings
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"tokenReview": {key: value for key, value in chosen.items() if value}}))
        served = self.serve("--config", config, "--log-level", "debug", *arguments)
        self.address = served.addresses["amqp"]
        return served
