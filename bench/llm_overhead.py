"""What `memctl recall --selector llm` adds to the model's own round trip, beside a bare script with the SDK.

    python bench/llm_overhead.py [--runs N] [--memories N] [--delay MS]

Both are whole processes, run in turn against a loopback Messages API that waits DELAY before it answers; what
one adds is its wall time less that delay. The script builds the client, sends one message and prints the
answer; memctl also reads the directory, selects by words, writes the manifest, reads the chosen memories and
keeps the ledger. Prints both medians, the median of the paired ratios, and its quartiles; exits 1 when that
median is above TARGET.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TARGET = 0.65

SCRIPT = """\
import anthropic
client = anthropic.Anthropic()
asked = [{"role": "user", "content": "which of deploy.md, hosting.md helps with: ship the site"}]
answer = client.messages.create(model="claude-haiku-5-5", max_tokens=512, messages=asked)
print(answer.content[0].text)
"""

QUERY = "how do we ship the website to the server"


class _Api(BaseHTTPRequestHandler):
    delay = 0.0

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        found = re.findall(r"\S+\.md", str(body["messages"][-1]["content"]))
        time.sleep(self.delay)
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"],
            "content": [{"type": "text", "text": json.dumps({"files": found[:2]})}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        data = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def fill(directory: Path, count: int) -> None:
    """Write `count` memories of common size."""
    directory.mkdir()
    for number in range(count):
        lines = [
            "---",
            f"name: memory-{number:03}",
            f"description: How part {number} of the website is built and sent to the server",
            "metadata:",
            "  type: project",
            "---",
        ]
        lines += [f"Step {step} of part {number} comes after step {step - 1}." for step in range(1, 20)]
        (directory / f"memory-{number:03}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def timed(command: list[str], env: dict[str, str]) -> float:
    """Wall seconds of one process, from start to exit."""
    started = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    took = time.perf_counter() - started
    if "lexical" in done.stdout or ".md" not in done.stdout:
        raise SystemExit(f"{command[0]} was not answered by the model:\n{done.stdout}{done.stderr}")
    return took


def main() -> int:
    """Measure and print; see the module's docstring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--memories", type=int, default=100)
    parser.add_argument("--delay", type=float, default=300.0, help="milliseconds")
    given = parser.parse_args()
    _Api.delay = given.delay / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        fill(root / "memory", given.memories)
        (root / "bare.py").write_text(SCRIPT, encoding="utf-8")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "MEMCTL_", "CLAUDE"))}
        env |= {
            "HOME": scratch,
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "ANTHROPIC_API_KEY": "loopback",
        }
        bare = [sys.executable, str(root / "bare.py")]
        memctl = [str(Path(sys.executable).with_name("memctl")), "recall", "--json", "--selector", "llm"]
        memctl += ["--deadline", "60", "--dir", str(root / "memory"), QUERY]
        for command in (bare, memctl):
            timed(command, env)  # the first run fills caches
        pairs = [(timed(bare, env), timed(memctl, env)) for _ in range(given.runs)]
    added = [(a - _Api.delay, b - _Api.delay) for a, b in pairs]
    ratios = [b / a for a, b in added]
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"bare script adds  {statistics.median(a for a, _ in added) * 1000:.0f} ms")
    print(f"memctl adds       {statistics.median(b for _, b in added) * 1000:.0f} ms")
    print(f"ratio             {middle:.2f}  (quartiles {low:.2f} to {high:.2f}; target {TARGET})")
    return int(middle > TARGET)


if __name__ == "__main__":
    sys.exit(main())
