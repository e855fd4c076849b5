"""The prose of a chapter, cut down to what a slide can carry.

A class doesn't read paragraphs from a wall: of each there is a sentence or two on the slide, and
the whole in the speaker notes. Questions and tasks stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "point", "question", "task", "lead", "list", "table", "code", "quote"]

_FENCE = re.compile(r"```(?P<language>\w*)\n(?P<code>.*?)\n```", flags=re.DOTALL)
_HEADING = re.compile(r"(?P<marks>#{1,6}) +(?P<title>.+)")
_LEAD = re.compile(r"\*\*(?P<lead>[^*]+[.?!:])\*\*(?:\s|$)")
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<to>[^)\s]+)\)")
_ITEM = re.compile(r"^(?:[-*]|\d+\.) +", flags=re.MULTILINE)
_CODE_SPAN = re.compile(r"`[^`]+`")
_END = re.compile(
    r"(?<=[.?!])(?<!e\.g\.)(?<!i\.e\.)(?P<close>[\"'”)*_]*)\s+(?=[\"'“(*`_]*[A-Z0-9\x00])"
)
_NOT_HEARD = 45  # letters: a first sentence this short needs the next one beside it
_ENOUGH, _LONGEST = 170, 230  # letters of a paragraph on a slide
ROOMY = 330  # of one that has the slide to itself
_REFERS = re.compile(r"(?:That|This|These|Those|It|They|So|Each|Both|Then|There)\b")

QUESTION = "Predict."
TASKS = frozenset({"Change it.", "Play."})


@dataclass(frozen=True)
class Block:
    """A part of a Markdown cell between blank lines.

    Parameters
    ----------
    kind
        What it is: a `question` begins with *Predict*, a `task` with *Change it* or *Play*, a
        `lead` with other words in bold; every other paragraph is a `point`.
    text
        Its Markdown; of a heading the title alone, of code the code.
    level
        Of a heading: 1 to 6, otherwise 0.
    """

    kind: Kind
    text: str
    level: int = 0

    def shown(self, enough: int = _ENOUGH) -> str:
        """Give what a slide shows of it, for a point about as many letters as are `enough`."""
        text = unlinked(self.text)
        if self.kind == "point":
            return point(text, enough)
        if self.kind == "lead":
            lead = _lead(text)
            rest = text[len(lead) :].strip()
            return f"{lead} {point(rest, enough)}".strip() if rest else lead
        if self.kind == "list":
            marks = [*map(str.strip, _ITEM.findall(text))]
            items = [" ".join(item.split()) for item in _ITEM.split(text) if item.strip()]
            return "\n".join(
                f"{mark} {point(item)}" for mark, item in zip(marks, items, strict=True)
            )
        return text


def blocks(markdown: str) -> Iterator[Block]:
    """Take a Markdown cell apart at its blank lines."""
    at = 0
    for fence in _FENCE.finditer(markdown):
        yield from _plain(markdown[at : fence.start()])
        yield Block("code", fence["code"])
        at = fence.end()
    yield from _plain(markdown[at:])


def _plain(markdown: str) -> Iterator[Block]:
    for text in filter(None, map(str.strip, re.split(r"\n[ \t]*\n", markdown))):
        if heading := _HEADING.fullmatch(text):
            yield Block("heading", unlinked(heading["title"]), len(heading["marks"]))
        else:
            yield Block(_kind(text), text)


def _kind(text: str) -> Kind:
    if text.startswith("|"):
        return "table"
    if _ITEM.match(text):
        return "list"
    if text.startswith(">"):
        return "quote"
    match = _LEAD.match(text)
    if match is None:
        return "point"
    if match["lead"] == QUESTION:
        return "question"
    return "task" if match["lead"] in TASKS else "lead"


def _lead(text: str) -> str:
    match = _LEAD.match(text)
    return match[0].strip() if match else ""


def unlinked(text: str) -> str:
    """Put a link's text in its place: other chapters aren't beside the slides."""
    return _LINK.sub(lambda link: link[0] if "://" in link["to"] else f"**{link['text']}**", text)


def point(paragraph: str, enough: int = _ENOUGH) -> str:
    """Choose the sentences of a paragraph that a slide shows, in their order.

    Those with words in bold, as the author marks what matters; without any, the first. A short
    first sentence, such as the answer to a question, comes along, and so does the one that a
    chosen one refers to. Those that follow are shown as long as there are `enough` letters.
    """
    found = sentences(paragraph)
    chosen = [at for at, sentence in enumerate(found) if "**" in sentence][:2]
    if not chosen:
        chosen = [0] if len(found[0]) > _NOT_HEARD else [0, 1][: len(found)]
    elif len(found[0]) <= _NOT_HEARD:
        chosen = sorted({0, *chosen})
    if chosen[0] and _REFERS.match(found[chosen[0]]):
        chosen = [chosen[0] - 1, *chosen]

    def letters(more: int = 0) -> int:
        return more + sum(len(found[at]) for at in chosen)

    while len(chosen) > 1 and letters() > _LONGEST:
        chosen.pop()
    while (after := chosen[-1] + 1) < len(found) and letters(len(found[after])) <= enough:
        chosen.append(after)
    return " ".join(found[at] for at in chosen)


def asked(question: str) -> str:
    """Give the sentences of a question that end in a question mark, or all of it."""
    text = question.removeprefix(f"**{QUESTION}**").strip()
    return " ".join(each for each in sentences(text) if each.rstrip("*_\"')").endswith("?")) or text


def sentences(paragraph: str) -> list[str]:
    """Take a paragraph apart; what stands in backticks, or in bold, stays together."""
    text = " ".join(paragraph.split())
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    hidden = _CODE_SPAN.sub(hide, text)
    parts = _END.sub(lambda end: f"{end['close']}\n", hidden).split("\n")
    return [re.sub(r"\x00(\d+)\x00", lambda at: kept[int(at[1])], part) for part in parts]
