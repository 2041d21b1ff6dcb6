"""A synthetic market that writes history in the vendor's form, for demos, benchmarks and tests."""
