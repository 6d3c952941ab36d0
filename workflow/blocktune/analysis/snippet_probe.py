"""The lines of a snippet that fit the linear probe: scikit-learn's logistic regression as one Dense layer."""

SCIKIT_LEARN = [
    "from sklearn.linear_model import LogisticRegression",
    "from sklearn.model_selection import GridSearchCV, StratifiedKFold",
    "from sklearn.preprocessing import StandardScaler",
]

PROBE_SCORED = [
    'model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])',
    "print(model.evaluate(fed(validation_pictures), validation_labels, return_dict=True))",
]


def probe_lines(classes: int, is_probe: bool) -> list[str]:
    """Return the lines that give the layer `classifier` the weights of the probe, as `training.probe` finds them.

    With `is_probe` the probe is the model, and not only how the classifier starts.
    """
    both = "weights, bias = numpy.hstack([-weights, weights]) / 2, numpy.hstack([-bias, bias]) / 2"
    return [
        "",
        f"# The classifier {'is' if is_probe else 'starts as'} a logistic regression on the frozen features",
        'found = keras.Model(inputs, features).predict(fed(pictures), batch_size=64).astype("float64")',
        "scaler = StandardScaler().fit(found)",
        "folds = StratifiedKFold(min(5, numpy.bincount(labels).min()), shuffle=True, random_state=0)",
        'strengths = {"C": numpy.logspace(-5, 2, 15)}',
        'search = GridSearchCV(LogisticRegression(max_iter=2000), strengths, scoring="neg_log_loss", cv=folds)',
        "probe = search.fit(scaler.transform(found), labels).best_estimator_",
        "weights, bias = probe.coef_.T, probe.intercept_",
        *([both] if classes == 2 else []),
        "weights = weights / scaler.scale_[:, None]  # standardising is folded in",
        "classifier.set_weights([weights, bias - scaler.mean_ @ weights])",
        "",
    ]
