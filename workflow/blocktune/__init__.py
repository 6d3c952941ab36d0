"""blocktune: which layers of a pre-trained network should be unfrozen?"""

__version__ = "0.1.0"
