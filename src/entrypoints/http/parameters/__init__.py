"""The parameters of questions: how each is read."""
