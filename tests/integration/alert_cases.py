"""What makes each alert fire, and nothing else: series by the minute, as promtool's tests of rules want them. All is well
for an hour; then one thing changes, and everything else stays as well as it was. What is well is close below the bound
of each alert, and what is not close above it.
"""
import dataclasses
import json

# The first minute at which something is wrong, and how long the series go on.
WRONG = 61
END = 130
OURS = 'job="api-server",namespace="enmasse-infra"'
UP = f"up{{{OURS}}}"
OTHER_UP = 'up{job="address-space-controller",namespace="enmasse-infra"}'

# By name and its labels beyond those of the job.
WELL = {
    UP: "1x130",
    OTHER_UP: "1x130",
} | {f"{name}{{{OURS}{',' if labels else ''}{labels}}}": values for name, labels, values in [
    ("address_space_status_ready", 'service="api-server"', "3x130"),
    ("address_space_status_not_ready", 'service="api-server"', "0x130"),
    ("address_status_ready", 'service="api-server"', "7x130"),
    ("address_status_not_ready", 'service="api-server"', "0x130"),
    ("doorward_users", 'phase="Active"', "9x130"),
    ("doorward_users", 'phase="Pending"', "0x130"),
    ("doorward_users", 'phase="Failed"', "0x130"),
    ("doorward_resources_rejected", "", "0x130"),
    ("doorward_rest_writes_refused_total", 'object_namespace="team1",code="422"', "0x30 2x99"),
    ("doorward_rest_writes_refused_total", 'object_namespace="team1",code="409"', "0+60x130"),
    ("doorward_logins_total", 'outcome="ok"', "0+600x130"),
    ("doorward_logins_total", 'outcome="auth"', "0+400x130"),
    ("doorward_logins_total", 'outcome="aborted"', "0+30x130"),
    ("doorward_logins_total", 'outcome="sys"', "0+2x130"),
    ("doorward_logins_total", 'outcome="sys_perm"', "0+2x130"),
    ("doorward_logins_total", 'outcome="sys_temp"', "0+4x130"),
    ("doorward_login_duration_seconds_bucket", 'outcome="ok",le="1"', "0+597x130"),
    ("doorward_login_duration_seconds_bucket", 'outcome="ok",le="3"', "0+600x130"),
    ("doorward_login_duration_seconds_bucket", 'outcome="ok",le="+Inf"', "0+600x130"),
    # Who is refused waits on purpose.
    ("doorward_login_duration_seconds_bucket", 'outcome="auth",le="1"', "0x130"),
    ("doorward_login_duration_seconds_bucket", 'outcome="auth",le="3"', "0+400x130"),
    ("doorward_login_duration_seconds_bucket", 'outcome="auth",le="+Inf"', "0+400x130"),
    ("doorward_bridge_up", 'authentication_service="infra/ldap"', "1x130"),
    ("doorward_bridge_up", 'authentication_service="infra/oauth"', "1x130"),
    ("doorward_token_reviews_total", 'result="accepted"', "0+60x130"),
    ("doorward_token_reviews_total", 'result="token_expired"', "0+60x130"),
    ("doorward_token_reviews_total", 'result="review_timed_out"', "1x130"),
    ("doorward_token_reviews_total", 'result="reviews_forbidden"', "1x130"),
    ("doorward_audit_failing", "", "0x130"),
    ("doorward_audit_lost_total", "", "4x130"),
    ("doorward_store_errors_total", 'operation="commit",code="unavailable"', "2x130"),
    ("doorward_tls_certificate_expiry_timestamp_seconds", 'listener="amqps"', "2592000x130"),
    ("doorward_tls_certificate_rejected", 'listener="amqps"', "0x130"),
    ("doorward_worker_queue_depth", "", "49x130"),
    ("doorward_worker_queue_limit", "", "100x130"),
    ("doorward_worker_queue_refusals_total", "", "7x130"),
    ("doorward_wrong_passwords_delayed_total", "", "7x130"),
    ("doorward_connections", 'state="login"', "9x130"),
    ("doorward_connections", 'state="opening"', "80x130"),
    ("doorward_store_slow", "", "0x130"),
    ("doorward_connections_limit", "", "100x130"),
    ("doorward_log_lines_dropped_total", "", "5x130"),
]}


@dataclasses.dataclass
class Case:
    alert: str | None  # None: a change at which none fires
    minutes: int       # from the first minute that is wrong until it fires: its `for`
    cause: str
    changes: dict      # of what is well: part of a series' text, to its values from the first minute on

    def series(self):
        changed = dict(WELL)
        for part, values in self.changes.items():
            name, = [part] if part in WELL else [name for name in WELL if part in name]
            changed[name] = values
        return changed


# Counters: what they come to in an hour, then a first leap over the bound, then some more each minute.
CASES = [
    Case("ComponentHealth", 5, "api-server is down", {UP: "1x60 0x70"}),
    Case("ComponentHealth", 5, "the other job is down", {OTHER_UP: "1x60 0x70"}),
    Case("ComponentHealth", 5, "nothing scrapes api-server", {UP: "1x60 stale"}),
    Case("ComponentHealth", 5, "nothing scrapes the other job", {OTHER_UP: "1x60 stale"}),
    Case("AddressSpaceHealth", 5, "a space is not ready", {"address_space_status_not_ready": "0x60 1x70"}),
    Case("AddressHealth", 5, "an address is not ready", {"address_status_not_ready": "0x60 1x70"}),
    Case("DoorwardUsersNotActive", 5, "a user waits", {'phase="Pending"': "0x60 1x70"}),
    Case("DoorwardUsersNotActive", 5, "a user has failed", {'phase="Failed"': "0x60 1x70"}),
    Case("DoorwardResourcesRejected", 1, "the folder has a fault", {"doorward_resources_rejected": "0x60 1x70"}),
    # Those of half an hour before are forgotten.
    Case("DoorwardWritesRefused", 0, "four writes of a team are refused", {'code="422"': "0x60 4x70"}),
    Case("DoorwardLoginFailures", 10, "most logins are refused", {'logins_total{' + OURS + ',outcome="auth"':
                                                                   "0+400x60 34000+900x70"}),
    Case(None, 0, "few logins, all refused", {'logins_total{' + OURS + ',outcome="ok"': "0x130",
                                              'logins_total{' + OURS + ',outcome="aborted"': "0x130",
                                              'logins_total{' + OURS + ',outcome="auth"': "0+5x130",
                                              'outcome="sys"': "0x130", 'outcome="sys_perm"': "0x130",
                                              'outcome="sys_temp"': "0x130"}),
    Case("DoorwardLoginsUndecided", 5, "a fault of the store's", {'outcome="sys"': "0+2x60 220+10x70"}),
    Case("DoorwardLoginsUndecided", 5, "a fault for ever", {'outcome="sys_perm"': "0+2x60 220+10x70"}),
    Case("DoorwardLoginsUndecided", 5, "a fault for a while", {'outcome="sys_temp"': "0+4x60 340+12x70"}),
    Case("DoorwardLoginsSlow", 10, "two in a hundred are slow", {'outcome="ok",le="1"': "0+597x60 36237+588x70"}),
    Case("DoorwardBridgeDown", 2, "one of two bridges is down", {'service="infra/ldap"': "1x60 0x70"}),
    Case("DoorwardTokenReviewErrors", 5, "a review fails", {'result="review_timed_out"': "1x60 2+1x70"}),
    Case("DoorwardTokenReviewErrors", 5, "none is allowed", {'result="reviews_forbidden"': "1x60 2+1x70"}),
    Case("DoorwardAuditFailing", 1, "the audit's disk is full", {"doorward_audit_failing": "0x60 1x70"}),
    Case("DoorwardAuditLost", 0, "an event is lost", {"doorward_audit_lost_total": "4x60 5x70"}),
    Case("DoorwardStoreErrors", 5, "a commit fails each minute", {"doorward_store_errors_total": "2x60 3+1x70"}),
    Case("DoorwardStoreSlow", 5, "the disk hangs", {"doorward_store_slow": "0x60 1x70"}),
    Case("DoorwardCertificateExpires", 60, "two weeks are left",
         {"doorward_tls_certificate_expiry": f"{14 * 86400 + WRONG * 60 - 1}x130"}),
    Case("DoorwardCertificateRejected", 5, "new files are refused", {"doorward_tls_certificate_rejected": "0x60 1x70"}),
    Case("DoorwardWorkersSaturated", 5, "half of the queue is full", {"doorward_worker_queue_depth": "49x60 51x70"}),
    Case("DoorwardWorkersSaturated", 5, "jobs are turned away", {"doorward_worker_queue_refusals": "7x60 8+1x70"}),
    Case("DoorwardPasswordsGuessed", 5, "wrong answers are held back", {"doorward_wrong_passwords_delayed": "7x60 8+1x70"}),
    Case("DoorwardConnectionsNearLimit", 5, "nine tenths are taken", {'state="login"': "9x60 11x70"}),
    Case("DoorwardLogLinesDropped", 5, "lines are dropped", {"doorward_log_lines_dropped": "5x60 6+1x70"}),
]

FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})'


def block(name, series, expectations):
    """`expectations`: expression, minute and the labels of what it finds, each once."""
    return {"name": name, "interval": "1m",
            "input_series": [{"series": series, "values": values} for series, values in series.items()],
            "promql_expr_test": [{"expr": expression, "eval_time": f"{minute}m",
                                  "exp_samples": [{"labels": found, "value": 1} for found in labels]}
                                 for expression, minute, labels in expectations]}


def expectations(case):
    if case.alert is None:
        return [(f"count_over_time(ALERTS[{END}m])", END, [])]
    fires = WRONG + case.minutes
    return [(FIRING, fires - 1, []), (FIRING, fires, [f'{{alertname="{case.alert}"}}'])]


def rule_tests(rule_files, groups):
    """The file for `promtool test rules`. `groups`: in the order in which they are evaluated."""
    blocks = [block("all is well", WELL, [(f"count_over_time(ALERTS[{END}m])", END, [])])]
    blocks += [block(f"{case.alert}: {case.cause}", case.series(), expectations(case)) for case in CASES]
    return json.dumps({"rule_files": rule_files, "evaluation_interval": "1m", "group_eval_order": groups,
                       "tests": blocks})
