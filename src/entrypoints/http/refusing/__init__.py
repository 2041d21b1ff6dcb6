"""What is told of a request that cannot be answered: the shape, the sentences, the statuses."""
