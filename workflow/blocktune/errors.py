"""The one exception that stands for a mistake of the user, not of the program."""


class BlocktuneError(Exception):
    """A user's mistake: names the key or file, what was given and what is allowed.

    The command line prints its message without a traceback and exits with status 2.
    """
