"""Whether a text that is meant to be Chinese still has English sentences in it."""

import re

# Words of almost every English sentence, and of neither code nor data.
_SMALL = re.compile(r"\b(the|an?|of|are|was|were|to|it|its|they|that|which|this|on|by|at|be|had)\b")
_QUOTED = re.compile(r"""`[^`]*`|(?<!\w)'[^'\n]*'|"[^"\n]*\"""")
_CODE = re.compile(r"<[\w.]+ object at 0x\w+>|\S*[_()\[\]{}=/:*@<>\d|]\S*")
# What others say: after the name of an error or of a bad state, and where Prefect tells of one.
_ERROR = re.compile(
    r"([A-Z]\w+[A-Z]\w+|Failed|Reason|encountered an exception)(: |：).*", re.DOTALL
)


def english_left(text: str) -> list[str]:
    """Return the English words that somebody has forgotten to translate."""
    for others in (_ERROR, _QUOTED, _CODE):
        text = others.sub(" ; ", text)
    return _SMALL.findall(text)
