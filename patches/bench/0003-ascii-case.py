"""upper() and lower() of ASCII, by length."""

WORK = {f"{kind}.{method} {length}": (f"text.{method}()", f"text = {prefix}'aBcd' * {length // 4}") for kind, prefix in (("bytes", "b"), ("str", "")) for method in ("upper", "lower") for length in (8, 16, 64, 4096)}
