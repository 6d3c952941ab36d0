"""`blocktune new`: settings for a folder or an archive of pictures, after a look at them."""

import argparse
import re
from math import sqrt
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import yaml

from ..data.sixteen_bit import white_for
from ..errors import BlocktuneError
from ..files.plain import write_text
from ..gpus.choose import choose_gpus
from ..messages import printable
from ..settings.load import validate
from ..settings.model import Settings
from ..walk import told as left_out_words
from .common import usable_cores
from .new_time import WHOLE, Share, settled

if TYPE_CHECKING:
    from ..data.survey import Survey

# Each part needs some pictures of every class
_LEAST_PER_CLASS = 10

_SELECTION, _TEST = 0.15, 0.3
# With fewer images to choose on, accuracies are uncertain by more than 5 points
_ENOUGH_TO_CHOOSE = 100

_ENDING = re.compile(r"(\.tar)?\.[a-z0-9]+$", re.IGNORECASE)

# What the Snakefile reads that snakedeploy writes
_DEPLOYED = Path("config/config.yaml")
_TEMPLATE = Path(__file__).with_name("new_study.yaml")
_WITH_GPU = "A GPU was found: the size that most networks were pre-trained at"
_WITHOUT_GPU = (
    "No GPU was found: images are small, so the study takes hours instead of days; the networks were pre-trained at 224"
)


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    new = commands.add_parser("new", help="look at images of your own and write settings for them")
    new.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="PATH",
        help="a folder, or an archive, with a folder of images per class in it",
    )
    new.add_argument("--name", help="what the study is called (default: the name of the folder or archive)")
    new.add_argument("--output", type=Path, metavar="FILE", help="the settings to write (default: NAME.yaml)")
    new.add_argument("--force", action="store_true", help="write over a file that is there")
    new.add_argument(
        "--no-measure",
        dest="measure",
        action="store_false",
        help="don't train for some seconds to tell how long the study takes here; count its operations",
    )
    new.set_defaults(func=_new)


def _new(options: argparse.Namespace) -> None:
    from ..data.survey import survey

    place = options.data.expanduser().resolve()
    name = options.name or (_ENDING.sub("", place.name) if place.is_file() else place.name)
    output = options.output or Path(f"{_safe(name)}.yaml")
    if output.exists() and not options.force:
        raise BlocktuneError(f"--output {output} is there already; choose another name, or write over it with --force")
    found = survey(options.data)
    print(told(found))
    _check(found)
    gpu = bool(choose_gpus("auto"))

    def text_at(share: Share) -> str:
        return settings_text(name, options.data, found, gpu, share)

    def settings_at(share: Share) -> Settings:
        return validate(Settings, yaml.safe_load(text_at(share)))

    if few := _few_words(found.pictures):
        print(f"warning: {few}")
    share, time = WHOLE, ""
    if not gpu:
        share, time = settled(settings_at, found.pictures, list(found.counts.values()), options.measure)
    settings = settings_at(share)
    write_text(output, text_at(share))
    backbone = settings.backbones[0]
    print(
        f"\nwrote {output}: {backbone.title} at {settings.data.image_size} px, search by {settings.search.method}, "
        f"a test set of {settings.split.validation:.0%}{time}\n\n"
        f"Read it, change what you like, then:\n\n{_next_steps(output, f'studies/{_safe(name)}')}"
    )


def _next_steps(output: Path, folder: str) -> str:
    """Return the commands to go on with; a folder that snakedeploy made holds one study and reads its own settings."""
    if output == _DEPLOYED:
        place, files, folder = "", "", "."
    else:
        place, files = f" --directory {folder}", f" --configfile params.yaml {output}"
    return (
        f"  snakemake --cores {usable_cores()}{place}{files}\n"
        f"  blocktune recommend{place}\n\n"
        f"and open {(Path(folder) / 'results/report.html').as_posix()}"
    )


def told(found: "Survey") -> str:
    """Return what was seen, a line each."""
    lines = [f"{found.pictures} images in {len(found.counts)} classes:"]
    lines += [f"  {count:>6}  {name}" for name, count in sorted(found.counts.items())]
    low, middle, high = found.sides
    lines.append(f"shorter sides: {low} to {high} pixels, half of them above {middle}")
    if found.smallest[1]:
        lines.append(f"largest class: {found.imbalance:.1f} times the smallest")
    copies = found.copies
    if copies.bytes or copies.pixels:
        where = f", {copies.across} of both in another class: look at these" if copies.across else ""
        lines.append(
            f"copies: {copies.bytes} byte-equal, {copies.pixels} with equal pixels in another file{where} "
            "(copies stay in one set)"
        )
    if found.broken:
        lines.append(f"not readable as images, left out: {len(found.broken)}")
        lines += [f"  {printable(file)}: {reason}" for file, reason in found.broken[:10]]
        if len(found.broken) > 10:
            lines.append("  ...")
    lines += left_out_words(found.left_out)
    if warning := found.values.warning():
        lines.append(f"warning: {warning}")
    return "\n".join(lines)


def _check(found: "Survey") -> None:
    name, count = found.smallest
    if count < _LEAST_PER_CLASS:
        raise BlocktuneError(
            f"class {name!r} has {count} readable images, but the training, validation and test sets need at least "
            f"{_LEAST_PER_CLASS}: add images, or remove the class"
        )


def _few_words(pictures: int) -> str:
    """What to say of a validation set that can't tell candidates apart; nothing if it is large enough."""
    validation, test = (round(share * pictures) for share in (_SELECTION, _TEST))
    if validation >= _ENOUGH_TO_CHOOSE:
        return ""
    return (
        f"the validation set has about {validation} images and the test set {test}. Their accuracies have standard "
        f"errors of about {_points(validation)} and {_points(test)} points, so most differences will be noise"
    )


def _points(images: int) -> int:
    """Standard error of an accuracy, in points, where it is largest: at one half."""
    return round(50 / sqrt(max(images, 1)))


def settings_text(name: str, folder: Path, found: "Survey", gpu: bool, share: Share = WHOLE) -> str:
    """Return the settings file's text for a folder of pictures, or their archive, and what was found there.

    With a GPU larger pictures and a larger network are no matter of days.
    """
    _, smallest = found.smallest
    largest = max(found.counts.values())
    broken = len(found.broken)
    few = "few images, which can hardly tell candidates apart" if _few_words(found.pictures) else ""
    bad = f"Files that are no readable images: {broken}" if broken else "All files are readable images"
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        folder=" ".join(str(folder).split()),
        seen=f"{found.pictures} images, {len(found.counts)} classes of {smallest} to {largest} images",
        study=_quoted(_title(name)),
        source="archive" if folder.expanduser().is_file() else "folder",
        path=_quoted(str(folder.expanduser().resolve())),
        name=_quoted(_safe(name)),
        why_size=_WITH_GPU if gpu else _WITHOUT_GPU,
        image_size=224 if gpu else 96,
        why_bad=bad,
        on_bad_image="skip" if broken else "fail",
        max_16bit=_sixteen_bit(found),
        smallest=smallest,
        search=f"{share.search:g}",
        why_search=share.why,
        few=f"; {few}" if few else "",
        backbone="{name: MobileNetV2}" if gpu else "{name: MobileNet, alpha: 0.25}",
    )


def _sixteen_bit(found: "Survey") -> str:
    """The setting for images of 16 bits that stay far below the top, nothing for any other."""
    if not found.values.warning():
        return ""
    return (
        f"\n  # Images of 16 bits hold values up to {found.values.largest}: this one is white\n"
        f"  max_16bit: {white_for(found.values.largest)}"
    )


def _quoted(text: str) -> str:
    """Text as YAML takes it, whatever is in it."""
    return yaml.safe_dump(text, allow_unicode=True, default_style='"', width=1 << 16).strip()


def _title(name: str) -> str:
    """A study's name out of any text: one line, of as many characters as there may be."""
    readable = name.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in readable).split())[:80] or "study"


def _safe(name: str) -> str:
    """A file's and a data set's name out of any text."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._-")[:100] or "study"
