"""How commands end that fail, or are stopped."""
