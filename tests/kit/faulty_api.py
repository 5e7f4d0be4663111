"""A Messages API on a loopback port that answers as told, badly when told so.

    with faulty_api("429") as api: ...            every answer is that fault
    with faulty_api(reply={"files": []}) as api:  every answer is that JSON, as one text block
    api.requests                                  what was asked: bodies, paths, header names

Faults are those a client meets: HTTP errors, a reset, silence, a slow drip, a cut body, and answers that are
well-formed HTTP and not what was asked for.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTTP_ERRORS = {
    "400": (400, "invalid_request_error", {}),
    "401": (401, "authentication_error", {}),
    "403": (403, "permission_error", {}),
    "404": (404, "not_found_error", {}),
    "429": (429, "rate_limit_error", {"retry-after": "30"}),
    "500": (500, "api_error", {}),
    "503": (503, "api_error", {}),
    "529": (529, "overloaded_error", {"retry-after": "30"}),
    "redirect": (307, "moved", {}),
}
SENSITIVE = ("authorization", "x-api-key")


@dataclass
class Request:
    """One POST: its path, its JSON body and the raw bytes, the credentials that came with it."""

    path: str
    body: dict[str, Any]
    raw: bytes
    credentials: str


@dataclass
class FaultyApi:
    """The running server; `stop` ends the silences and drips that it is in the middle of."""

    url: str
    fault: str | None
    reply: Any
    requests: list[Request] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    redirect_to: str = ""

    @property
    def user(self) -> str:
        """The user message of the last request."""
        return str(self.requests[-1].body["messages"][-1]["content"])


@contextmanager
def faulty_api(
    fault: str | None = None, reply: Any = None, respond: Callable[[Request, int], Any] | None = None
) -> Iterator[FaultyApi]:
    """Serve until the block ends. `respond(request, n)` makes the reply (n from 1) in place of `reply`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    api = FaultyApi(f"http://127.0.0.1:{server.server_address[1]}", fault, reply)
    server.api, server.respond = api, respond  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.stop.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        api: FaultyApi = self.server.api  # type: ignore[attr-defined]
        credentials = " ".join(self.headers.get(name) or "" for name in SENSITIVE).strip()
        request = Request(self.path, json.loads(raw), raw, credentials)
        api.requests.append(request)
        try:
            self._answer(api, request)
        except OSError:
            self.close_connection = True

    def _answer(self, api: FaultyApi, request: Request) -> None:
        fault = api.fault or ""
        if fault == "strict" and "output_config" in request.body:
            error = {
                "type": "invalid_request_error",
                "message": "output_config: Extra inputs are not permitted",
            }
            return self._send(400, json.dumps({"type": "error", "error": error}).encode())
        if fault in HTTP_ERRORS:
            status, kind, headers = HTTP_ERRORS[fault]
            error = {"type": kind, "message": f"the key was {request.credentials}"}
            extra = {"location": f"{api.redirect_to}/v1/messages"} if api.redirect_to else {}
            return self._send(status, json.dumps({"type": "error", "error": error}).encode(), headers | extra)
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return self.connection.close()
        if fault == "hang":
            api.stop.wait(60)
            self.close_connection = True
            return None
        respond = self.server.respond  # type: ignore[attr-defined]
        reply = respond(request, len(api.requests)) if respond else api.reply
        return self._send_message(api, fault, json.dumps(_message(fault, reply)).encode())

    def _send_message(self, api: FaultyApi, fault: str, body: bytes) -> None:
        if fault == "html":
            return self._send(200, b"<html>Please log in to the hotel network</html>")
        if fault == "not-json":
            return self._send(200, body[: len(body) // 2])
        if fault in ("cut", "drip"):
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if fault == "drip":
                for byte in body:
                    if api.stop.wait(0.2):
                        break
                    self.wfile.write(bytes([byte]))
            else:
                self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        return self._send(200, body)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _text(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}]


def _message(fault: str, reply: Any) -> dict[str, Any]:
    payload = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    stop = "end_turn"
    content = _text(payload)
    if fault == "empty":
        content = []
    elif fault == "refusal":
        content, stop = [], "refusal"
    elif fault == "max_tokens":
        content, stop = _text(payload[: len(payload) // 2]), "max_tokens"
    elif fault == "prose":
        content = _text("Sure! I think some of your notes [the older ones] might be {relevant} here.")
    elif fault == "fenced":
        content = _text(f"```json\n{payload}\n```")
    elif fault == "prose-around":
        content = _text(f"Given {{your}} prompt [1], here it is:\n\n{payload}\n\nAnything else?")
    elif fault == "thinking-first":
        thought = {"type": "thinking", "thinking": 'maybe {"files": ["wrong.md"]}', "signature": "c2ln"}
        content = [thought, *content]
    elif fault == "tool":
        content = [{"type": "tool_use", "id": "toolu_1", "name": "answer", "input": json.loads(payload)}]
        stop = "tool_use"
    elif fault == "wrong-tool":
        content = [{"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {"query": "x"}}]
        stop = "tool_use"
    return {
        "id": f"msg_{time.monotonic_ns():x}", "type": "message", "role": "assistant",
        "model": "claude-haiku-4-5", "content": content,
        "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 50, "cache_read_input_tokens": 7},
    }  # fmt: skip
