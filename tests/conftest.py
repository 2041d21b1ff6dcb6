"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes says nothing about what is right, and other tests run beside it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
