"""What the pixel range does to each backbone."""

from pathlib import Path
from typing import Annotated

from ..files.plain import write_text
from ..files.reliability import Audit
from .report import Shown
from .shared import by_repeat, right_by_run
from .signature import step


@step("report")
def audit(
    shown: Shown,
    final_scores: Annotated[list[Path], "final scores of the study: all backbones of the first repeat, then the next"],
    other_scores: Annotated[list[Path], "final scores with the range that it does not feed, in the same order"],
    runs: Annotated[list[Path], "records of all these runs"],
    output: Annotated[Path, "the JSON file to write"],
    markdown: Annotated[Path, "the page to write"],
) -> None:
    """Say what the pixel range does to each backbone."""
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.audit import RANGES, audit
    from ..analysis.audit_words import audit_page, sentences
    from ..document.markdown import render

    study, backbones = shown.study, shown.backbones
    (other,) = set(RANGES) - {study.range}
    given = {study.range: (final_scores, "--final-scores"), other: (other_scores, "--other-scores")}
    final = {
        name: [shown.scores(repeat, "final") for repeat in by_repeat(files, len(backbones), flag)]
        for name, (files, flag) in given.items()
    }
    found = audit(study, backbones, final, right_by_run(runs, study))
    Audit(found).write(output)
    write_text(markdown, render(audit_page(study, backbones, found)))
    print("\n".join(sentences(backbones, found)))
