"""Is a download possible? Asked before a library starts to try for minutes."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from ..messages import first_line

_SECONDS = 5


def unreachable(urls: Iterable[str]) -> dict[str, str]:
    """Ask each host among `urls` once, through the proxies that the environment names.

    Returns:
        host -> why it can't be reached; empty if all can. Addresses that are not http(s) are not asked.
    """
    # Imported here: only the source tfds needs it.
    import requests

    first = {}
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https"):
            first.setdefault(parts.hostname, url)
    problems = {}
    for host, url in first.items():
        try:
            # GET, since some servers refuse HEAD; with stream=True only the header is transferred.
            with requests.get(url, stream=True, timeout=_SECONDS) as response:
                # 407 and 5xx are what a proxy says that can't or won't connect; any other answer comes from the host.
                if response.status_code == 407 or response.status_code >= 500:
                    problems[host] = f"HTTP {response.status_code} {response.reason}"
        except requests.RequestException as error:
            problems[host] = _reason(error)
    return problems


def _reason(error: Exception) -> str:
    text = str(error)
    for sign, meaning in (
        ("NameResolution", "its name can't be resolved"),
        ("ProxyError", "the proxy can't be reached"),
        ("timed out", f"no answer within {_SECONDS} s"),
        ("refused", "the connection was refused"),
    ):
        if sign in text:
            return meaning
    return first_line(error)
