"""The anthropic SDK's memory tool on a memctl directory.

    from anthropic import Anthropic
    from memctl.tools.memory_tool import MemctlMemoryTool

    Anthropic().beta.messages.tool_runner(..., tools=[MemctlMemoryTool()])

The class is made when it is first asked for, so that importing this module costs nothing; besides
`llm.claude` it is the only place that imports anthropic, since it subclasses the SDK's abstract tool.
"""

import os
import time
from typing import Any

from memctl.errors import MemctlError

__all__ = ["MemctlMemoryTool"]  # noqa: F822 - made by __getattr__


def __getattr__(name: str) -> Any:
    if name != "MemctlMemoryTool":
        raise AttributeError(name)
    globals()[name] = made = _make()
    return made


def _make() -> Any:
    from anthropic.lib.tools import BetaAbstractMemoryTool, ToolError

    from memctl.services.review.approvals import repair
    from memctl.store.state.registry import open_place
    from memctl.tools.memory_files import MemoryFiles, failure

    class MemctlMemoryTool(BetaAbstractMemoryTool):
        """The six commands under `/memories`, on the memory directory of the project in `cwd`.

        `directory` names another one. What a killed command left is finished first. Writes are checked by
        the guard, in the history, and undone by `memctl undo`; a refusal reaches the model as a tool error.
        Raises Refused when the directory belongs to another project.
        """

        def __init__(self, directory: str | None = None, *, cwd: str | None = None, **options: Any) -> None:
            super().__init__(**options)
            place = open_place(os.path.abspath(cwd or os.getcwd()), directory)
            repair(place, time.time())
            self.files = MemoryFiles(place)

        def _run(self, command: Any) -> str:
            try:
                return self.files.execute(command if isinstance(command, dict) else command.to_dict())
            except MemctlError as error:
                raise ToolError(failure(error)) from error

        view = create = str_replace = insert = delete = rename = _run

    MemctlMemoryTool.__module__ = __name__
    return MemctlMemoryTool
