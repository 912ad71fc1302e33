"""Layers: what a row of numbers passes through. One file a kind, and here the table of them."""

from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import Dropout
from ann_cli.engine.layers.embedding import Embedding
from ann_cli.engine.layers.gru import Gru
from ann_cli.engine.layers.layer import LayerEntry
from ann_cli.engine.layers.lstm import Lstm
from ann_cli.engine.layers.normalize import Normalize
from ann_cli.engine.layers.pool import Pool
from ann_cli.engine.layers.residual import Residual
from ann_cli.engine.layers.rnn import Rnn
from ann_cli.engine.layers.scale import Scale
from ann_cli.engine.layers.skip import Skip
from ann_cli.engine.layers.take import Take
from ann_cli.engine.settings import table

__all__ = ["LAYERS", "LayerEntry"]

LAYERS: dict[str, type[LayerEntry]] = table(
    Dense, Conv, Pool, Rnn, Gru, Lstm, Embedding, Dropout, Normalize, Residual, Skip, Scale, Take
)
"""The kinds by the key that tells them in a config."""
