"""The name under which programs import the memory tool: `from memctl.memory_tool import MemctlMemoryTool`."""

from typing import Any

__all__ = ["MemctlMemoryTool"]  # noqa: F822 - made by __getattr__


def __getattr__(name: str) -> Any:
    from memctl.tools import memory_tool

    return getattr(memory_tool, name)
