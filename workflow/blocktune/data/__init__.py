"""Images: sources (tfds, archive, folder, digits), preparation into arrays, splits, and the reader of both."""
