"""Writes docs/reasons/*.md and docs/codes.md from the data: run ``python docs/build_pages.py`` after editing a table.

A test (tests/reasons/test_explanations.py) fails while a page and its data differ.
"""

from __future__ import annotations

from pathlib import Path

from bounceparse.policy.event import USUAL_DECISION
from bounceparse.reasons.explanations import Explanation, explanation
from bounceparse.record import Kind, Reason
from bounceparse.smtp.codes import enhanced_code, enhanced_details, reply_codes

DOCS = Path(__file__).parent
GENERATED = "<!-- Written by docs/build_pages.py from the tables; edit those. -->\n"
KINDS = tuple(kind for kind in Kind if kind is not Kind.FAILED)


def pages() -> dict[str, str]:
    """Return every generated page: its path below docs/ and its text."""
    found = {f"reasons/{reason}.md": reason_page(reason) for reason in Reason}
    return {**found, "reasons/README.md": reasons_index(), "codes.md": codes_page()}


def reason_page(reason: Reason) -> str:
    """Return the page of one reason."""
    told = explanation(reason)
    lines = [
        f"# {told.title} (`{reason}`)",
        GENERATED,
        f"{told.line} Usual decision: `{USUAL_DECISION[reason]}`.\n",
        *_advice(told),
    ]
    if told.links:
        lines += ["## Pages that help", *(f"- [{link.title}]({link.url})" for link in told.links), ""]
    return "\n".join(lines)


def _advice(told: Explanation) -> list[str]:
    parts = (
        ("What it means", told.meaning),
        ("Whose move it is", told.whose),
        ("What to do", told.todo),
        ("When to try again", told.when),
    )
    return [line for heading, text in parts for line in (f"## {heading}", f"{text}\n")]


def reasons_index() -> str:
    """Return the list of all reasons, and of the kinds that are no failure."""
    lines = ["# Reasons", GENERATED, "| reason | in short | usual decision |", "| --- | --- | --- |"]
    lines += [f"| [`{r}`]({r}.md) | {explanation(r).line} | `{USUAL_DECISION[r]}` |" for r in Reason]
    lines += ["", "# Messages that are no failure", "", "| kind | in short | what to do |", "| --- | --- | --- |"]
    lines += [f"| `{kind}` | {explanation(kind).line} | {explanation(kind).todo} |" for kind in KINDS]
    return "\n".join(lines) + "\n"


def codes_page() -> str:
    """Return the page of all reply codes and enhanced status codes."""
    lines = ["# Codes", GENERATED, "## Reply codes", "| code | meaning | whose | source |", "| --- | --- | --- | --- |"]
    for code in reply_codes():
        note = f" *{code.note}*" if code.note else ""
        lines.append(_row(f"`{code.code}`", f"**{code.name}.** {code.meaning}{note}", code.whose, code.source))
    lines += ["", "## Enhanced status codes", "", "`x` stands for 2, 4 or 5.", ""]
    lines += ["| code | meaning | goes with | source |", "| --- | --- | --- | --- |"]
    for pair in enhanced_details():
        entry = enhanced_code(f"5.{pair}")
        note = f" *{entry.note}*" if entry.note else ""
        basic = ", ".join(entry.basic) or "not given"
        lines.append(_row(f"`x.{pair}`", f"**{entry.name}.** {entry.meaning}{note}", basic, entry.source))
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
