"""The journal as small files of JSON lines, what fills it and reads it, and the commit that writes it."""
