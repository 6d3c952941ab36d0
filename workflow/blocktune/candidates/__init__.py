"""Which sets of layers are tried: layer tables, layers, blocks, windows, ranked and random sets."""
