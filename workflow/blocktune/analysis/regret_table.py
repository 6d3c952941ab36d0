"""The comparison of cheaper searches as a table for people."""

from .claims import Report


def regret_markdown(report: Report) -> str:
    """Return the comparison as a Markdown table with its notes."""
    lines = [
        "| Method | Regret (points) | 95 % interval | Spearman | CPU share | Epoch share | Pairs |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
    ]
    for name, entry in sorted(report["methods"].items(), key=lambda item: item[1]["cost_share"]):
        lines.append(_line(name, entry))
    if report["other_seed"]:
        lines.append(_line("exhaustive, another seed", report["other_seed"]))
    lines.append(_line("a candidate at random (floor)", report["chance"]))
    lines += ["", *_strategies(report), *(f"{note}  " for note in report["notes"])]
    return "\n".join(lines) + "\n"


def _strategies(report: Report) -> list[str]:
    strategies = report["strategies"]
    lines = [
        f"| Regret by strategy (points) | {' | '.join(name.upper() for name in strategies)} |",
        f"| :-- |{' --: |' * len(strategies)}",
    ]
    entries = dict(sorted(report["methods"].items(), key=lambda item: item[1]["cost_share"]))
    if report["other_seed"]:
        entries["exhaustive, another seed"] = report["other_seed"]
    entries["a candidate at random (floor)"] = report["chance"]
    for name, entry in entries.items():
        cells = [_number(entry["per_strategy"].get(strategy, {}).get("regret_points")) for strategy in strategies]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def _line(name: str, entry: Report) -> str:
    interval = entry.get("regret_interval")
    cells = [
        name,
        _number(entry["regret_points"]),
        f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "n/a",
        _number(entry.get("spearman")),
        _share(entry.get("cost_share")),
        _share(entry.get("epoch_share")),
        str(entry["pairs"]),
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.3g} %"
