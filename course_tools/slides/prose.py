"""The prose of a chapter, cut down to what a slide can carry.

A class doesn't read paragraphs from a wall: of each there is a sentence or two on the slide, and
the whole in the speaker notes. Questions and tasks stay whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import wcwidth

from course_tools.build.markdown import parse
from course_tools.slides.words import Words

ROOMY, _ENOUGH = 330, 170  # columns of a paragraph that has a slide to itself, or hasn't
_NOT_HEARD = 45  # columns: a first sentence this short needs the next one beside it
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<to>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A paragraph, list, table, quote or heading, or some code."""

    # As markdown-it calls it. A paragraph is a question if it begins with Predict, a task with
    # Change it or Play, a lead with other words in bold, otherwise a point.
    kind: str
    text: str  # Markdown; of a heading the title alone, of code the code
    words: Words
    level: int = 0  # of a heading: 1 to 6

    def shown(self, enough: int = _ENOUGH) -> str:
        """Return what a slide shows of it, of prose about as many columns as are `enough`."""
        text = unlinked(self.text)
        if self.kind not in ("point", "lead"):
            return text
        lead = _lead(text, self.words) if self.kind == "lead" else ""
        return f"{lead} {point(text.removeprefix(lead).strip(), self.words, enough)}".strip()


def blocks(markdown: str, words: Words) -> Iterator[Block]:
    """Read the blocks of a Markdown cell."""
    leads = {words.question: "question"} | dict.fromkeys(words.tasks, "task")
    lines = markdown.splitlines()
    for node in parse(markdown):
        first, end = node.map or (0, 0)
        text = "\n".join(lines[first:end]).strip()
        if node.type == "heading":
            yield Block("heading", unlinked(node.children[0].content), words, int(node.tag[1]))
        elif node.type == "fence":
            yield Block("fence", node.content.rstrip("\n"), words)
        elif node.type == "paragraph":
            lead = _lead(text, words)
            yield Block(leads.get(lead, "lead") if lead else "point", text, words)
        else:
            yield Block(node.type, text, words)


def _lead(text: str, words: Words) -> str:
    """Return the words in bold with which a paragraph begins, if they end like a sentence."""
    lead, bold, _ = text.removeprefix("**").partition("**")
    is_lead = text.startswith("**") and bold and lead.endswith(tuple(words.lead_ends))
    return f"**{lead}**" if is_lead else ""


def unlinked(text: str) -> str:
    """Put a link's text in its place: other chapters aren't beside the slides."""
    return _LINK.sub(lambda link: link[0] if "://" in link["to"] else f"**{link['text']}**", text)


def point(paragraph: str, words: Words, enough: int = _ENOUGH) -> str:
    """Choose the sentences of a paragraph that a slide shows, in their order.

    Those with words in bold, as the author marks what matters; without any, the first. A short
    first sentence, such as the answer to a question, comes along, and so does the one that a
    chosen one refers to. Those that follow are shown as long as there are `enough` columns.
    """
    found = sentences(paragraph, words)
    chosen = [at for at, sentence in enumerate(found) if "**" in sentence][:2]
    if not chosen:
        chosen = [0] if wcwidth.width(found[0]) > _NOT_HEARD else [0, 1][: len(found)]
    elif wcwidth.width(found[0]) <= _NOT_HEARD:
        chosen = sorted({0, *chosen})
    if chosen[0] and words.refers.match(found[chosen[0]]):
        chosen = [chosen[0] - 1, *chosen]
    width = sum(wcwidth.width(found[at]) for at in chosen)
    for after in range(chosen[-1] + 1, len(found)):
        width += wcwidth.width(found[after])
        if width > enough:
            break
        chosen.append(after)
    return words.between.join(found[at] for at in chosen)


def elsewhere(text: str, words: Words, *, above: bool, below: bool, comes_next: bool) -> str:
    """Return a slide's text with other words for places that its slide doesn't have.

    `above` and `below` say whether the slide shows anything there, `comes_next` whether the next
    slide does.
    """

    def instead(found: re.Match[str]) -> str:
        if above if found["above"] else below:
            return found[0]
        if found["below"]:
            return words.next_slide if comes_next else words.later_slide
        return words.from_earlier_slide if found["away"] else words.earlier_slide

    return words.place.sub(instead, text)


def asked(question: str, words: Words) -> str:
    """Return the sentences of a question that end in a question mark, or all of it."""
    text = question.removeprefix(words.question).strip()
    found = [each for each in sentences(text, words) if each.endswith(("?", "？"))]
    return words.between.join(found) or text


def sentences(paragraph: str, words: Words) -> list[str]:
    """Take a paragraph apart; what stands in backticks stays together."""
    found: list[str] = []
    text = " ".join(paragraph.split())
    for part in words.sentence_end.sub(lambda end: f"{end['close']}\n", text).split("\n"):
        if found and found[-1].count("`") % 2:
            found[-1] += f"{words.between}{part}"
        else:
            found.append(part)
    return found
