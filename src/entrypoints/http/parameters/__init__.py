"""The parameters of questions: how each is read, and what is wrong with one that cannot be."""
