"""Put several names into one sentence."""


def named(names: list[str], most: int = 5) -> str:
    """Several names as one phrase: “a”, “b” and 3 more."""
    shown = [f"“{name}”" for name in names[:most]]
    more = len(names) - len(shown)
    last = f"{more} more" if more else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
