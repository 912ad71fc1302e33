"""The rows that a database answers a query with: one of the files that know SQLAlchemy."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from os.path import isfile
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from ann_cli.config.locations import file_of, is_database, without_secrets
from ann_cli.data.cells.days import Days
from ann_cli.data.formats.columns import Chunk, ObjectColumn
from ann_cli.data.formats.kinds import missing_package
from ann_cli.data.formats.table import TypedTable
from ann_cli.data.opening import Opening
from ann_cli.errors import ConfigError, DataError

FILES = ((b"SQLite format 3\0", 0, "sqlite:///"), (b"DUCK", 8, "duckdb:///"))
"""What the file of a database holds at a place near its start, and how its address begins."""

DRIVERS = {"duckdb": "duckdb-engine", "postgresql": "psycopg", "mysql": "pymysql"}
"""What connects to some databases, beside SQLAlchemy; SQLite comes with Python."""

PASSWORD = (
    "the database's password stands in data.file, and so in weights.npz and config.yaml: leave it "
    "out, and give it as the database's own tools take it, such as PGPASSWORD=…"
)

ROWS = 1 << 14
"""Rows of a chunk."""


class QueryTable(TypedTable):
    """A query's rows. Each pass asks anew, reads only, and fetches rows as they are needed."""

    size = 0

    def __init__(self, address: str, opening: Opening) -> None:
        """What is known of its cells has the query.

        Raises ConfigError without a query or a driver, DataError.
        """
        query = opening.written.query
        self._address, self._digest = address, ""
        self._engine, name = _engine(address, query)
        self._query = str(query).strip().rstrip(";")
        super().__init__(name, "", opening)
        if self._engine.url.password:
            self.told = [*self.told, PASSWORD]

    @classmethod
    def opened(cls, source: str | Path, start: bytes, opening: Opening) -> Self | None:
        """Return the answer of a database, by its address or its file; None of what is none."""
        address = _address(source, start)
        return None if address is None else cls(address, opening)

    @contextmanager
    def _pass(self) -> Iterator["Answer"]:
        from sqlalchemy.exc import SQLAlchemyError

        # Raw: no colon is a parameter, and no % a place for one.
        options = {"stream_results": True, "max_row_buffer": ROWS, "no_parameters": True}
        if self._engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        try:
            with self._engine.connect().execution_options(**options) as connection:
                yield Answer(connection, self._query, self.name)
        except SQLAlchemyError as error:
            raise _told(error, self.name) from error

    def digest(self) -> str:
        """Return the SHA-256 of all values, in the order of rows, in hexadecimal."""
        if not self._digest:
            found = sha256()
            for chunk in self._blocks(False, self.columns):
                for name in self.columns:
                    cells = chunk.columns[name].texts(missing=False).tolist()
                    found.update("\0".join([name, *cells, ""]).encode("utf-8", "surrogatepass"))
            self._digest = found.hexdigest()
        return self._digest


class Answer:
    """One pass over the rows of a query's answer."""

    unreadable: Mapping[str, str] = {}
    typed: Collection[str] = ()
    told: Sequence[str] = ()

    def __init__(self, connection: Any, query: str, name: str) -> None:
        self._connection, self._query = connection, query
        self._result = connection.exec_driver_sql(query)
        if not self._result.returns_rows:
            raise DataError(
                "the query gives no rows", place=name, remedy="ask for them: SELECT … FROM …"
            )
        self.columns = list(map(str, self._result.keys()))

    def rows_about(self) -> float:
        """Return how many rows there are: the database counts."""
        self._result.close()
        counting = f"SELECT COUNT(*) FROM (\n{self._query}\n) AS counted"
        return float(self._connection.exec_driver_sql(counting).scalar_one())

    def chunks(self, columns: Sequence[str], days: Days) -> Iterator[Chunk]:
        """Yield the chunks of some columns."""
        passed = 1
        places = [self.columns.index(name) for name in columns]
        for rows in self._result.partitions(ROWS):
            cells = list(zip(*rows, strict=True))
            own = {
                name: ObjectColumn(name, cells[at], days)
                for name, at in zip(columns, places, strict=True)
            }
            yield Chunk(own, range(passed, passed + len(rows)))
            passed += len(rows)


def _address(source: str | Path, start: bytes) -> str | None:
    """Return the address of the database that a source is; None of what is none."""
    if is_database(str(source)):
        return str(source)
    for magic, at, before in FILES:
        if start[at : at + len(magic)] == magic:
            return f"{before}{source}"
    return None


def _engine(address: str, query: str | None) -> tuple[Any, str]:
    """Return what connects to a database, and how errors name that. Raises AnnError."""
    try:
        import sqlalchemy
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    except ImportError:
        raise missing_package("a database", "sqlalchemy", "sql", without_secrets(address)) from None
    try:
        url = sqlalchemy.make_url(address)
        name = url.render_as_string(hide_password=True)
        path = file_of(address)
        if path and not isfile(path):
            raise DataError("no such file", place=name, remedy="its path is after three slashes")
        if url.drivername in ("postgresql", "postgres"):  # an older driver takes all rows at once
            url = url.set(drivername="postgresql+psycopg")
        engine: Any
        if path and url.get_backend_name() == "sqlite":
            place = f"file:{quote(path)}?mode=ro"
            connect = lambda: sqlite3.connect(place, uri=True, check_same_thread=False)  # noqa: E731
            engine = sqlalchemy.create_engine(url, creator=connect)
        else:
            options = {"read_only": True} if url.get_backend_name() == "duckdb" else {}
            engine = sqlalchemy.create_engine(url, connect_args=options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise _unknown(address) from error
    except (ArgumentError, ValueError) as error:  # a ValueError of a port that is no number
        raise ConfigError(
            f"no address of a database: {str(error).splitlines()[0]}",
            place=without_secrets(address),
            remedy="such as postgresql://name@host:5432/sales, sqlite:///sales.db",
        ) from error
    if query is None:
        raise ConfigError(
            f"a database is asked for rows, and there is no query{_tables(engine, name)}",
            place=name,
            remedy='data.query: "SELECT … FROM …" in a config, --query on a command line',
        )
    return engine, name


def _unknown(address: str) -> ConfigError:
    """Return the error of an address whose kind nothing that is installed opens."""
    kind = address.partition(":")[0].partition("+")[0]
    driver = DRIVERS.get(kind)
    if driver:
        what, remedy = f"no driver of {kind} is installed", f"pip install {driver}"
    else:
        what = f"{kind}:// is no kind of database or of files elsewhere that is known here"
        remedy = (
            "such as sqlite:///sales.db, s3://bucket/sales.csv; a kind of database needs its "
            "package for SQLAlchemy, one of files its package for fsspec"
        )
    return ConfigError(what, place=without_secrets(address), remedy=remedy)


def _tables(engine: Any, name: str) -> str:
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        tables = inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        raise _told(error, name) from error
    return f" (its tables: {', '.join(tables[:20])})" if tables else ""


def _told(error: Exception, name: str) -> DataError:
    """Return what a database says."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return DataError(
        f"the database says: {said[0][:300] if said else type(error).__name__}",
        place=name,
        remedy="is the query right? try it in the database's own shell",
    )
