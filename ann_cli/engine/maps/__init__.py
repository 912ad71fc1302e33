"""Self-organizing maps: the grid, the plane on which units begin, and the map that is learned."""
