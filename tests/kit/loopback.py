"""A loopback server that plays the model for real agent clients, and remembers what they asked.

It speaks the Anthropic Messages API, the OpenAI Responses API and the Gemini API, each as far as its
client needs: streamed answers of one text or one tool call. Standard library only.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """An answer that is a tool call instead of a text."""

    tool: str
    input: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request for an answer, as the client sent it."""

    api: str  # "messages" | "responses" | "gemini"
    path: str
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """Every piece of text in the request, in order: what the model would read."""
        return "\n".join(_texts(self.body))


class Costly(str):
    """A text after which the conversation counts as long: what makes clients compact it by themselves."""

    tokens = 500_000


Answer = str | Call
Respond = Callable[[Request, int], Answer]


@dataclass
class Model:
    """The running server: its address, and the requests so far."""

    url: str
    respond: "Respond"
    requests: list[Request] = field(default_factory=list)

    def seen(self, text: str) -> bool:
        """Whether any request so far carried `text`."""
        return any(text in request.text for request in self.requests)


@contextmanager
def model(respond: Respond | None = None) -> Iterator[Model]:
    """Serve on a free loopback port until the block ends. `respond(request, n)` answers, n from 1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    running = Model(f"http://127.0.0.1:{server.server_address[1]}", respond or (lambda request, n: "done"))
    server.model = running  # type: ignore[attr-defined]
    server.guard = threading.Lock()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Stay silent: the requests are kept in memory."""

    def do_HEAD(self) -> None:
        self._send(200, "application/json", b"")

    def do_GET(self) -> None:
        self._send(200, "application/json", b'{"data": [], "models": []}')

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        path = self.path.split("?", 1)[0]
        if path.endswith("/v1/messages"):
            self._answer("messages", path, body, _messages)
        elif path.endswith("/responses"):
            self._answer("responses", path, body, _responses)
        elif "generateContent" in path or "streamGenerateContent" in path:
            self._answer("gemini", path, body, _gemini)
        elif path.endswith("countTokens") or path.endswith("count_tokens"):
            self._send(200, "application/json", b'{"totalTokens": 10, "input_tokens": 10}')
        else:
            self._send(200, "application/json", b"{}")

    def _answer(self, api: str, path: str, body: dict[str, Any], encode: Callable[..., Any]) -> None:
        request = Request(api, path, body)
        with self.server.guard:  # type: ignore[attr-defined]
            running: Model = self.server.model  # type: ignore[attr-defined]
            running.requests.append(request)
            answer = running.respond(request, len(running.requests))
        streamed = bool(body.get("stream")) or "streamGenerateContent" in path
        events = encode(answer, body)
        if streamed:
            text = "".join(
                (f"event: {e['type']}\n" if "type" in e else "") + f"data: {json.dumps(e)}\n\n"
                for e in events
            )
            self._send(200, "text/event-stream", text.encode())
        else:
            self._send(200, "application/json", json.dumps(_whole(api, answer, events)).encode())

    def _send(self, status: int, kind: str, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)


def _whole(api: str, answer: Answer, events: list[dict[str, Any]]) -> dict[str, Any]:
    if api == "messages":
        message = dict(events[0]["message"])
        message["content"] = [_block(answer)]
        message["stop_reason"] = "tool_use" if isinstance(answer, Call) else "end_turn"
        return message
    if api == "responses":
        return dict(events[-1]["response"])
    return events[0]


def _block(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Call):
        return {"type": "tool_use", "id": "toolu_loopback", "name": answer.tool, "input": answer.input}
    return {"type": "text", "text": answer}


def _messages(answer: Answer, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Anthropic Messages API, streamed."""
    block = _block(answer)
    if isinstance(answer, Call):
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(answer.input)}
        stop = "tool_use"
    else:
        start = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": answer}
        stop = "end_turn"
    usage = {"input_tokens": getattr(answer, "tokens", 10), "output_tokens": 5}
    message = {
        "id": "msg_loopback",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "loopback"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


def _responses(answer: Answer, body: dict[str, Any]) -> list[dict[str, Any]]:
    """OpenAI Responses API, streamed."""
    if isinstance(answer, Call):
        item: dict[str, Any] = {
            "type": "function_call",
            "id": "fc_loopback",
            "call_id": "call_loopback",
            "name": answer.tool,
            "arguments": json.dumps(answer.input),
        }
    else:
        content = [{"type": "output_text", "text": answer, "annotations": []}]
        item = {"type": "message", "id": "msg_loopback", "role": "assistant", "content": content}
    usage = {
        "input_tokens": getattr(answer, "tokens", 10),
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": getattr(answer, "tokens", 10) + 5,
    }
    done = {
        "id": "resp_loopback",
        "object": "response",
        "status": "completed",
        "output": [item],
        "usage": usage,
    }
    return [
        {"type": "response.created", "response": {"id": "resp_loopback"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": done},
    ]


def _gemini(answer: Answer, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Gemini API: one chunk is the whole answer."""
    if isinstance(answer, Call):
        part: dict[str, Any] = {"functionCall": {"name": answer.tool, "args": answer.input}}
    else:
        part = {"text": answer}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    return [{"candidates": [candidate], "usageMetadata": usage, "modelVersion": "loopback"}]
