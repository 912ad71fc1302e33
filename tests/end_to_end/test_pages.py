"""Every command, config and program that README.md and the pages of docs/ show is run.

Each page in a folder of its own with configs/ and datasets/, of which large tables are thinned.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ann_cli
from ann_cli.cli.reference import MADE

CHECKOUT = Path(__file__).parents[2]
# Pages that are made have tests of their own: of the help's examples, and of the article.
PAGES = [each for each in sorted(CHECKOUT.glob("docs/**/*.md")) if MADE not in each.read_text()]
PAGES = [CHECKOUT / "README.md", *PAGES]
SCRIPTS = CHECKOUT / "docs" / "how-to" / "scripts.md"
SHORT = {"ANN_SET": "epochs=2"}
"""How long trainings go whose page does not say so itself."""
FRAME = "import pandas\nframe = pandas.read_csv('datasets/house_prices.csv')\n"


def blocks(page, language):
    """Return the blocks of a language on a page, in their order."""
    found = rf"^```{language}\n(.*?)^```$"
    return re.findall(found, page.read_text(), re.MULTILINE | re.DOTALL)


def commands(page):
    """Yield what a person types: a line behind "$ ", and what a document within it goes on with."""
    for block in blocks(page, "console"):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            whole = command.replace("\\\n", " ")
            yield whole if "<<" in whole else whole.partition("\n")[0]


SHOWN = [each for each in PAGES if blocks(each, "console")]


@pytest.fixture
def typed(warm_in, warm_shell, examples):
    """typed(command): runs what a person types; a command of ann alone without a shell."""

    def run(command):
        alone = re.fullmatch(r"ann ([^|&;<>$`(]*?)(?: > (\S+))?", command.strip())
        if not alone:
            finished = warm_shell(f"export ANN_SET={SHORT['ANN_SET']}; {command}", cwd=examples)
            assert finished.returncode == 0, f"{command}\n{finished.stderr}"
            return
        finished = warm_in(examples, *shlex.split(alone[1]), env=SHORT)
        if alone[2]:
            (examples / alone[2]).write_text(finished.stdout)

    return run


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.stem)
def test_the_commands_run_one_after_the_other(page, typed, examples, environment):
    for command in commands(page):
        typed(command)
    code = "".join(blocks(page, "python"))
    if code:
        ran = subprocess.run(
            [sys.executable, "-c", FRAME + code],
            cwd=examples,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.stdout
    if "ann predict` does for the first house" in page.read_text():
        typed("ann predict runs/house_prices datasets/house_prices.csv > predicted.csv")
        first = (examples / "predicted.csv").read_text().splitlines()[1]
        assert float(ran.stdout) == pytest.approx(float(first), rel=1e-6)


@pytest.mark.parametrize(
    "page", [each for each in PAGES if blocks(each, "yaml")], ids=lambda page: page.stem
)
def test_the_configs_train_as_they_stand(page, examples, typed):
    for number, text in enumerate(blocks(page, "yaml")):
        assert "data" in yaml.safe_load(text)
        path = examples / "configs" / f"shown_{number}.yaml"
        path.write_text(text)
        if "choose:" in text:
            typed(f"ann tune {path} --trials 1 --output found.yaml")
        else:
            short = ["epochs=2", f"save_to={examples / 'shown'}"]
            short += ["pretraining.epochs=2"] * ("pretraining:" in text)
            ann_cli.train(path, short, resume=False)


def test_the_lines_for_completion_are_those_that_are_tried():
    tried = (CHECKOUT / "tests" / "end_to_end" / "test_completion.py").read_text()
    (block,) = blocks(SCRIPTS, "bash")
    for line in block.splitlines():
        command, _, file = line.partition("   # ")
        assert file.strip().startswith("~/")
        assert command.strip() in tried
