"""Plugins: the hooks that adapters enter through, built-in ones and strangers' alike."""
