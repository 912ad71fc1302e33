"""`ann schema`."""

import click

from ann_cli.cli.output import Output, options


@click.command(epilog="\b\nExample:\n  ann schema > ann.schema.json")
@options
def command(output: Output) -> None:
    """Print the JSON Schema of a config, which editors complete and check by."""
    from ann_cli.config.schema import schema

    output.document(schema())
