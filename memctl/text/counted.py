"""Numbers of things in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 candidate`, `2 candidates`, `2 memories`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
