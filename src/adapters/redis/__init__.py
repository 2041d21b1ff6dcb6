"""A query cache in Redis, outside the memory of the server, and the breaker that leaves a Redis that fails alone."""
