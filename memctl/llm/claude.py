"""The Anthropic Messages API through the official SDK, or any server that speaks it (`ANTHROPIC_BASE_URL`).

Importing the SDK takes longer than everything else that a recall does. So it is imported without the types of
endpoints that are not called (`lazy_import`), in a thread while the candidates are found, with garbage
collection off and its objects frozen, and not at all when nothing on this machine looks like credentials.

memctl never handles a key: the SDK finds it by its own rules and sends it to the base URL only; redirects
are not followed.
"""

import json
import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from memctl.errors import ModelFailed
from memctl.llm import lazy_import, reported
from memctl.llm.deadline import within
from memctl.llm.provider import Prompt, Reply, Unusable
from memctl.llm.replies import find_object, shape

if TYPE_CHECKING:
    import anthropic

ANSWER_MAX = 4 * 1024 * 1024
"""Bytes of an API response that are read; a full answer of 16,000 tokens is below 200 KB."""

_QUICK = ("claude-haiku-",)
"""Models whose thinking is switched off for a selection: it is on by default since Haiku 5.5 and costs
seconds. Larger models refuse `disabled` (platform.claude.com, "Adaptive thinking") and are left alone."""

_OPTIONAL = ("output_config", "thinking")
"""Request fields that a server which only resembles the Messages API may not know."""


class ClaudeProvider:
    """Asks `model` at the SDK's base URL: ANTHROPIC_BASE_URL, else Anthropic's own."""

    name = "anthropic"

    def __init__(self, model: str) -> None:
        self.model: str | None = model
        self._model = model

    def warm(self) -> None:
        """Begin to import the SDK; raises ModelFailed (`no-credentials`) when there can be none."""
        if not credentials_likely():
            raise _no_credentials()
        _sdk.start()

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """Answer `prompt` within `deadline` seconds; see `Provider.ask`."""
        started = time.monotonic()
        self.warm()
        raw = within(deadline, lambda: self._call(prompt, started + deadline))
        return _read(raw, prompt, self._model, time.monotonic() - started)

    def _call(self, prompt: Prompt, until: float) -> bytes:
        sdk = _sdk.wait()
        request = self._request(prompt)
        try:
            with self._client(sdk, until) as client:
                try:
                    return _post(client, request, until)
                except sdk.BadRequestError as error:
                    named = [field for field in _OPTIONAL if field in request and field in str(error)]
                    if not named:
                        raise
                    for field in _OPTIONAL:
                        request.pop(field, None)
                    return _post(client, request, until)
        except sdk.AnthropicError as error:
            raise _failure(sdk, error) from None
        except ModelFailed:
            raise
        except Exception as error:
            if isinstance(error, TypeError) and "authentication method" in str(error):
                raise _no_credentials() from None
            raise ModelFailed(f"the model's server cannot be asked ({type(error).__name__})") from error

    def _client(self, sdk: Any, until: float) -> "anthropic.Anthropic":
        left = max(0.05, until - time.monotonic())
        web = sdk.DefaultHttpxClient(follow_redirects=False, timeout=left)
        client: anthropic.Anthropic = sdk.Anthropic(max_retries=0, timeout=left, http_client=web)
        return client

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": prompt.max_tokens,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
            "output_config": {"format": {"type": "json_schema", "schema": prompt.schema}},
        }
        if prompt.purpose == "select" and self._model.startswith(_QUICK):
            request["thinking"] = {"type": "disabled"}
        return request


def credentials_likely() -> bool:
    """Whether anything that the SDK's credential chain looks at is there; it reads no secret.

    The chain is that of anthropic 2.x: API key, auth token, named profile, workload identity, active profile
    on disk; and a header of the user's own.
    """
    env = os.environ
    if any(env.get(f"ANTHROPIC_{name}") for name in ("API_KEY", "AUTH_TOKEN", "PROFILE", "CONFIG_DIR")):
        return True
    if env.get("ANTHROPIC_FEDERATION_RULE_ID") and env.get("ANTHROPIC_ORGANIZATION_ID"):
        return True
    if "authorization" in env.get("ANTHROPIC_CUSTOM_HEADERS", "").lower():
        return True
    config = os.path.expanduser(os.path.join("~", ".config", "anthropic"))
    return any(os.path.exists(os.path.join(config, p)) for p in ("active_config", "configs/default.json"))


class _Sdk:
    """The SDK's module, imported once in a background thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._module: Any = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Begin the import, unless it was begun before. Returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="memctl-sdk", daemon=True)
                self._thread.start()

    def wait(self) -> Any:
        """The module, once it is imported. Raises ModelFailed where it cannot be."""
        self.start()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise ModelFailed(f"the anthropic SDK cannot be loaded: {self._failure}") from self._failure
        return self._module

    def _load(self) -> None:
        import gc

        collecting = gc.isenabled()
        gc.disable()
        try:
            lazy_import.install("anthropic")
            try:
                self._module = _needed()
            except Exception:  # noqa: BLE001 - an SDK that cannot be imported so is imported whole
                lazy_import.remove("anthropic")
                self._module = _needed()
            gc.freeze()
            _quiet()
        except BaseException as error:  # noqa: BLE001 - shown by wait(), in the thread that asked
            self._failure = error
        finally:
            if collecting:
                gc.enable()


_sdk = _Sdk()


def _needed() -> Any:
    """The SDK with what a call uses, which otherwise would be imported at the first call."""
    import anthropic
    from anthropic.resources.messages import Messages

    _ = (anthropic.Anthropic, anthropic.DefaultHttpxClient, Messages)
    return anthropic


def _quiet() -> None:
    """Keep the SDK's advice about the user's environment off stderr."""
    import logging

    logging.getLogger("anthropic").addHandler(logging.NullHandler())


def _post(client: "anthropic.Anthropic", request: dict[str, Any], until: float) -> bytes:
    """The body of a successful response. A cut or endless body is told apart from a refused connection."""
    body = bytearray()
    with client.messages.with_streaming_response.create(**request) as response:
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > until:
                    raise ModelFailed("the model did not answer in time", slug="deadline")
                if len(body) > ANSWER_MAX:
                    raise Unusable("the model's answer is endless")
        except ModelFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the HTTP library raises, the answer is cut
            raise Unusable(f"the model's answer broke off ({type(error).__name__})") from None
    return bytes(body)


def _read(raw: bytes, prompt: Prompt, model: str, seconds: float) -> Reply:
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        message = None
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(content, list):
        raise Unusable("the server's answer is not a message of the Messages API")
    usage = reported.usage(message.get("usage"))
    model = reported.name(message.get("model")) or model
    stop = message.get("stop_reason")
    try:
        if stop == "refusal":
            raise Unusable("the model declined to answer", slug="refused")
        if stop in ("max_tokens", "model_context_window_exceeded"):
            raise Unusable(f"the model's answer was cut short ({stop})")
        data = _answer([b for b in content if isinstance(b, dict)], prompt.schema)
    except Unusable as error:
        raise Unusable(error.message, slug=error.slug, usage=usage, model=model) from None
    return Reply(data, model, usage, seconds)


def _answer(blocks: list[dict[str, Any]], schema: Mapping[str, Any]) -> dict[str, Any]:
    for block in blocks:
        if block.get("type") == "tool_use":
            shaped = shape(block.get("input"), schema)
            if shaped is not None:
                return shaped
    return find_object("\n".join(str(b.get("text")) for b in blocks if b.get("type") == "text"), schema)


def _failure(sdk: Any, error: Exception) -> ModelFailed:
    status = getattr(error, "status_code", None)
    if isinstance(error, sdk.APITimeoutError):
        return ModelFailed("the model did not answer in time", slug="deadline")
    if isinstance(error, sdk.APIConnectionError):
        return ModelFailed(f"the model's server cannot be reached ({type(error.__cause__).__name__})")
    if status in (401, 403):
        return ModelFailed(
            f"the model's server did not accept the credentials ({status})",
            slug="unauthorized",
            hint="check ANTHROPIC_API_KEY or the profile that the anthropic SDK uses",
        )
    if status == 429:
        return ModelFailed("the model's server is limiting the rate of requests (429)", slug="rate-limited")
    if status is not None:
        return ModelFailed(f"the model's server answered {status}{_kind(error)}")
    return _no_credentials(f": {type(error).__name__}")


def _kind(error: Exception) -> str:
    """The error's type as the server names it; never its message, which may repeat what was sent."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, dict) else None
    kind = inner.get("type") if isinstance(inner, dict) else None
    return f" ({kind})" if isinstance(kind, str) and kind.replace("_", "").isalnum() else ""


def _no_credentials(detail: str = "") -> ModelFailed:
    return ModelFailed(
        f"no credentials for the Anthropic API{detail}",
        slug="no-credentials",
        hint="set ANTHROPIC_API_KEY; or without a key: let your agent's own command line be asked, "
        "memctl config own-model AGENT; or name a command, memctl config set provider command",
    )
