"""Who may ask the playground for anything: this machine's own pages that know the token."""

from collections.abc import Mapping
from secrets import compare_digest

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""What every answer says: nothing of it is kept, embedded, run or sent elsewhere."""

LARGEST = 64 * 1024
"""Bytes of a request's body, at most."""


def hosts(port: int) -> tuple[str, ...]:
    """Return the names by which a browser on this machine calls the playground."""
    return f"127.0.0.1:{port}", f"localhost:{port}"


def refusal(path: str, headers: Mapping[str, str], port: int, token: str) -> str | None:
    """Say why a request is refused; None where it is not. `headers` have names in lower case.

    A page of another site could reach this address by a name of its own (DNS rebinding), which
    Host tells, or send requests to it, which Origin tells; another program of this machine knows
    the address but not the token.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if host not in hosts(port):
        return "this host is not the playground's: open the address that ann playground printed"
    if origin is not None and origin not in [f"http://{each}" for each in hosts(port)]:
        return "another origin may not use the playground"
    given = path.split("/")[1] if path.startswith("/") else ""
    if not compare_digest(given.encode("utf-8", "replace"), token.encode()):
        return "the token is missing: open the address that ann playground printed"
    return None
