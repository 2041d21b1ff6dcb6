"""The adapters: one technology each behind the ports."""
