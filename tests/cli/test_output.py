"""Standard output: data byte for byte to a pipe, and nothing to a terminal that it would obey."""

import io
import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from ann_cli.cli.main import _report, _say
from ann_cli.cli.output import Output, check_not_read, legible
from ann_cli.errors import ConfigError, Problem

CONTROLS = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    *"\ufeff\ufff9\U000e0041\udc80",
]
SEQUENCES = ["\x1b]0;title\x07", "\x9b31m", "\x1b[2J", "a\rb", "\u202ecod.exe", "\x90payload\x9c"]


class Stream(io.TextIOWrapper):
    """Standard output, which says whether it is a terminal."""

    def __init__(self, terminal):
        super().__init__(io.BytesIO(), encoding="utf-8")
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    @property
    def content(self):
        return self.buffer.getvalue()


@pytest.fixture
def stream(monkeypatch):
    """stream(terminal): makes it standard output."""

    def stream(terminal):
        made = Stream(terminal)
        monkeypatch.setattr("sys.stdout", made)
        return made

    return stream


output = Output(as_json=False, quiet=False, color=False)


@pytest.mark.parametrize("text", CONTROLS + SEQUENCES, ids=ascii)
def test_a_terminal_gets_controls_as_text_and_a_pipe_as_they_are(stream, text):
    terminal, pipe = stream(True), None
    output.data(f"体{text}é\n")
    shown = terminal.content.decode()
    assert shown.startswith("体")
    assert shown.endswith("é\n")
    assert all(one.isprintable() for one in shown.replace("\n", ""))
    pipe = stream(False)
    output.data(f"体{text}é\n")
    assert pipe.content == f"体{text}é\n".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("text", [each for each in CONTROLS + SEQUENCES if each != "\n"], ids=ascii)
def test_json_on_a_terminal_is_the_same_document(stream, text):
    content = {text: [text, "plain", 1.5]}
    terminal = stream(True)
    output.document(content)
    shown = terminal.content.decode()
    assert json.loads(shown) == content
    assert all(one.isprintable() for one in shown.replace("\n", ""))


def test_what_can_be_read_stays():
    for text in ("плюс 体重 é ß “quoted” €5 −3", 'a,"b",1.5\n', '{"a": 1}\n'):
        assert legible(text) == text


@pytest.mark.parametrize("text", CONTROLS + SEQUENCES, ids=ascii)
def test_an_error_steers_no_terminal(monkeypatch, text):
    for terminal in (True, False):
        made = Stream(terminal)
        monkeypatch.setattr("sys.stderr", made)
        _say(f"no column {text}!", "error: ")
        made.flush()
        shown = made.content.decode().replace("\x1b[31m\x1b[1merror:\x1b[0m", "error:")
        assert shown.startswith("error: no column")
        assert all(one.isprintable() for one in shown.replace("\n", ""))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_an_error_on_a_terminal_breaks_between_words(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    made = Stream(True)
    monkeypatch.setattr("sys.stderr", made)
    text = "c.yaml:4: optimizer.learning_rate: expected a number above 0 and at most 1000000"
    _say(text, "error: ")
    made.flush()
    lines = made.content.decode().replace("\x1b[31m\x1b[1merror:\x1b[0m", "error:").splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()) == f"error: {text}"


def test_many_errors_are_told_in_few_lines_and_a_remedy_once(capsys):
    _report(
        [Problem(f"no column x{at}", "d.csv", "the columns are: a") for at in range(500)], False
    )
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines.count("  the columns are: a") == 1
    assert lines[-1].endswith("and 480 more such errors, all in --json")


READ = {
    "the same": ("d.csv", ["d.csv"], True),
    "by another path": ("./folder/../d.csv", ["d.csv"], True),
    "by a link": ("link.csv", ["d.csv"], True),
    "read by a link": ("d.csv", ["link.csv"], True),
    "one of a pattern": ("d.csv", ["c.yaml", "*.csv"], True),
    "a name with brackets": ("[d].csv", ["[d].csv"], True),
    "another": ("e.csv", ["d.csv", "*.yaml"], False),
    "one that is not there yet": ("new.csv", ["*.csv"], False),
    "beside what is no file": ("d.csv", ["-", "", "https://host/d.csv", "nul\0"], False),
}


@pytest.mark.parametrize("case", READ)
def test_a_file_that_is_read_is_not_written(case, tmp_path, monkeypatch):
    path, read, refused = READ[case]
    monkeypatch.chdir(tmp_path)
    for name in ("d.csv", "e.csv", "[d].csv", "c.yaml"):
        Path(name).touch()
    Path("folder").mkdir()
    Path("link.csv").symlink_to("d.csv")
    with pytest.raises(ConfigError) if refused else nullcontext():
        check_not_read(path, read)
