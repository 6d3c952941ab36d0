"""Settings drawn at random: as the schema allows them, and damaged ones."""

import datetime
import math

from hypothesis import strategies as st

from blocktune.settings.members import askers
from blocktune.settings.schema import schema

SCHEMA = schema()
# Values that no key or few keys expect
JUNK = st.one_of(
    st.sampled_from(
        [None, True, False, "", " ", "none", "auto", "~", "1e-4", "0x_", "²", "a\nb", "\x1b[2J", "../x", "$HOME"]
    ),
    st.sampled_from([math.nan, math.inf, -math.inf, 0, -1, -0.0, 1e308, 5e-324, 2**31, 2**63, 10**400, 16**5000]),
    st.sampled_from(
        [[], {}, [[]], [None], {"a": 1}, {1: 2}, {None: None}, datetime.date(2024, 1, 1), b"\0", {"x"}, "x" * 5000]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none()), max_size=5),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=3),
)


def values(about):
    """Draw what a part of the schema allows; rules across keys may still refuse it."""
    if "$ref" in about:
        return values(SCHEMA["$defs"][about["$ref"].rsplit("/", 1)[-1]])
    if "anyOf" in about:
        return st.one_of([values(one) for one in about["anyOf"]])
    if "enum" in about or "const" in about:
        return st.sampled_from(about.get("enum") or [about["const"]])
    kind = about.get("type")
    if kind == "object":
        return sections(about)
    if kind == "array":
        items = values((about.get("prefixItems") or [about.get("items") or {"type": "string"}])[0])
        return st.lists(items, min_size=about.get("minItems", 0), max_size=about.get("maxItems", 4))
    if kind == "integer":
        return _whole(about)
    if kind == "number":
        return _numbers(about)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    if "pattern" in about:
        return st.from_regex(about["pattern"], fullmatch=True).map(lambda text: text[:100])
    letters = st.characters(max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"])
    return st.text(letters, min_size=1, max_size=12) | st.just("Conv2D")


def _whole(about):
    low, high = about.get("minimum", 0), about.get("maximum", about.get("exclusiveMaximum", 2**31) - 1)
    return st.integers(low, min(high, low + 60)) | st.sampled_from([low, high])


def _numbers(about):
    low = about.get("minimum", about.get("exclusiveMinimum", 0.0))
    high = about.get("maximum", about.get("exclusiveMaximum", 1e6))
    ends = {"exclude_min": "exclusiveMinimum" in about, "exclude_max": "exclusiveMaximum" in about}
    return st.floats(low, high, **ends, allow_nan=False)


def sections(about):
    """Draw a section in which any key may be left out that has a default."""
    required = {key: values(inner) for key, inner in about["properties"].items() if key in about.get("required", [])}
    others = {key: values(inner) for key, inner in about["properties"].items() if key not in required}
    return st.fixed_dictionaries(required, optional=others)


@st.composite
def allowed(draw):
    """Draw settings that the schema allows."""
    found = draw(sections(SCHEMA))
    # A study of one backbone, mostly one that fits: otherwise every second draw would fail for the same reason
    entry = draw(
        st.sampled_from([{"name": "VGG16", "weights": "none"}, {"name": "TinyPlain", "weights": "digits"}, None])
    )
    if entry is not None or "backbones" not in found:
        found["backbones"] = [entry or {"name": "MobileNet", "alpha": 0.25}]
    search = found.get("search", {})
    if search.get("method") not in askers():
        # Only a search by rounds has these: most draws would fail for them
        for key in ("budget", "tolerance", "seeds"):
            search.pop(key, None)
    return found


@st.composite
def damaged(draw):
    """Draw settings with something in them that can hardly be right."""
    found = draw(allowed() | st.just({}))
    found = {"backbones": [{"name": "VGG16", "weights": "none"}], "data": {}, "training": {"plateau": {}}, **found}
    place = found
    for _ in range(draw(st.integers(0, 3))):
        inner = [value for value in place.values() if isinstance(value, dict)]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    key = draw(st.sampled_from([*place, "unknown", "seeds"]))
    place[key] = draw(JUNK)
    return found
