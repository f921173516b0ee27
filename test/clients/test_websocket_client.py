"""The websocket-client package on /v1/responses, without anything of OpenAI's."""
import json

import pytest
import websocket


@pytest.fixture
def connect(server):
    def open_with(key):
        return websocket.create_connection(
            f"ws://{server.target}/v1/responses", header=[f"Authorization: Bearer {key}"], timeout=60)
    return open_with


def answer(connection, **fields):
    """The events of one response, up to its last."""
    connection.send(json.dumps({"type": "response.create", "temperature": 0, "max_output_tokens": 16, **fields}))
    events = []
    while not events or events[-1]["type"] not in (
            "response.completed", "response.incomplete", "response.failed", "error"):
        events.append(json.loads(connection.recv()))
    return events


def test_responses(server, connect, conversation):
    connection = connect(server.api_key)
    *_, question = conversation.messages
    events = answer(connection, input=conversation.messages)
    response = events[-1]["response"]
    assert response["status"] == "completed"
    assert response["output"][-1]["content"][0]["text"] == conversation.answer
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(deltas) == conversation.answer and len(deltas) > 1
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    continued = answer(connection, input=conversation.next, previous_response_id=response["id"])
    assert continued[-1]["response"]["output"][-1]["content"][0]["text"] == conversation.continued

    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c", "output": "2"}
    called = answer(connection, input=[question, call, result])
    assert called[-1]["type"] in ("response.completed", "response.incomplete")
    (refused,) = answer(connection, input=[question, {"type": "web_search_call", "id": "w"}])
    assert refused["error"]["param"] == "input[1].type"
    assert refused["error"]["code"] == "unsupported_parameter"
    connection.ping("still there")
    assert answer(connection, input=conversation.messages)[-1]["type"] == "response.completed"
    connection.close()


def test_a_bad_key_is_refused_before_the_upgrade(connect):
    with pytest.raises(websocket.WebSocketBadStatusException) as raised:
        connect("wrong")
    assert raised.value.status_code == 401
