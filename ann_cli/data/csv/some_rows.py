"""Some rows of a block of a CSV, as if no others stood in it."""

from dataclasses import replace

from ann_cli.data.cells.values import Array
from ann_cli.data.csv.blocks import Block
from ann_cli.data.csv.records import blank, lines_of, records


def some_rows(block: Block, rows: Array) -> tuple[Block | None, int]:
    """Return a block whose other rows are blank lines, None without any; and how many it had.

    `rows` says of each row whether it is there. Blank lines are skipped wherever a block is read,
    and every row keeps its line of the file.
    """
    content, count = _chosen(block, rows)
    if not content.strip(blank(block.separator).encode()):
        return None, count
    return replace(block, content=content), count


def _chosen(block: Block, rows: Array) -> tuple[bytes, int]:
    """Return a block whose other rows are blank lines, and how many rows it had.

    Blank lines are skipped wherever a block is read, and every row keeps its line of the file.
    """
    chosen = iter(rows.tolist())
    count = 0
    if b'"' not in block.content:
        blanks = blank(block.separator).encode()
        lines = block.content.split(b"\n")
        for at, line in enumerate(lines):
            if line.strip(blanks):
                count += 1
                if not next(chosen, False):
                    lines[at] = b""
        return b"\n".join(lines), count
    texts = lines_of(block.content.decode())
    for record in list(records(texts, block.separator)):
        count += 1
        if not next(chosen, False):
            texts[record.start : record.stop] = ["\n"] * (record.stop - record.start)
    return "".join(texts).encode(), count
