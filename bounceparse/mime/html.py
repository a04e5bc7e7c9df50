"""From HTML to plain text, line by line as a reader would see it; enough for reports, not a browser."""

from __future__ import annotations

import html
import re

_HIDDEN = re.compile(r"<(style|script|head|title)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINE_BREAK = re.compile(
    r"<(?:br|/p|/div|/tr|/h[1-6]|/li|/table|hr|/pre|/ul|/blockquote|p|div|table|tr|li)\b[^>]*>", re.IGNORECASE
)
_CELL = re.compile(r"</(?:td|th)\b[^>]*>", re.IGNORECASE)
_MAIL_LINK = re.compile(
    r"<a\b[^<>]{0,300}?href\s*=\s*[\"']?mailto:([^\"'<>?\s]{3,254})[^<>]{0,500}>(.{0,500}?)</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_ADDRESS = re.compile(r"</?[a-zA-Z!][^<>=@]*@[^<>=]*>")
_BLANKS = re.compile(r"  +")
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


def _named_link(match: re.Match[str]) -> str:
    """Show the address of a link whose text is a name: "Anna (anna@example.com)"."""
    words = match.group(2)
    return words if "@" in words else f"{words} &lt;{match.group(1)}&gt;"


def _without_tags(text: str) -> str:
    """Drop tags, but for those that are addresses; no tag holds another's beginning, so that they part the text."""
    kept: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text) if "@" in text else ():
        kept += _TAG.sub("", text[end : address.start()]), address.group()
        end = address.end()
    return "".join([*kept, _TAG.sub("", text[end:])])


def html_to_text(source: str) -> str:
    """Return the text of an HTML part: tags gone, blocks on lines of their own, entities decoded.

    ``<user@example.com>`` written without escaping is an address, not a tag, and stays.
    """
    if "<" not in source:
        return html.unescape(source)
    text = _COMMENT.sub("", source)
    text = _HIDDEN.sub("", text)
    if "<pre" not in text.lower():
        text = text.replace("\n", " ")
    if "mailto:" in text:
        text = _MAIL_LINK.sub(_named_link, text)
    text = _LINE_BREAK.sub("\n", text)
    text = _CELL.sub(" ", text)
    text = html.unescape(_without_tags(text))
    # Measured: to replace each run of blanks of all three kinds costs ten times as much, for most are single.
    text = _BLANKS.sub(" ", text.replace("\t", " ").replace("\xa0", " "))
    return _EMPTY_LINES.sub("\n\n", text)
