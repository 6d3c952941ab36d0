"""What a study needs from outside: the dataset and the pre-trained weights; whether it is there, and getting it."""
