"""The critical-difference diagram: mean ranks of strategies over backbones, those that can't be told apart joined."""

import pandas as pd
import scikit_posthocs as posthocs
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...files.reliability import RanksOverBackbones
from ...files.study import Study
from ..protocol import protocol
from ..reliability_words import why_not
from ..strategies import label, palette
from .style import titled

RANKS = "figure_critical_difference"
_TITLE = "Mean ranks of the strategies over backbones (1 is best)"


def ranks_figure(study: Study, found: RanksOverBackbones) -> Figure:
    """Draw the diagram of what `ranks.over_backbones` returned, or say why there is none."""
    drawn = found["nemenyi_p"] is not None
    critical = f" (less than {found['critical_difference']:.1f} ranks)" if drawn else ""
    conditions = (
        f"{found['backbones']} backbones; a bar joins what Nemenyi's test can't tell apart at 0.05{critical}; "
        f"{protocol(study, 'final')}"
    )
    panel = 0.6 + 0.2 * len(found["nemenyi_p"]) if drawn else 0.8
    figure = titled(_TITLE, study, conditions, 9.0, panel)
    axis = figure.subplots()
    if drawn:
        _diagram(axis, found, palette(list(found["nemenyi_p"])))
    else:
        axis.set_axis_off()
        axis.text(0.5, 0.5, why_not(found), ha="center", va="center", fontsize=9)
    return figure


def _diagram(axis: Axes, found: RanksOverBackbones, colours: dict[str, str]) -> None:
    names = list(found["nemenyi_p"])
    labels = [label(name) for name in names]
    ranks = pd.Series([found["mean_ranks"][name] for name in names], index=labels)
    p_values = [[found["nemenyi_p"][one].get(other, 1.0) for other in names] for one in names]
    posthocs.critical_difference_diagram(
        ranks,
        pd.DataFrame(p_values, index=labels, columns=labels),
        ax=axis,
        color_palette={label(name): colour for name, colour in colours.items()},
    )
