"""What course_lib says in Chinese: complete, in step with the source, and shown where it is read."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from uuid import uuid4

import pytest
import wcwidth
from matplotlib import font_manager
from matplotlib.figure import Figure

import course_lib as course
from course_lib.app import cli, doctor
from course_lib.chapters.ch19.differences import differences
from course_lib.display import style
from course_lib.display.live import timeline_svg
from course_lib.display.pictures import Picture
from course_lib.display.timeline import timeline_picture
from course_lib.exercises.checks import Point
from course_lib.exercises.engine import Result
from course_lib.language import catalogues, reading
from course_lib.language.messages import in_language
from course_lib.records.runs import FlowRun, State
from course_tools.build import messages as source
from tests.chinese import english_left
from tests.translation_rules import wording

ENTRIES = catalogues.messages("zh")
CODE = re.compile(r"`[^`]+`|\b\w+_\w+\b|\b\w+=|\b\w+\(|'[^' ]+'|\"[^\" ]+\"")
HAN = r"[\u3400-\u9fff]"
PARTS = re.compile(  # fields, what is quoted, calls, lists, and the one class that is named
    r"\{.*?\}+|'[^'\u3400-\u9fff]*'|\"[^\"\u3400-\u9fff]*\"|@?[\w.]+\([^\u3400-\u9fff]*\)|\[.*?\]"
    r"|an Automation"
)
FONT = pytest.mark.skipif(style._han_font() is None, reason="no font with Chinese letters")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")


@pytest.fixture
def small(chinese: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of few texts."""
    few = {
        "no error": "没有错误",
        "the same": "相同",
        "all {wanted} reports": "全部 {wanted} 份报告",
        "no request for {left_out}": "没有请求 {left_out}",
        "{shown} and {texts} more": "{shown} 以及另外 {texts} 个",
        "where the server answered {faults}": "服务器的回答是 {faults}",
        "{name} is missing": "缺少 {name}",
        "it names the field, {field}": "它写出了字段名 {field!s}",
        "limit": "上限",
        "It is {{'a': 1}}.": "就是 {{'a': 1}}。",
        "from {start} to {last} {year}": "从 {start} 到 {year} 年 {last}",
        "{day} March": "3 月 {day} 日",
        "{day} April": "4 月 {day} 日",
        "It works.": "可以。",
        "and": "和",
    } | dict(zip("(),.:;", "（），。：；", strict=True))
    monkeypatch.setattr(reading, "messages", lambda _: few)
    reading.reader.cache_clear()
    yield
    reading.reader.cache_clear()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("english", "translated"),
    [
        ("no error", "没有错误"),
        ("No error.", "没有错误。"),  # as it begins or is a sentence
        ("all 15 reports", "全部 15 份报告"),
        ("no request for stock/east and 3 more", "没有请求 stock/east 以及另外 3 个"),
        (
            "{'a': 2}, where the server answered {'b': 1, 'c': 2}",
            "{'a': 2}，服务器的回答是 {'b': 1, 'c': 2}",
        ),
        ("It is {'a': 1}. It works.", "就是 {'a': 1}。可以。"),
        ("3 (no error)", "3（没有错误）"),
        ("the same; babel is missing", "相同；缺少 babel"),
        ("no error\n\nthe same", "没有错误\n\n相同"),
        ("it names the field, limit", "它写出了字段名 limit"),
        ("limit", "上限"),
        ("from 26 March to 2 April 2026", "从 3 月 26 日到 2026 年 4 月 2 日"),
        ("['limit', 'the same']", "['limit', 'the same']"),
        ("north, limit, the", "north, limit, the"),  # a list of somebody's words
        ("stock, orders and letter.md", "stock, orders 和 letter.md"),
        ("'salt and pepper'", "'salt and pepper'"),
        (
            "2026-03-05: east 48, north 2; 2026-03-06: east 1",
            "2026-03-05: east 48, north 2; 2026-03-06: east 1",
        ),
        ("2026-03-05: east 48, north 2, no error", "2026-03-05: east 48, north 2，没有错误"),
        ("ValueError: no such thing", "ValueError: no such thing"),
        ("who knows where the server answered", "who knows where the server answered"),
        ("", ""),
        ("...", "..."),
    ],
)
def test_a_text_is_read_as_a_whole_as_a_template_or_piece_by_piece(
    english: str, translated: str
) -> None:
    assert in_language(english) == translated


@pytest.mark.usefixtures("small")
def test_where_a_half_is_worse_than_nothing_it_stays_english() -> None:
    assert in_language("the same; and more of that", whole=True) == "the same; and more of that"
    assert in_language("the same; and more of that") == "相同；and more of that"
    assert in_language("the same; no error", whole=True) == "相同；没有错误"


@pytest.mark.usefixtures("small")
def test_long_texts_come_to_an_end() -> None:
    many = ", ".join(f"all {number} reports: who knows" for number in range(60))
    assert in_language(many).startswith("全部 0 份报告：who knows，")
    lines = "\n".join(["no error"] * 300)
    assert in_language(lines) == "\n".join(["没有错误"] * 300)


def test_english_costs_nothing() -> None:
    code = (
        "import sys; from course_lib.language.messages import in_language; "
        "assert in_language('no error') == 'no error'; print('polib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"COURSE_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def test_the_catalogue_is_complete_and_in_step_with_the_source() -> None:
    assert set(ENTRIES) == set(source.messages()), "`course notebooks --documents` renews it"


def test_what_no_rule_tells_is_listed_for_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    known = source._KNOWN
    missing = set(known["words"]) - set(source.messages())
    assert not missing
    monkeypatch.setattr(source, "_KNOWN", known | {"no_messages": [], "silent": []})
    would_be_taken = source.messages()
    assert not set(known["no_messages"]) - set(would_be_taken)
    places = {place for found in would_be_taken.values() for place in found}
    assert not set(known["silent"]) - places


def test_each_entry_has_the_same_fields_numbers_and_code() -> None:
    wrong = []
    for english, translated in ENTRIES.items():
        one, other = (
            {name for _, name, *_ in Formatter().parse(text) if name}
            for text in (english, translated)
        )
        bare = [re.sub(r"\{[\w!]*\}", "", text) for text in (english, translated)]
        numbers = [Counter(re.findall(r"\d+", text)) for text in bare]
        code = [each for each in CODE.findall(bare[0]) if each not in bare[1]]
        if one != other or numbers[0] - numbers[1] or code:
            wrong.append((english, translated))
    assert not wrong


def test_each_entry_is_set_as_chinese_is() -> None:
    rules = {
        "full-width punctuation": rf"{HAN}[,;:!?.]|(?<!\))[,;:!?] ?{HAN}",
        "a blank between Han and Latin": rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}",
        "no blank beside full-width punctuation": "[，。：；？（）“”、] | [，。：；？（）“”、]",
        "no blank between Han": rf"{HAN} +{HAN}",
        "你, and no exclamation marks": "您|！",
    }
    wrong = [
        (rule, translated)
        for translated in ENTRIES.values()
        for rule, pattern in rules.items()
        if re.search(pattern, translated)
    ]
    assert not wrong
    assert not [each for each in ENTRIES.values() if english_left(re.sub(r"\{\w+\}", "1", each))]


def test_the_terms_of_prefect_have_one_word_each() -> None:
    terms = {
        r"\bflow runs?\b": "流程运行",
        r"\btask runs?\b": "任务运行",
        r"\bdeployments?\b": "部署",
        r"\bwork pools?\b": "工作池",
        r"\bthe schedules?\b": "调度计划",
        r"\bartifacts?\b": "工件",
    }
    wrong = [
        (english, translated)
        for english, translated in ENTRIES.items()
        for term, word in terms.items()
        if re.search(term, re.sub(r"\w+\(.*?\)|\S*_\S*|`.*?`", "", english))
        and word not in translated
    ]
    assert not wrong


def test_each_entry_is_worded_as_the_chapters_are() -> None:
    wrong = [
        (complaint, translated)
        for english, translated in ENTRIES.items()
        for complaint in wording(_prose(english), _prose(translated), "zh")
    ]
    assert not wrong


def _prose(text: str) -> str:
    """Return a message without its fields and code, around which few have backquotes."""
    return PARTS.sub("□", text)


RESULT = Result(
    "04.1",
    "not yet",
    (
        Point("what was given to check()", True, "a flow", "a flow", ""),
        Point(
            "what the server was asked for",
            False,
            "all 15 reports",
            "no request for orders/north, stock/east and 3 more",
            "Go over every shop of the list that the flow is given, here four and a fifth called "
            "harbour, at the url that it is given.",
        ),
    ),
)


@pytest.mark.usefixtures("chinese")
def test_a_box_in_chinese() -> None:
    html, text = RESULT._repr_html_(), repr(RESULT)
    for shown in (re.sub("<[^>]+>", " ", html), text):
        assert not english_left(shown)
        assert "练习 04.1：还没做到。" in shown
        assert "交给 check() 的东西：一个流程" in shown
        assert "没有请求 orders/north, stock/east 以及另外 3 个" in shown
    right = Result("04.1", "solved", RESULT.points[:1])
    assert "已解决" in right._repr_html_()
    assert RESULT.outcome == "not yet"  # what is kept and compared is English


@pytest.mark.usefixtures("chinese")
def test_hints_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = course.exercise("01.2")
    for _ in range(len(exercise.hints) + 1):
        exercise.hint()
    told = capsys.readouterr().out
    assert told.startswith("提示 1/3：")
    assert not english_left(told)
    assert not english_left(repr(exercise))


@pytest.mark.usefixtures("chinese")
def test_every_hint_and_title_is_known() -> None:
    from course_lib.chapters import all_exercises

    texts = [text for each in all_exercises().values() for text in (each.title, *each.hints)]
    assert len(texts) > 150
    assert not [text for text in texts if english_left(in_language(text))]


@pytest.mark.usefixtures("chinese")
def test_the_doctor_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    for name in doctor._CHECKS | doctor._BEHIND_HUB:
        assert re.search(HAN, in_language(name)), name
    remedy = "No free port was found on 127.0.0.1. Close some programs and try again."
    told = in_language(str(doctor.Check("the Prefect server answers", False, remedy)))
    assert told.startswith("[FAIL] Prefect 服务器能应答 -> 在 127.0.0.1 上没有找到空闲的端口。")


@pytest.mark.usefixtures("chinese")
def test_differences_in_chinese() -> None:
    for row in differences().rows:
        assert not english_left(" ".join(row[3:])), row


def test_a_real_command_in_chinese(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course_lib", "progress"],
        env=os.environ | {"COURSE_LANGUAGE": "zh", "COURSE_WORKSPACE": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
    )
    assert re.search(HAN, done.stdout)
    assert not english_left(done.stdout)


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("words", [["--help"], ["scan", "--help"], ["lab", "--nope"], ["stpo"]])
def test_help_and_errors_of_the_command_in_chinese(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(words)
    told = "".join(capsys.readouterr())
    assert re.search(HAN, told)
    assert not english_left(told)
    assert "用法：用法" not in told


def test_the_command_in_english_is_as_argparse_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["reset"])
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "usage: course reset [-h] NN"
    assert told[-1] == "course reset: error: the following arguments are required: NN"


@pytest.mark.usefixtures("chinese")
def test_progress_is_in_columns_though_han_letters_are_wide() -> None:
    lines = repr(course.progress()).splitlines()[1:-1]
    assert len({wcwidth.width(line.partition("[")[0]) for line in lines}) == 1


def a_run() -> FlowRun:
    end = State("COMPLETED", "Completed", datetime(2026, 1, 1, tzinfo=UTC))
    return FlowRun(uuid4(), "x", "morning", end, 1, None, None, {}, frozenset(), (), (), ())


def a_figure() -> Figure:
    figure = style.figure(2)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="predicted end")
    axes.set(xlabel="seconds since the run began", title="one limit of three")
    axes.text(0, 0, "limit", gid=style.DATA)
    axes.set_yticks([0, 1], ["limit", style.words("flow run")])
    style.legend(figure)
    return figure


def words_of(figure: Figure) -> set[str]:
    from matplotlib.text import Text

    return {text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)} - {""}


@FONT
@pytest.mark.usefixtures("chinese")
def test_words_in_figures_are_chinese_and_no_boxes() -> None:
    figure = a_figure()
    picture = Picture.of(figure, "seconds since the run began")  # warnings are errors: no boxes
    assert words_of(figure) >= {"预测的结束", "运行开始后的秒数", "流程运行"}
    assert words_of(figure) >= {"limit", "one limit of three"}  # names, and what isn't known whole
    assert picture.alt == "运行开始后的秒数"


@pytest.mark.usefixtures("chinese")
def test_without_a_font_figures_stay_english(monkeypatch: pytest.MonkeyPatch) -> None:
    latin = [font for font in font_manager.fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", latin)
    figure = a_figure()
    picture = Picture.of(figure, "seconds since the run began")
    assert not [words for words in words_of(figure) if re.search(HAN, words)]
    assert picture.alt == "运行开始后的秒数"  # it needs no font


@pytest.mark.usefixtures("chinese")
def test_a_timeline_in_chinese() -> None:
    assert timeline_picture(a_run()).alt == (
        "流程运行 'morning' 的时间线，Completed：0 次任务运行，每次一行；横条：无。"
    )
    assert "时间线" in timeline_svg(a_run())
