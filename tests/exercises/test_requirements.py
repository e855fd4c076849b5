"""Each sentence of an exercise is a requirement, and each requirement has an answer that ignores it."""

import re

import pytest

import course_lib as course
from course_lib import paths
from course_lib.front_matter import cell_texts
from tests.exercises.test_exercises import ANSWERS, EXERCISES, WRONG

_CODE = re.compile(r"```.*?```", re.DOTALL)
_END = re.compile(r"(?<=[.?!:])[\"')*_]*\s+(?=[\"'(*_`]*[A-Z0-9`])")


def plain(text: str) -> str:
    """Return the words alone, so that a quotation may leave out what marks them."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def sentences(exercise: str) -> list[str]:
    """Take the text of an exercise apart, its heading, tables and code left out."""
    (path,) = paths.SOLUTIONS.glob(f"{exercise[:2]}_*.ipynb")
    below = re.compile(
        rf"^### Exercise {exercise}\b[^\n]*\n(.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE
    )
    (text,) = (found[1] for cell in cell_texts(path).values() for found in below.finditer(cell))
    lines = [line for line in _CODE.sub("", text).splitlines() if not line.startswith(("#", "|"))]
    blocks = re.split(r"\n(?=\s*(?:[-*]|\d+\.) )|\n\n", "\n".join(lines))
    found = [plain(each) for block in blocks for each in _END.split(block.strip())]
    return [re.sub(r"^(?:-|\d+\.) ", "", each) for each in found if each]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_sentence_is_a_requirement_or_sets_the_scene(exercise: str) -> None:
    found = course.exercise(exercise)
    said = [plain(each["says"]) for each in found.requirements.values()]
    said += [plain(each) for each in found.scene]
    text = sentences(exercise)
    for sentence in text:
        assert any(part in sentence or sentence in part for part in said), sentence
    for part in said:
        assert any(part in sentence or sentence in part for sentence in text), part


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_requirement_has_a_scenario_and_an_answer_that_ignores_it(exercise: str) -> None:
    found = course.exercise(exercise)
    assert len(found.requirements) >= 2
    for key, requirement in found.requirements.items():
        assert set(requirement) == {"says", "scenario"}, key
        assert len(requirement["scenario"].split()) >= 4, key
    assert {wrong.ignores for wrong in WRONG[exercise]} - {""} == set(found.requirements)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_four_right_answers_in_other_styles_are_tried(exercise: str) -> None:
    right = getattr(ANSWERS[exercise[:2]], "RIGHT", {})
    assert len(set(right.get(exercise, ()))) >= 4
