"""Settings of a factor study that leave factors out."""

from blocktune.settings.varied import VARIED

SECTIONS = {"imbalance": {"ratios": []}, "targets": {"shifts": []}, "source": {"classes": []}}


def left_out(*kept):
    """Settings that ask for no level of any factor but these."""
    settings = [factor.setting or factor.key for key, factor in VARIED.items() if key not in kept]
    return {name: SECTIONS.get(name, []) for name in settings}
