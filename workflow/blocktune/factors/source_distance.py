"""How far apart two sets of images lie, seen through frozen features (float (images, channels)).

Numbers of one backbone can be compared with each other, those of two backbones can't: features have no common unit.
"""

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.spatial.distance import cdist, pdist, squareform

from ..errors import BlocktuneError

_MMD_ROWS = 1000


def class_means(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each class's mean, float64 (classes, channels), and its share of the images, float64 (classes,).

    Args:
        features: float (N, channels).
        labels: int (N,); classes come in ascending order, those without an image are left out.
    """
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), features.shape[1]))
    np.add.at(sums, places, features)
    return sums / counts[:, None], counts / len(labels)


def earth_movers(
    source_means: np.ndarray, source_weights: np.ndarray, target_means: np.ndarray, target_weights: np.ndarray
) -> float:
    """Return the earth mover's distance between two sets of class means.

    The least that has to be carried to turn one set of weighted points into the other, Euclidean distance times
    weight. Domain similarity in Cui et al., "Large Scale Fine-Grained Categorization and Domain-Specific Transfer
    Learning", CVPR 2018, is exp(-0.01 distance) of it.

    Args:
        source_means: float (k, channels).
        source_weights: float (k,), not negative; only their ratios count, as they are made to add up to 1.
        target_means: float (m, channels).
        target_weights: float (m,), as for the source.

    Returns:
        In the unit of the features, 0 for equal sets.

    Raises:
        ValueError: weights do not fit the means, or don't add up to something positive.
    """
    supply, demand = _shares(source_weights, source_means), _shares(target_weights, target_means)
    cost = cdist(np.float64(source_means), np.float64(target_means))
    k, m = cost.shape
    # What leaves each source class, then what arrives at each target class; the last equation follows from the others
    leaves = sparse.kron(sparse.eye_array(k), np.ones((1, m)))
    arrives = sparse.kron(np.ones((1, k)), sparse.eye_array(m))
    equations = sparse.vstack([leaves, arrives]).tocsr()[:-1]
    solved = linprog(cost.ravel(), A_eq=equations, b_eq=np.concatenate([supply, demand])[:-1], method="highs")
    if not solved.success:
        raise RuntimeError(f"no transport between class means was found: {solved.message}")
    return max(float(solved.fun), 0.0)


def mmd(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Return the squared maximum mean discrepancy of two samples, with a Gaussian kernel.

    The unbiased estimate of Gretton et al., "A Kernel Two-Sample Test", JMLR 13, 2012. The kernel's width is the
    median distance within the pooled sample: exp(-d^2 / (2 median^2)).

    Args:
        x: float (n, channels), n at least 2.
        y: float (m, channels), m at least 2; of other images than x, for shifted copies of the same ones make the
            estimate a little too small.
        seed: chooses 1000 rows, from a sample that has more.

    Returns:
        0 to 2 in expectation. Not clipped: with nothing between the samples it is as often below zero as above, and
        clipping would turn that into a distance. 0 if all rows are the same.

    Raises:
        BlocktuneError: a sample has fewer than two rows.
    """
    generator = np.random.default_rng(seed)
    x, y = (_drawn(sample, generator) for sample in (x, y))
    squared = squareform(pdist(np.float64(np.concatenate([x, y])), "sqeuclidean"))
    median = np.median(squared[np.triu_indices(len(squared), 1)])
    # More than half of the pairs may coincide; then any width that tells the others apart will do
    width = median if median > 0 else squared.max()
    if width == 0:
        return 0.0
    kernel = np.exp(-squared / (2 * width))
    own, other, across = kernel[: len(x), : len(x)], kernel[len(x) :, len(x) :], kernel[: len(x), len(x) :]
    return float(_off_diagonal_mean(own) + _off_diagonal_mean(other) - 2 * across.mean())


def probe(train_x: np.ndarray, train_y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray) -> float:
    """Return the accuracy of a linear classifier on frozen features.

    Logistic regression with an L2 penalty (scikit-learn's default strength) on features that are standardised with the
    training part's means and standard deviations.

    Args:
        train_x: float (n, channels).
        train_y: int (n,), at least two classes.
        test_x: float (m, channels).
        test_y: int (m,), classes among those of `train_y`.

    Returns:
        Share of right answers on the test part, 0 to 1.

    Raises:
        BlocktuneError: there is nothing to score, there is one class, or the test part has classes of its own.
    """
    # Imported here: scikit-learn takes a second
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = np.unique(train_y)
    unknown = np.setdiff1d(test_y, known)
    if len(known) < 2 or not len(test_y) or len(unknown):
        raise BlocktuneError(
            f"a linear probe needs two classes or more to train on and images of these to score: it has "
            f"{len(known)} class(es) and {len(test_y)} images to score"
            + (f", and class {unknown[0]} is not among those it trains on" if len(unknown) else "")
        )
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(np.float64(train_x), train_y)
    return float(classifier.score(np.float64(test_x), test_y))


def _shares(weights: np.ndarray, means: np.ndarray) -> np.ndarray:
    weights = np.float64(weights)
    if weights.shape != (len(means),) or not len(weights) or not weights.min() >= 0 or not weights.sum() > 0:
        raise ValueError(f"{len(means)} class means need as many weights, none negative and not all 0, got {weights}")
    return weights / weights.sum()


def _drawn(sample: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if len(sample) < 2:
        raise BlocktuneError(f"the discrepancy of two samples needs two images of each, one has {len(sample)}")
    return sample[np.sort(generator.permutation(len(sample))[:_MMD_ROWS])]


def _off_diagonal_mean(kernel: np.ndarray) -> float:
    return (kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1))
