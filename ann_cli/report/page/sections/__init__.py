"""The sections of a report, in their order. To add one is to add an entry."""

from ann_cli.report.page.sections import (
    again,
    boltzmann_machine,
    careful,
    curves,
    errors_of_classes,
    errors_of_numbers,
    errors_of_steps,
    movement,
    network,
    pictures,
    recommendations,
    result,
    self_organizing_map,
    unusual,
    what_if,
    worth,
)
from ann_cli.report.page.sections.section import Section

SECTIONS: dict[str, Section] = {
    each.name: each
    for each in (
        result.SECTION,
        careful.SECTION,
        errors_of_numbers.SECTION,
        errors_of_classes.SECTION,
        errors_of_steps.SECTION,
        unusual.SECTION,
        recommendations.SECTION,
        self_organizing_map.SECTION,
        boltzmann_machine.SECTION,
        pictures.SECTION,
        worth.SECTION,
        movement.SECTION,
        what_if.SECTION,
        network.SECTION,
        curves.SECTION,
        again.SECTION,
    )
}
