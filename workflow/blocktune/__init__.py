"""blocktune: which layers of a pre-trained network should be unfrozen?"""
