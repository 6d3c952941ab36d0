"""Validates a crate with roc-validator, without a network: CRATE PROFILE... prints what is wrong, then status 1.

The vocabularies that a crate names lie on the web. What blocktune's crates use of them is repeated here.
"""

import json
import sys

import requests
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

SCHEMA, BIOSCHEMAS = "http://schema.org/", "https://bioschemas.org/"
PLAIN = (
    *("about", "actionStatus", "additionalType", "contentSize", "datePublished", "description", "encodingFormat"),
    *("endTime", "exampleOfWork", "hasPart", "identifier", "instrument", "license", "mainEntity", "mentions"),
    *("name", "object", "programmingLanguage", "result", "startTime", "url", "version"),
    *("ComputerLanguage", "CreateAction", "CreativeWork", "Dataset", "SoftwareSourceCode"),
)
VOCABULARIES = {
    "https://w3id.org/ro/crate/1.1/context": {
        **{term: SCHEMA + term for term in PLAIN},
        "File": f"{SCHEMA}MediaObject",
        "conformsTo": "http://purl.org/dc/terms/conformsTo",
        "ComputationalWorkflow": f"{BIOSCHEMAS}ComputationalWorkflow",
        "FormalParameter": f"{BIOSCHEMAS}FormalParameter",
        "input": f"{BIOSCHEMAS}ComputationalWorkflow#input",
        "output": f"{BIOSCHEMAS}ComputationalWorkflow#output",
    },
    "https://w3id.org/ro/terms/workflow-run/context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
}


class NoNetwork:
    """Answers for the two vocabularies, and for nothing else."""

    def get(self, url, **_):
        answer = requests.Response()
        answer.url, answer.status_code = url, 200 if url in VOCABULARIES else 504
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = json.dumps({"@context": VOCABULARIES.get(url)}).encode()
        return answer

    head = get

    def close(self):
        pass


if __name__ == "__main__":
    HttpRequester.__initialize_session__ = lambda self, *_, **__: setattr(self, "session", NoNetwork())
    wrong = 0
    for profile in sys.argv[2:]:
        settings = {
            "rocrate_uri": sys.argv[1],
            "profile_identifier": profile,
            "requirement_severity": Severity.REQUIRED,
        }
        for issue in services.validate(ValidationSettings(**settings)).get_issues():
            print(f"{profile}: {issue.check.identifier}: {issue.message}")
            wrong += 1
    sys.exit(wrong > 0)
