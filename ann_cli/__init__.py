"""ann: trains neural networks from a YAML file and a CSV."""
