"""A query cache in Redis, which several servers can share."""
