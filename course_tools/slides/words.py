"""Words by which slides are made, in each language: those of the chapters, and those of the slides."""

import re
from dataclasses import dataclass

from course_lib.language.choice import Language


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    question: str
    """The words in bold before a question, the next ones before a task."""
    tasks: tuple[str, ...]
    note: str
    summary: str
    exercise: re.Pattern[str]
    setting_up: str
    yours: str
    solution: str
    """What stands behind an exercise's number, above its solution."""
    lead_ends: str
    """What words in bold end with where they lead a paragraph."""
    sentence_end: re.Pattern[str]
    between: str
    """What stands between sentences."""
    refers: re.Pattern[str]
    """How a sentence begins that refers to the one before."""
    place: re.Pattern[str]
    """A word for something on the same slide: `below`, or `above`, or even `away` from above."""
    next_slide: str
    later_slide: str
    earlier_slide: str
    from_earlier_slide: str


OF: dict[Language, Words] = {
    "en": Words(
        question="**Predict.**",
        tasks=("**Change it.**", "**Play.**"),
        note="> **Speaker note.** ",
        summary="Summary",
        exercise=re.compile(r"Exercise \d\d\.\d"),
        setting_up="Setting up",
        yours="Yours first: who wrote it differently?",
        solution=": a solution",
        lead_ends=".?!:",
        sentence_end=re.compile(
            r"(?<=[.?!])(?<!e\.g\.)(?<!i\.e\.)(?P<close>[\"'”)*_]*) (?=[\"'“(*_]*[A-Z0-9`])"
        ),
        between=" ",
        refers=re.compile(r"(?:That|This|These|Those|It|They|So|Each|Both|Then|There)\b"),
        # Not before what they belong to, as in "`@flow` above it", "below 1".
        place=re.compile(
            r"\b(?:(?P<below>below)|(?P<away>from )?(?P<above>above))"
            r"\b(?! (?:it|them|the|a|an|each|whichever|\d))"
        ),
        next_slide="on the next slide",
        later_slide="on a later slide",
        earlier_slide="on an earlier slide",
        from_earlier_slide="from an earlier slide",
    ),
    "zh": Words(
        question="**预测。**",
        tasks=("**改一改。**", "**玩一玩。**"),
        note="> **讲师备注。** ",
        summary="小结",
        exercise=re.compile(r"练习 \d\d\.\d"),
        setting_up="准备",
        yours="先看你们的：谁的写法不一样？",
        solution="：参考解答",
        lead_ends="。？：",
        sentence_end=re.compile(r"(?<=[。？])(?P<close>[”）*_]*) ?(?=[^”）*_ ])"),
        between="",
        refers=re.compile(r"这|那|它|所以|因此|于是|两者|每个|然后"),
        place=re.compile(r"(?P<below>下面)|(?P<away>来自)?(?P<above>上面)"),
        next_slide="下一页",
        later_slide="后面一页",
        earlier_slide="前面一页",
        from_earlier_slide="来自前面一页",
    ),
}
