"""What keeps a cache in Redis from being made; once it is made it raises nothing."""

from __future__ import annotations

from ...domain.errors import GexlakeError


class RedisUrlMissing(GexlakeError):
    """A cache in Redis is wanted, and nothing says where Redis is."""

    def __init__(self) -> None:
        super().__init__(
            "The cache redis needs to know where Redis is. "
            "Set GEXLAKE_REDIS_URL, redis://localhost:6379/0 for example, or choose the cache memory."
        )


class RedisUrlInvalid(GexlakeError):
    """The address of Redis cannot be read; it is not repeated, for it may hold a password."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The address of Redis is wrong: {reason}. Write it as redis://[user:password@]host:port/database, "
            "rediss:// for TLS or unix:// for a socket, in GEXLAKE_REDIS_URL or REDIS_URL."
        )
