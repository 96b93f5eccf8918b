"""Alarms are raised once, told of, recover, and reach those concerned although some ways there fail."""

import datetime as dt
import json
import threading
import time

import pytest
from servers import Hooks, free_port

from litmus.alarming import Courier, Observed, Seen, Watch, read_rules
from litmus.alarming.courier import retry_seconds
from litmus.cli.app import run
from litmus.store import Store


def seen(verdict, psi=0.3, subject="income"):
    severity = verdict if verdict in ("warning", "alarm") else "ok"
    findings = () if verdict == "not enough data" else (Seen("data_drift", "psi", psi, severity, "age moved.", "age"),)
    return Observed(subject, {"data_drift": verdict}, findings, "age moved.")


def rules(*notify, **more):
    rule = {"name": "drift", "when": "data_drift >= warning", "notify": list(notify) or ["log"], **more}
    return read_rules(json.dumps({"alarms": [rule]}, indent=1))


def told(store):
    return [(row.payload["kind"], row.payload["message"]) for row in store.deliveries()]


def test_an_alarm_is_raised_told_once_and_recovers():
    store = Store()
    watch = Watch(store, rules())
    assert watch.look(seen("ok")) == []
    assert [alarm.rule for alarm in watch.look(seen("alarm"))] == ["drift"]
    for _ in range(4):
        watch.look(seen("warning"))
    assert [(alarm.count, alarm.status) for alarm in store.alarms()] == [(5, "open")]
    assert len(watch.look(seen("not enough data"))) == 1  # nothing is known, so that nothing is over
    assert watch.look(seen("ok")) == []
    assert told(store) == [("raised", "age moved."), ("recovered", "data_drift is ok.")]
    watch.look(seen("alarm"))
    assert [alarm.status for alarm in store.alarms()] == ["recovered", "open"]
    assert len(told(store)) == 3


def test_endpoints_have_alarms_of_their_own():
    store = Store()
    watch = Watch(store, rules(endpoint=["income", "churn*"]))
    for subject in ("income", "churn-eu", "price"):
        watch.look(seen("alarm", subject=subject))
    assert [alarm.subject for alarm in store.alarms(open=True)] == ["income", "churn-eu"]


def test_several_results_in_a_row():
    store = Store()
    watch = Watch(store, rules(**{"for": 2, "recover_after": 2}))
    bad, good, blind = seen("alarm"), seen("ok"), seen("not enough data")
    assert watch.look(bad, []) == []
    assert watch.look(bad, [good, bad]) == []
    assert len(watch.look(bad, [blind, bad])) == 1
    assert len(watch.look(good, [bad, bad])) == 1
    assert watch.look(good, [good, bad]) == []


def test_reminders_and_a_clock_that_was_set_back():
    store = Store()
    watch = Watch(store, rules(remind="24h"))
    for _ in range(4):
        watch.look(seen("alarm"))
    assert [kind for kind, _ in told(store)] == ["raised"]
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=400)).isoformat()
    store.database.write(lambda rows: rows.update("deliveries", {"status": "waiting"}, {"created": later}))
    watch.look(seen("alarm"))
    assert [kind for kind, _ in told(store)] == ["raised", "reminder"]


def test_a_rule_that_is_gone_ends_its_alarms():
    store = Store()
    Watch(store, rules()).look(seen("alarm"))
    assert [alarm.rule for alarm in Watch(store, read_rules("alarms: []\n")).close_removed()] == ["drift"]
    assert store.alarms(open=True) == []


def test_a_hanging_webhook_keeps_nobody_waiting():
    store = Store()
    with Hooks(wait=30) as slow, Hooks() as quick:
        hang = [{"webhook": {"url": f"{slow.url}/{number}", "timeout": 2}} for number in range(5)]
        Watch(store, rules(*hang, {"webhook": quick.url})).look(seen("alarm"))
        arrived = []
        thread = threading.Thread(target=lambda: arrived.append(Courier(store).deliver()))
        thread.start()
        end = time.monotonic() + 1.5
        while not quick.got and time.monotonic() < end:
            time.sleep(0.02)
        assert len(quick.got) == 1  # while the others still hang
        assert thread.is_alive()
        thread.join(60)
    assert arrived == [1]
    statuses = [row.status for row in store.deliveries()]
    assert (statuses.count("waiting"), statuses.count("delivered")) == (5, 1)
    assert all("no answer within 2 seconds" in row.error for row in store.deliveries(status="waiting"))
    assert store.due_deliveries() == []


def test_failed_deliveries_are_tried_again_in_order_and_can_be_seen(capsys, tmp_path):
    store = Store()
    port = free_port()
    watch = Watch(store, rules({"webhook": f"http://127.0.0.1:{port}/hook"}))
    watch.look(seen("alarm"))
    courier = Courier(store)
    assert courier.deliver() == 0
    watch.look(seen("ok"))
    assert courier.deliver() == 0  # the word that it is over waits for the word that it began
    waiting = store.deliveries(status="waiting")
    assert [row.attempts for row in waiting] == [1, 0]
    run(["alarms", "deliveries", "--failed"])
    out = capsys.readouterr().out
    assert "waiting after 1 attempt" in out
    assert "no connection" in out
    for row in waiting:
        store.retry_delivery(row.id)
    with Hooks() as hooks:
        moved = {"webhook": {"url": hooks.url, "timeout": 10.0, "headers_from": {}}}
        for row in waiting:
            store.database.write(lambda rows, row=row: rows.update("deliveries", {"id": row.id}, {"channel": moved}))
        assert courier.deliver() == 2
    assert [body["kind"] for _, _, body in hooks.got] == ["raised", "recovered"]


def test_what_can_never_arrive_is_given_up_and_can_be_retried(capsys):
    store = Store()
    with Hooks(404) as hooks:
        Watch(store, rules({"webhook": hooks.url})).look(seen("alarm"))
        assert Courier(store).deliver() == 0
        (row,) = store.deliveries(status="failed")
        assert "404" in row.error
        assert run(["alarms", "retry", row.id]) == 0
        hooks.status = 200
        assert Courier(store).deliver() == 1
    assert run(["alarms", "retry", "nothing"]) == 2


def test_couriers_side_by_side_send_each_notice_once():
    store = Store()
    with Hooks(wait=0.1) as hooks:
        Watch(store, rules(*[{"webhook": f"{hooks.url}/{number}"} for number in range(12)])).look(seen("alarm"))
        threads = [threading.Thread(target=Courier(Store()).deliver) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(path for path, _, _ in hooks.got) == sorted(f"/hook/{number}" for number in range(12))


def test_no_secret_is_kept(monkeypatch):
    store = Store()
    monkeypatch.setenv("CHAT_URL", f"http://127.0.0.1:{free_port()}/T0PSECRET")
    Watch(store, rules({"webhook": {"url_from": "CHAT_URL"}})).look(seen("alarm"))
    Courier(store).deliver()
    kept = b"".join(path.read_bytes() for path in store.home.rglob("*") if path.is_file())
    assert b"CHAT_URL" in kept
    assert b"T0PSECRET" not in kept


def test_waiting_times_grow_and_end():
    waits = [retry_seconds(attempts, draw=lambda: 0.5) for attempts in range(1, 13)]
    assert waits[:3] == [10.0, 20.0, 40.0]
    assert waits[10] == 3600.0
    assert waits[11] is None
    assert retry_seconds(1, asked=300.0) == 300.0
    assert 7.5 <= retry_seconds(1) <= 12.5


def test_the_command_lists_open_alarms(capsys):
    assert run(["alarms"]) == 0
    Watch(Store(), rules()).look(seen("alarm"))
    assert run(["alarms"]) == 3
    assert "income: drift (open since" in capsys.readouterr().out
    assert run(["alarms", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)[0]["message"] == "age moved."


def test_the_command_checks_a_file(capsys, tmp_path):
    file = tmp_path / "monitor.yaml"
    file.write_text("alarms:\n  - when: any >= alarm\n")
    assert run(["alarms", "check", str(file)]) == 0
    assert "1 alarm, 1 schedule" in capsys.readouterr().out
    file.write_text("alarms:\n  - when: any >= alert\n")
    assert run(["alarms", "check", str(file)]) == 2
    assert "line 2, column 11" in capsys.readouterr().err
    assert run(["alarms", "check", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)[0]["line"] == 2


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_a_test_notice(tmp_path, status, code):
    with Hooks(status) as hooks:
        file = tmp_path / "monitor.yaml"
        file.write_text(f"alarms:\n  - when: any >= alarm\n    notify: {{webhook: {hooks.url}}}\n")
        assert run(["alarms", "test", str(file)]) == code
    assert hooks.got[0][2]["kind"] == "test"
