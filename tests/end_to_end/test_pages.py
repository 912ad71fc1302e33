"""Every command, config and program that README.md and the pages of docs/ show is run.

Each page in a folder of its own with configs/ and datasets/, of which large tables are thinned.
"""

import gzip
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ann_cli
from ann_cli.cli.reference import pages

CHECKOUT = Path(__file__).parents[2]
MADE = {CHECKOUT / "docs" / name for name in pages()}
"""Pages whose commands have tests of their own: of the help's examples, and of the article."""
PAGES = [each for each in sorted(CHECKOUT.glob("docs/**/*.md")) if each not in MADE]
PAGES = [CHECKOUT / "README.md", *PAGES]
SCRIPTS = CHECKOUT / "docs" / "how-to" / "scripts.md"
SHORT = {"ANN_SET": "epochs=2"}
"""How long trainings go whose page does not say so itself."""
LONG = 400
"""Lines of a table beyond which a ninth of them will do."""
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
def folder(tmp_path):
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    (tmp_path / "datasets").mkdir()
    for whole in (CHECKOUT / "datasets").glob("*.csv*"):
        opened = gzip.open if whole.suffix == ".gz" else open
        with opened(whole, "rt") as file:
            lines = file.readlines()
        thinned = lines if len(lines) < LONG else [lines[0], *lines[1::9]]
        with opened(tmp_path / "datasets" / whole.name, "wt") as file:
            file.writelines(thinned)
    return tmp_path


@pytest.fixture
def typed(warm_in, shell, folder):
    """typed(command): runs what a person types; a command of ann alone without a shell, sooner."""

    def run(command):
        alone = re.fullmatch(r"ann ([^|&;<>$`(]*?)(?: > (\S+))?", command.strip())
        if not alone:
            finished = shell(f"export ANN_SET={SHORT['ANN_SET']}; {command}", cwd=folder)
            assert finished.returncode == 0, f"{command}\n{finished.stderr}"
            return
        finished = warm_in(folder, *shlex.split(alone[1]), env=SHORT)
        if alone[2]:
            (folder / alone[2]).write_text(finished.stdout)

    return run


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.stem)
def test_the_commands_run_one_after_the_other(page, typed, folder, environment):
    for command in commands(page):
        typed(command)
    code = "".join(blocks(page, "python"))
    if code:
        ran = subprocess.run(
            [sys.executable, "-c", FRAME + code],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.stdout
    if "ann predict` does for the first house" in page.read_text():
        typed("ann predict runs/house_prices datasets/house_prices.csv > predicted.csv")
        first = (folder / "predicted.csv").read_text().splitlines()[1]
        assert float(ran.stdout) == pytest.approx(float(first), rel=1e-6)


@pytest.mark.parametrize(
    "page", [each for each in PAGES if blocks(each, "yaml")], ids=lambda page: page.stem
)
def test_the_configs_train_as_they_stand(page, folder, typed):
    for number, text in enumerate(blocks(page, "yaml")):
        assert "data" in yaml.safe_load(text)
        path = folder / "configs" / f"shown_{number}.yaml"
        path.write_text(text)
        if "choose:" in text:
            typed(f"ann tune {path} --trials 1 --output found.yaml")
        else:
            ann_cli.train(path, ["epochs=2", f"save_to={folder / 'shown'}"], resume=False)


def test_the_lines_for_completion_are_those_that_are_tried():
    tried = (CHECKOUT / "tests" / "end_to_end" / "test_completion.py").read_text()
    (block,) = blocks(SCRIPTS, "bash")
    for line in block.splitlines():
        command, _, file = line.partition("   # ")
        assert file.strip().startswith("~/")
        assert command.strip() in tried
