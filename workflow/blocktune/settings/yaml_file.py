"""YAML that people write: plain values, of a sane size, every key once."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from ..errors import BlocktuneError

# Settings have about a hundred values; an alias in YAML counts as often as it is used
_MOST_VALUES = 100_000
_DEEPEST = 30
_LARGEST_BYTES = 10_000_000


class _GivenTwiceError(yaml.YAMLError):
    """A mapping has a key twice."""


class _Loader(yaml.SafeLoader):
    """PyYAML's own safe loader, which keeps the last of two equal keys and says nothing, and takes any depth."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RecursionError
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    raise _GivenTwiceError(f"line {key.start_mark.line + 1} gives {key.value} once more")
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_yaml(text: str, where: str) -> Any:
    """Return what YAML says, which errors call `where`; nothing in it can run code.

    Raises:
        BlocktuneError: it is no YAML, has a key twice, or is a bomb: few bytes that stand for very many values.
    """
    if len(text) > _LARGEST_BYTES:
        raise BlocktuneError(f"{where} is larger than {_LARGEST_BYTES // 1_000_000} MB: these are no settings")
    try:
        content = yaml.load(text, Loader=_Loader)
    except RecursionError:
        raise BlocktuneError(f"{where} can't be read: it is nested more than {_DEEPEST} deep") from None
    # PyYAML's constructors raise whatever they stumble over: 2024-13-45, !!bool maybe, 0x_
    except Exception as error:
        raise BlocktuneError(f"{where} can't be read as YAML: {error}") from None
    refuse_bomb(content, where)
    return content


def read_yaml_file(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file, an empty one for an empty file.

    Raises:
        BlocktuneError: as `read_yaml`, and for a file that is missing, unreadable or no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BlocktuneError(f"settings file {path} does not exist (looked in {path.absolute().parent})") from None
    except (OSError, ValueError) as error:
        raise BlocktuneError(f"settings file {path} can't be read: {error}") from None
    content = read_yaml(text, f"settings file {path}")
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise BlocktuneError(f"settings file {path} holds a {type(content).__name__}; a mapping of keys is needed")
    return content


def refuse_keys_given_twice(paths: Iterable[Path]) -> None:
    """Look through settings files that Snakemake has read: it takes the last of two equal keys and says nothing.

    Raises:
        BlocktuneError: names the file, the line and the key.
    """
    for path in paths:
        try:
            yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
        except _GivenTwiceError as error:
            raise BlocktuneError(f"settings file {path}: {error}") from None
        # Whatever else is wrong in it, Snakemake could read it
        except Exception:
            continue


def refuse_bomb(content: Any, where: str) -> None:
    """Refuse values without end: with aliases YAML can hold itself, or a billion values in a few lines.

    Raises:
        BlocktuneError: it is nested too deep or holds too many values.
    """
    count, waiting = 0, [(content, 0)]
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > _DEEPEST:
            raise BlocktuneError(f"{where} can't be read: it is nested more than {_DEEPEST} deep")
        if count > _MOST_VALUES:
            raise BlocktuneError(f"{where} can't be read: it holds more than {_MOST_VALUES:,} values (aliases count)")
        if isinstance(value, dict):
            waiting += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, (list, tuple, set)):
            waiting += [(inner, depth + 1) for inner in value]
