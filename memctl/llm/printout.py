"""What a program printed, as a reply or as the failure that it tells of."""

import re
from collections.abc import Mapping
from typing import Any

from memctl.errors import ModelFailed
from memctl.llm import reported
from memctl.llm.provider import Prompt, Reply, Unusable, Usage
from memctl.llm.replies import SCAN_MAX, find_object, shape, values

_ANSWERS = ("result", "response")
"""Where a client's JSON record holds the model's text: Claude Code and Cursor, Gemini CLI."""

_LOGIN = re.compile(r"/login|not logged in|log ?in (?:again|first|to )|authenticat|unauthori[sz]ed|api key")
_LIMIT = re.compile(r"rate.?limit|usage limit|quota|too many requests|resource_exhausted|\b429\b")
"""What clients say when they fail, in lower case. A failure that neither tells of is `unavailable`."""


def read(
    out: bytes, err: bytes, code: int | None, prompt: Prompt, model: str | None, seconds: float
) -> Reply:
    """The answer in `out`, with text around it or in a client's own record. Raises ModelFailed, Unusable."""
    text = out.decode("utf-8", "replace").strip()
    record = _record(text)
    usage = _usage(record, err)
    answered = record.get("modelUsage")
    model = reported.name(next(iter(answered), None) if isinstance(answered, dict) else None) or model
    if record.get("is_error") or code:
        raise _failure(record, f"{text[-4_000:]}\n{err.decode('utf-8', 'replace')}", code)
    if record.get("stop_reason") == "refusal":
        raise Unusable("the model declined to answer", slug="refused", usage=usage, model=model)
    try:
        data = shape(record.get("structured_output"), prompt.schema)
        said = next((record[key] for key in _ANSWERS if isinstance(record.get(key), str)), text)
        return Reply(data or find_object(said, prompt.schema), model, usage, seconds)
    except Unusable as error:
        raise Unusable(error.message, usage=usage, model=model) from None


def _usage(record: Mapping[str, Any], err: bytes) -> Usage:
    """What the call consumed: as the record names it, else as the log beside the answer does."""
    if "stats" in record:
        return reported.of_models(record["stats"])
    if record:
        return reported.usage(record.get("usage"), record.get("total_cost_usd"))
    return reported.total(err.decode("utf-8", "replace"))


def _record(text: str) -> Mapping[str, Any]:
    """A client's record of its answer, with banners around it perhaps; else an empty one."""
    found = [r for value in values(text[:SCAN_MAX]) for r in (value if isinstance(value, list) else [value])]
    results = [r for r in found if isinstance(r, dict) and (r.get("type") == "result" or "response" in r)]
    return results[-1] if results else {}


def _failure(record: Mapping[str, Any], printed: str, code: int | None) -> ModelFailed:
    given = record.get("api_error_status")
    status = given if isinstance(given, int) and 100 <= given <= 599 else None
    said = printed.lower()
    if status in (401, 403):
        return ModelFailed(f"the provider's credentials were not accepted ({status})", slug="unauthorized")
    if status == 429 or (status is None and _LIMIT.search(said)):
        return ModelFailed("the provider is limiting the rate of requests (429)", slug="rate-limited")
    if status is None and _LOGIN.search(said):
        return ModelFailed("the provider's command is not logged in", slug="no-credentials")
    detail = f" after status {status}" if status else ""
    return ModelFailed(f"the provider's command failed with exit code {code}{detail}")
