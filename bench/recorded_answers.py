"""Answers of a model, recorded: for runs of the recall bench that repeat without one.

`recorded/anticipated.json` holds the prompts that a reader of each memory anticipated, by a hash of its
content. `recorded/selections.json` holds what a reader of the bare manifest chose, by query and manifest.
No text of a memory and no query of a set is kept, only hashes of them, and a choice is kept as positions in
the sorted list of the manifest's files.

    python bench/recorded_answers.py anticipate [--out FILE] DIRECTORY...

gives memory directories their anticipated queries, each in its own state or all in FILE, which is then for
`bench/recall.py SET --selector anticipated --anticipated FILE`. And

    python bench/recorded_answers.py serve

is a Messages API on loopback, at the address that it prints, for `bench/recall.py SET --selector llm` with
ANTHROPIC_BASE_URL set to it. It answers what was recorded; anything else gets an error and not a guess.
"""

import argparse
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from memctl.llm.provider import Prompt, Reply
from memctl.places import queries_file
from memctl.store.memory.memories import MemoryStore
from memctl.store.search import anticipated

RECORDED = Path(__file__).parent / "recorded"


def queries() -> dict[str, list[str]]:
    """`recorded_key` -> anticipated queries."""
    return dict(json.loads((RECORDED / "anticipated.json").read_text(encoding="utf-8")))


def recorded_key(description: str, body: str) -> str:
    """What the queries of a memory are recorded under: its content, whatever memctl files it under."""
    return "sha256:" + hashlib.sha256(f"{description}\0{body.strip()}".encode()).hexdigest()


def anticipate(directory: str, path: str | None = None) -> int:
    """Write the recorded queries of a directory's memories to `path` (default: its state); say how many."""
    known = queries()
    memories = [(m.description, m.body) for m in MemoryStore(directory).memories()[0]]
    found = {
        anticipated.content_key(*memory): known[recorded_key(*memory)]
        for memory in memories
        if recorded_key(*memory) in known
    }
    anticipated.append(path or queries_file(directory), found, model="recorded")
    return len(found)


class Recorded:
    """A provider that answers selections as recorded. KeyError when a request was not recorded."""

    name = "recorded"
    model: str | None = "recorded"

    def __init__(self) -> None:
        self._known = json.loads((RECORDED / "selections.json").read_text(encoding="utf-8"))

    def warm(self) -> None:
        """Nothing to prepare."""

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """The recorded choice for the query and the manifest in `prompt`."""
        return Reply({"files": self.files(prompt.user)}, self.model)

    def files(self, user: str) -> list[str]:
        """The recorded choice for a selector's user message."""
        query, files = read_request(user)
        return [files[at] for at in self._known[request_key(query, files)]]


def read_request(user: str) -> tuple[str, list[str]]:
    """The query and the sorted files of a selector's user message."""
    query = json.loads(user.split("Prompt: ", 1)[1].split("\n", 1)[0])
    return query, sorted(re.findall(r"^- (.+?) \| ", user, re.MULTILINE))


def request_key(query: str, files: list[str]) -> str:
    """What a selection is recorded under."""
    return hashlib.sha256(json.dumps([query, files], ensure_ascii=False).encode()).hexdigest()[:24]


class _Handler(BaseHTTPRequestHandler):
    recorded = Recorded()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        try:
            text = json.dumps({"files": self.recorded.files(body["messages"][-1]["content"])})
        except KeyError:
            return self._send(400, {"type": "error", "error": {"type": "not_recorded", "message": ""}})
        content = [{"type": "text", "text": text}]
        usage = {"input_tokens": len(str(body)) // 4, "output_tokens": len(text) // 4}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"]}
        return self._send(200, {**message, "content": content, "stop_reason": "end_turn", "usage": usage})

    def _send(self, status: int, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    """Run one of the two commands of the module's docstring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    anticipating = verbs.add_parser("anticipate")
    anticipating.add_argument("directories", nargs="+", metavar="DIRECTORY")
    anticipating.add_argument("--out", metavar="FILE")
    verbs.add_parser("serve")
    given = parser.parse_args()
    if given.verb == "anticipate":
        print(sum(anticipate(directory, given.out) for directory in given.directories), "memories")
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
