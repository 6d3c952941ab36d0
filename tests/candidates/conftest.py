import pytest

from blocktune.files.layers import Layer

PARAMETERS = {"Conv2D": 10, "BatchNormalization": 4, "Dense": 6}


@pytest.fixture(scope="session")
def network():
    """`network("InputLayer Conv2D ReLU")` is the layers of a chain of these Keras classes."""

    def make(types):
        return tuple(
            Layer(
                index=index,
                name=f"{kind.lower()}_{index}",
                type=kind,
                parameters=PARAMETERS.get(kind, 0),
                state=0,
                cut=True,
                random=False,
                output_shape=(4, 4, 3),
            )
            for index, kind in enumerate(types.split())
        )

    return make
