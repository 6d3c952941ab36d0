"""The report: one page that says what a study found, without a network and without a server."""
