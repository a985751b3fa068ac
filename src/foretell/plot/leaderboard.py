"""Leaderboard: a forest plot of one metric on one data set under one task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from foretell.bench.results import Results, primary_of
from foretell.core.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["leaderboard"]

# Okabe and Ito's palette: told apart under every common colour vision, and in grey by shape
MODEL, FLOOR, CEILING, GREY = "#0072B2", "#D55E00", "#009E73", "#6B7280"
CEILING_LABEL = "technical duplicate"
COLUMNS = ("model", "value", "low", "high", "rank", "tie_group", "role")


@overload
def leaderboard(
    results_or_frame: Results | pd.DataFrame,
    *,
    dataset: str | None = None,
    split: str | None = None,
    metric: str | None = None,
    ax: Axes | None = None,
    return_data: Literal[False] = False,
) -> Axes: ...


@overload
def leaderboard(
    results_or_frame: Results | pd.DataFrame,
    *,
    dataset: str | None = None,
    split: str | None = None,
    metric: str | None = None,
    ax: Axes | None = None,
    return_data: Literal[True],
) -> tuple[Axes, pd.DataFrame]: ...


def leaderboard(
    results_or_frame: Results | pd.DataFrame,
    *,
    dataset: str | None = None,
    split: str | None = None,
    metric: str | None = None,
    ax: Axes | None = None,
    return_data: bool = False,
) -> Axes | tuple[Axes, pd.DataFrame]:
    """Draw every model's score with its interval, between floor and ceiling.

    Good for a figure of one metric; the HTML report has them all. Letters behind the names are
    tie groups: models that share one cannot be told apart. A model far beyond floor and ceiling
    stretches the axis; set ``ax.set_xlim`` then.

    Parameters
    ----------
    results_or_frame : results of a study, or its leaderboard table.
    dataset, split, metric : what to draw; the first of the table (and the study's primary metric)
        unless given. The title and the axis say which it is.
    ax : where to draw; a new figure of fitting height unless given.
    return_data : return the drawn rows as well.

    Returns
    -------
    The axes, or the axes and a table of `model`, `value`, `low`, `high`, `rank`, `tie_group` and
    `role` (``ceiling``, ``floor`` or ``model``), from top to bottom.

    Raises
    ------
    UnknownName
        If the table has no such data set, split or metric, or nothing to draw.

    Notes
    -----
    Cost: O(models).
    """
    import matplotlib.pyplot as plt

    study: dict[str, Any] = {}
    if isinstance(results_or_frame, Results):
        frame, study = results_or_frame.leaderboard, results_or_frame.study
    else:
        frame = results_or_frame
    dataset = _choose(frame, "dataset", dataset)
    frame = frame.loc[frame["dataset"] == dataset]
    split = _choose(frame, "split", split)
    frame = frame.loc[frame["split"] == split]
    metric = _choose(frame, "metric", metric or _present(frame, primary_of(study, dataset)))
    data = _rows(frame.loc[frame["metric"] == metric], study, split)
    if ax is None:
        _, ax = plt.subplots(figsize=(7.0, 1.1 + 0.32 * len(data)), layout="constrained")
    cards: dict[str, dict[str, Any]] = {c["name"]: c for c in study.get("metrics", ())}
    card = cards.get(metric, {})
    _draw(ax, data, card.get("chance"))
    _label(ax, data, f"{dataset} · {split.replace('_', ' ')}", metric, card)
    return (ax, data[list(COLUMNS)]) if return_data else ax


def _choose(frame: pd.DataFrame, column: str, wanted: str | None) -> str:
    """Return the wanted value, or the first one of the table."""
    known = [str(value) for value in dict.fromkeys(frame[column])]
    if not known:
        raise UnknownName("the leaderboard is empty", "see what failed in the report")
    if wanted is None:
        return known[0]
    if wanted not in known:
        raise UnknownName(f"there is no {column} '{wanted}'", did_you_mean(wanted, known))
    return wanted


def _present(frame: pd.DataFrame, name: Any) -> str | None:
    return name if (frame["metric"] == name).any() else None


def _rows(frame: pd.DataFrame, study: dict[str, Any], split: str) -> pd.DataFrame:
    """Models with a score, the ceiling first, then from best to worst."""
    ceiling = study.get("ceiling", CEILING_LABEL)
    floor = study.get("floors", {}).get(split)
    if floor is None:  # a bare table: the floor is the model whose score is the floor's
        same = frame["value"].astype(float) == frame["floor"].astype(float)
        models = frame.loc[same & (frame["status"] == "ok") & (frame["model"] != ceiling), "model"]
        floor = models.iloc[0] if len(models) == 1 else None
    scored = frame[frame["value"].notna()]
    if scored.empty:
        raise UnknownName("no model has a score here", "choose another metric or data set")
    roles = {floor: "floor", ceiling: "ceiling"}
    scored = scored.assign(role=[roles.get(model, "model") for model in scored["model"]])
    above = scored["role"] != "ceiling"  # the table has the order: best first, or by name
    return scored.assign(above=above).sort_values("above", kind="stable").reset_index(drop=True)


def _draw(ax: Axes, data: pd.DataFrame, chance: Any) -> None:
    """Draw the reference lines, and over them one interval per row."""
    rows = data.to_dict("records")
    if rows[0]["role"] == "ceiling":
        low, high = rows[0]["low"], rows[0]["high"]
        ax.axvspan(low, high, color=CEILING, alpha=0.15, lw=0, label="ceiling, 95%")
    floors = [r["value"] for r in rows if r["role"] == "floor"] or list(data["floor"].dropna())
    if floors:
        ax.axvline(floors[0], color=FLOOR, lw=1.3, ls=(0, (5, 2)), label="floor")
    if isinstance(chance, (int, float)):
        ax.axvline(chance, color=GREY, lw=1.2, ls=(0, (1, 2)), label="chance")
    styles = {"model": (MODEL, "o"), "floor": (FLOOR, "s"), "ceiling": (CEILING, "D")}
    for y, row in enumerate(rows):
        color, marker = styles[row["role"]]
        face = "white" if _is_hollow(data) else color
        ax.plot([row["low"], row["high"]], [y, y], color=color, lw=2, solid_capstyle="butt")
        ax.plot(row["value"], y, marker=marker, color=color, mfc=face, mew=1.5, ms=6, ls="none")


def _is_hollow(data: pd.DataFrame) -> bool:
    """Return whether there is a ceiling that is not better than the floor beyond doubt."""
    ceiling = data.loc[data["role"] == "ceiling", "is_informative"]
    return bool(len(ceiling)) and not bool(ceiling.iloc[0])


def _label(ax: Axes, data: pd.DataFrame, title: str, metric: str, card: dict[str, Any]) -> None:
    rows = data.to_dict("records")
    names = [f"{row['model']}  {_letter(row['tie_group'])}".rstrip() for row in rows]
    ax.set_yticks(range(len(rows)), names, parse_math=False)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(labelsize=9)
    ax.spines[["left", "right", "top"]].set_visible(False)
    higher = card["higher_is_better"] if card else None
    better = "" if higher is None else f" ({'higher' if higher else 'lower'} is better)"
    doubt = "; not informative here" if _is_hollow(data) else ""
    text = f"{metric}{better}, mean and 95% interval{doubt}"
    ax.set_xlabel(text, fontsize=9, parse_math=False)
    ax.set_title(title, loc="left", fontsize=10, fontweight="bold", parse_math=False)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8.5)


def _letter(group: Any) -> str:
    """Write a tie group as a letter, or nothing where there is none."""
    if group is None or group != group or not 1 <= int(group) <= 26:
        return ""
    return chr(ord("a") + int(group) - 1)
