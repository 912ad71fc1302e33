"""The sections of a report, in their order. To add one is to add an entry."""

from ann_cli.report.page.sections import curves, network, what_if
from ann_cli.report.page.sections.section import Section

SECTIONS: dict[str, Section] = {
    each.name: each for each in (curves.SECTION, network.SECTION, what_if.SECTION)
}
