"""A teacher's client and a specialist service in Python, against a running Baton.

It registers a batch over HTTP, plays the essay lifecycle and the spellcheck over Kafka, asks for the spellcheck, and
waits for the status. Needs confluent-kafka; everything else is Python's own.

    BATON_URL=http://localhost:4001 BATON_TOKEN=... KAFKA_BROKERS=localhost:9092 python client.py
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

from confluent_kafka import Consumer, Producer

URL = os.environ["BATON_URL"]
TOKEN = os.environ["BATON_TOKEN"]
BROKERS = os.environ["KAFKA_BROKERS"]
PREFIX = os.environ.get("KAFKA_PREFIX", "")
SECONDS = 45

REGISTERED = "huleedu.batch.essays.registered.v1"
READY = "huleedu.els.batch.essays.ready.v1"
COMMAND = "huleedu.els.spellcheck.initiate.command.v1"
OUTCOME = "huleedu.els.batch.phase.outcome.v1"


def now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def call(method: str, path: str, body: object = None) -> dict:
    """Asks the gateway; a problem answer raises with its text."""
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
    )
    for attempt in range(20):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as problem:
            # A 503 passes: the answer says when to ask again. What changes something is not repeated without a key.
            if problem.code != 503 or method != "GET" or attempt == 19:
                raise
            time.sleep(float(problem.headers.get("retry-after", "1")))
    raise AssertionError("unreachable")


def envelope(topic: str, cause: dict, data: dict) -> bytes:
    """What every message is wrapped in; what is left out has a default. The id follows from what caused it: said again, it is the same."""
    trace = (cause.get("metadata") or {}).get("traceparent")
    return json.dumps(
        {
            "event_id": str(uuid.uuid5(uuid.UUID(cause["event_id"]), topic)),
            "event_type": topic,
            "event_timestamp": now(),
            "source_service": "python-specialist",
            "schema_version": 1,
            "correlation_id": cause["correlation_id"],
            "data": data,
            "metadata": {"traceparent": trace} if trace else None,
        }
    ).encode()


producer = Producer({"bootstrap.servers": BROKERS, "acks": "all", "enable.idempotence": True})
consumer = Consumer(
    {
        "bootstrap.servers": BROKERS,
        "group.id": f"{PREFIX}python-specialist",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)


def publish(topic: str, batch_id: str, cause: dict, data: dict) -> None:
    """Sends one message, keyed by the batch, and waits until the log has it."""
    producer.produce(PREFIX + topic, key=batch_id, value=envelope(topic, cause, data))
    if producer.flush(10) > 0:
        raise RuntimeError(f"{topic} was not acknowledged")


def texts_ready(message: dict) -> None:
    """As the essay lifecycle service does: every essay of the batch has a text."""
    data = message["data"]
    essays = [{"essay_id": essay, "text_storage_id": f"text-{essay}"} for essay in data["essay_ids"]]
    metadata = {"entity_id": data["entity_id"], "entity_type": "batch", "timestamp": now(), "event": "batch.essays.ready"}
    publish(
        READY,
        data["entity_id"],
        message,
        {
            "batch_id": data["entity_id"],
            "ready_essays": essays,
            "metadata": metadata,
            "course_code": data["course_code"],
            "course_language": "en",
            "class_type": "GUEST",
        },
    )


def spellchecked(message: dict) -> None:
    """As a specialist does: all essays of the command succeeded, and have a new text."""
    data = message["data"]
    processed = [
        {"essay_id": essay["essay_id"], "text_storage_id": f"corrected-{essay['essay_id']}"}
        for essay in data["essays_to_process"]
    ]
    publish(
        OUTCOME,
        data["entity_id"],
        message,
        {
            "batch_id": data["entity_id"],
            "phase_name": "spellcheck",
            "phase_status": "completed_successfully",
            "processed_essays": processed,
            "failed_essay_ids": [],
            "correlation_id": message["correlation_id"],
        },
    )


ANSWERS = {PREFIX + REGISTERED: texts_ready, PREFIX + COMMAND: spellchecked}


def main() -> int:
    consumer.subscribe(list(ANSWERS))
    essays = ["anna", "bo"]
    batch = call(
        "POST", "/v1/batches/register", {"expected_essay_count": 2, "course_code": "ENG5", "essay_ids": essays}
    )["batch_id"]
    call("POST", f"/v1/batches/{batch}/pipelines", {"requested_pipeline": "spellcheck"})
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        record = consumer.poll(0.2)
        if record is not None and record.error() is None:
            message = json.loads(record.value())
            if record.key() == batch.encode():
                ANSWERS[record.topic()](message)
            consumer.commit(record, asynchronous=False)
        status = call("GET", f"/v1/batches/{batch}/status")
        if status["status"] == "completed_successfully":
            print(json.dumps({"batch_id": batch, "status": status["status"], "essays": len(essays)}))
            consumer.close()
            return 0
    print(f"{batch} was not completed within {SECONDS} s: {json.dumps(status)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
