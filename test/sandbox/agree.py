"""Makes the calls that it reads from stdin with boto3, and prints what came back, so that it can be compared with another client's answers.

Input: {"endpoint": ..., "steps": [{"service", "operation", "input", "events"?}]}. In an input {"$bytes": base64}, {"$time": seconds} and
{"$from": [step, member]} stand for bytes, a time and a member of an earlier answer.
"""
import base64
import datetime
import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError


def main():
    task = json.load(sys.stdin)
    # The service is to judge the input, not the client; and each refusal is to be seen once.
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    clients = {}
    answers = []
    for step in task["steps"]:
        service = step["service"]
        if service not in clients:
            clients[service] = boto3.client(
                service,
                endpoint_url=task["endpoint"],
                region_name="us-east-1",
                aws_access_key_id="boto3",
                aws_secret_access_key="boto3",
                config=config,
            )
        call = getattr(clients[service], xform_name(step["operation"]))
        try:
            answer = call(**resolved(step["input"], answers))
            if "events" in step:
                answer = {"EventStream": first_events(answer["EventStream"], step["events"])}
            answer.pop("ResponseMetadata", None)
        except ClientError as error:
            answer = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
        answers.append(answer)
    json.dump(plain(answers), sys.stdout)


def resolved(value, answers):
    if isinstance(value, list):
        return [resolved(item, answers) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        return datetime.datetime.fromtimestamp(value["$time"], datetime.timezone.utc)
    if "$from" in value:
        step, member = value["$from"]
        return answers[step][member]
    return {key: resolved(item, answers) for key, item in value.items()}


def first_events(stream, count):
    events = []
    for event in stream:
        events.append(event)
        if len(events) == count:
            stream.close()
            break
    return events


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if hasattr(value, "read"):
        return plain(value.read())
    if isinstance(value, datetime.datetime):
        return {"$time": round(value.timestamp(), 3)}
    return value


main()
