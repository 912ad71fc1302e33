"""The grid of a map and the reach of its rows, where the config leaves them to the rows."""

from math import sqrt
from typing import Any

from ann_cli.config.spec import Config
from ann_cli.engine.maps.plane import Plane
from ann_cli.engine.rows import Source

UNITS_A_ROOT, LAST_RADIUS = 5, 0.5
"""Units for each unit of the square root of the rows (Vesanto et al. 2000, "SOM Toolbox for Matlab
5", som_topol_struct), and what the radius ends at: a unit reaches little beyond itself."""


def with_map_form(config: Config, rows: Source) -> Config:
    """Return the config with grid and radius resolved; of another kind of model itself."""
    if config.model != "som":
        return config
    reasons, update = dict(config.reasons), dict[str, Any]()
    grid: Any = config.grid
    if grid == "auto":
        plane, units = Plane.of(rows), max(round(UNITS_A_ROOT * sqrt(len(rows))), 1)
        grid = update["grid"] = [*plane.sides(units)]
        long, wide = plane.deviations.tolist()
        reasons["grid"] = (
            f"{UNITS_A_ROOT} √{len(rows):,} = {units:,} units; rows lie {long:.3g} by {wide:.3g} "
            "along their two principal components"
        )
    if config.radius == "auto":
        update["radius"] = [max(max(grid) / 2, 2 * LAST_RADIUS), LAST_RADIUS]
    return config.model_copy(update=update).explained(reasons)
