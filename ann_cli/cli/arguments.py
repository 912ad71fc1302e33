"""Arguments and options that several commands share."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ann_cli.cli.completion import complete_override
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import check_writable

PACKAGE = Path(__file__).parent.parent
BROUGHT = PACKAGE / "examples"
EXAMPLES = BROUGHT if BROUGHT.is_dir() else PACKAGE.parent
"""The folder of configs/ and datasets/: in the package, or beside it in a checkout."""


def here_or_example(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the path; where no file has it, the path of the example of that name in the package.

    Examples have the names that they have in the project, such as configs/house_prices.yaml.
    """
    return None if value is None else or_example(value)


def or_example(path: str) -> str:
    """Return a path, or where no file has it that of the example of this name in the package."""
    example = EXAMPLES / path
    brought = path.startswith(("configs/", "datasets/")) and example.is_file()
    return str(example) if brought and not Path(path).exists() else path


def with_environment(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the overrides of ANN_SET, then those of the command line, which win."""
    if ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT:
        value = ()  # click has split it at every space, also within quotes
    try:
        return (*shlex.split(os.environ.get(str(param.envvar), "")), *value)
    except ValueError as error:
        message = f"{str(error).lower()} in {param.envvar}; write it as in a shell"
        raise click.BadParameter(message) from None


def limit_threads(ctx: click.Context, param: click.Parameter, value: int | None) -> None:
    """Limit the threads of NumPy's matrix products."""
    if value is not None:
        from ann_cli.model.environment import limit_threads

        limit_threads(value)


def checked_address(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return a cluster's address. Raises click.BadParameter where it is none."""
    if value is None:
        return None
    from ann_cli.config.cluster_spec import ADDRESS

    if not ADDRESS.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no address, as tcp://HOST:8786, local or local:3")
    return value


def checked_page(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return where a page is to be written, once nothing known stands against it.

    What comes before it may take minutes. Raises ConfigError, FileError and click.BadParameter.
    """
    if value is None:
        return None
    if Path(value).suffix not in (".html", ".htm"):  # a CONFIG that follows it, and would be lost
        raise click.BadParameter(f"{value!r} does not end in .html, as the name of a page does")
    from ann_cli.report.page.charts import check_installed

    check_installed()
    check_writable(value)
    return value


def report_option(name: str, what: str = "Make a page of it, too") -> Callable[..., Any]:
    """Return the option of a command that makes a page, called `name` where not given."""
    return click.option(
        "--report",
        type=FILE,
        is_flag=False,
        flag_value=name,
        metavar="[FILE]",
        callback=checked_page,
        help=f"{what}; {name} where no FILE is given.",
    )


FILE = click.Path()  # the shell completes it; who opens it says whether it can be read
CONFIG = click.argument("config", type=FILE, callback=here_or_example)
DATA = click.argument("data", type=FILE, callback=here_or_example)
WEIGHTS = click.argument("weights", type=FILE)
SET = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    envvar="ANN_SET",
    show_envvar=True,
    callback=with_environment,
    shell_complete=complete_override,
    help="Override a key of the config, e.g. optimizer.learning_rate=0.01.",
)
BASELINES = click.option(
    "--baselines",
    type=click.Choice(["usual", "all"]),
    default="usual",
    show_default=True,
    help="What it is judged beside; all adds scikit-learn's gradient boosting to a constant and "
    "a linear model.",
)
CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    callback=checked_address,
    help="Train on the workers of a Dask cluster: tcp://HOST:8786, or local for workers on this "
    "machine.",
)
JOBS = click.option(
    "--jobs", type=WholeNumber(1), help="Trainings at a time, at most; a core each."
)
QUERY = click.option(
    "--query",
    metavar="SQL",
    help="What to ask where DATA is a database, such as sqlite:///sales.db.",
)
STRICT = click.option(
    "--strict",
    is_flag=True,
    help="Refuse cells that are not what their column holds; else they count as missing.",
)
THREADS = click.option(
    "--threads",
    type=WholeNumber(1, 1024),
    metavar="N",
    envvar="ANN_THREADS",
    show_envvar=True,
    callback=limit_threads,
    expose_value=False,
    help="Threads of matrix products, and of predicting; they decide the last bits of a result.",
)
